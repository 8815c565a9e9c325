"""The training loop and what it needs; knows no method."""
