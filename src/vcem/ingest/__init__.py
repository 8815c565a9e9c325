"""Archives in, one catalogue out."""
