"""What can go wrong with the embedded stack, each kind with the exit code of `dualwatch up`."""

from typing import ClassVar


class StackError(Exception):
    """Anything that keeps the stack from running; the message tells the reader what to do."""

    exit_code: ClassVar[int] = 1


class UsageError(StackError):
    """The caller asked for something impossible: a data directory in use or not one of ours."""

    exit_code: ClassVar[int] = 2


class PortTakenError(StackError):
    """Another program listens on a port that the stack needs."""

    exit_code: ClassVar[int] = 3


class MissingPrerequisiteError(StackError):
    """The machine lacks something: a network for the first start, a supported processor, a file."""

    exit_code: ClassVar[int] = 4


class NotReadyError(StackError):
    """A part was started and did not become ready before its deadline."""

    exit_code: ClassVar[int] = 5


class CancelledError(StackError):
    """`Stack.cancel()` was called while a part was being waited for."""

    exit_code: ClassVar[int] = 0
