"""From a given image to what a network sees, one step per file, and back."""
