"""What ends a command badly, and with which exit code."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes by kind; scripts rely on them."""

    OK = 0
    FAILED_CHECK = 1
    """What was asked for was done, and the answer is no (a broken chain, a part not ready)."""
    USAGE = 2
    """The command was called wrongly, or the file is not what it was said to be."""
    REFUSED = 3
    """A service refused the request (4xx)."""
    UNREACHABLE = 4
    """A service is away, or answers that it cannot (5xx), for as long as was waited."""
    TIMEOUT = 5
    """A service did not answer, or did not get as far as asked, in time."""
    REJECTED = 6
    """Rows of a file were rejected; all others were sent (or would be, in a dry run)."""


class CliError(Exception):
    """Ends the command: a message for the person, an exit code for the script."""

    def __init__(self, message: str, exit_code: ExitCode) -> None:
        """Say what went wrong and of what kind it is."""
        super().__init__(message)
        self.exit_code = exit_code
