"""From prepared folders to folds and batches."""
