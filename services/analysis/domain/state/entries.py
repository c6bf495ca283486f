"""One ledger entry, as analysis takes it in."""

from typing import Any

import msgspec


class Entry(msgspec.Struct, gc=False):
    """One ledger entry as analysis takes it in."""

    sequence: int
    """Number within the project's stream, from 1."""
    position: int
    """Number within the ledger partition, from 1."""
    recorded_ms: int
    """When the ledger recorded it, milliseconds since 1970 UTC."""
    event: Any
    """The decoded CloudEvent; None: not decoded yet."""
    original: Any = None
    """Of a correction: the decoded event that it corrects; null if that is not to be found."""
    late: bool = False
    """Whether it came after the day that it is dated had ended."""
