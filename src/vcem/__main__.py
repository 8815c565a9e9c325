"""`python -m vcem` is the command vcem."""

from vcem.cli.main import entry

if __name__ == "__main__":
    entry()
