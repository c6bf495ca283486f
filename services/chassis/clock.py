"""The only place where a service reads the time or draws an id; domains get them as arguments."""

import datetime as dt
import os
import time


def now() -> dt.datetime:
    """Return the present moment in UTC."""
    return dt.datetime.now(dt.UTC)


def now_ms() -> int:
    """Return the present moment as milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Return seconds of a clock that never jumps, for measuring."""
    return time.monotonic()


def new_id() -> bytes:
    """Draw 16 random bytes."""
    return os.urandom(16)
