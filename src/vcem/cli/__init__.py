"""The command: main and one file per verb."""
