"""A trained model at work: export, enhance, contact sheets."""
