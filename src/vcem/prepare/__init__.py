"""From a given image to what a network sees, one step a file, and back."""
