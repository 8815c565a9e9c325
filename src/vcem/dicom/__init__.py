"""The only door for pydicom."""
