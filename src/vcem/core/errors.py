"""The errors a user can meet.

    VcemError             never raised itself
    ├── UsageError        wrong use: exit code 2
    └── FailureError      right use, but it could not be done: exit code 1

Each says what was found, what was expected and what to do; the command prints it without a traceback.
"""


class VcemError(Exception):
    """A problem told in three parts: what was found, what was expected, what to do about it."""

    exit_code = 1

    def __init__(self, found: str, expected: str = "", remedy: str = "") -> None:
        self.found, self.expected, self.remedy = found, expected, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [self.found]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.remedy:
            lines.append(f"  what to do: {self.remedy}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        # so that an error raised in a worker process arrives whole
        return type(self), (self.found, self.expected, self.remedy)


class UsageError(VcemError):
    """The command, a path, a recipe or a combination of them is wrong."""

    exit_code = 2


class FailureError(VcemError):
    """The command is right, but a file is damaged, a disk full or a computation impossible."""
