"""The command: main and one file a verb."""
