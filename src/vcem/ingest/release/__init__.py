"""A de-identified folder -> a data set fit for release."""
