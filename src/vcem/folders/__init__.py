"""One module per kind of folder: its file names, its rows, how it is read, written and checked."""
