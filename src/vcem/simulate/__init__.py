"""A virtual contrast mammogram from physics, with its truth."""
