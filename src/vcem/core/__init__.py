"""What every room shares: the words of the field, files, seeds, errors. Imports no other room."""
