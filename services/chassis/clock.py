"""The only place where a service reads the time or draws by chance; domains get arguments."""

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


def jittered(seconds: float) -> float:
    """Draw between half of a pause and all of it, so that many do not come back at once."""
    return seconds * (0.5 + int.from_bytes(os.urandom(2)) / 131_072)


def backoff(attempt: int, least_seconds: float, most_seconds: float) -> float:
    """Return the pause before a repetition (the first is 1): doubling, bounded, jittered."""
    return jittered(min(most_seconds, least_seconds * 2.0 ** min(max(attempt, 1) - 1, 30)))
