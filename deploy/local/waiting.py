"""The only place where the stack waits by asking again and again."""

import threading
import time
from collections.abc import Callable

from deploy.local.errors import CancelledError, NotReadyError

POLL_SECONDS = 0.05


def wait_until(
    condition: Callable[[], bool],
    *,
    deadline_seconds: float,
    what: str,
    cancel: threading.Event | None = None,
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Return once `condition` holds; raise when the deadline passes or `cancel` is set."""
    pause = cancel or threading.Event()
    deadline = time.monotonic() + deadline_seconds
    while not condition():
        if pause.is_set():
            message = f"stopped while waiting for {what}"
            raise CancelledError(message)
        if time.monotonic() >= deadline:
            message = f"{what} was not ready within {deadline_seconds:g} s"
            raise NotReadyError(message)
        pause.wait(poll_seconds)
