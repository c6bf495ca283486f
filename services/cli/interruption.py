"""What a signal does to a command that starts a stack, and works on it for a while."""

import queue
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Self

from deploy.local.stack import Stack

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Turns the stopping signals into `Stack.cancel()`, and into an interrupt where allowed.

    A signal handler runs between any two steps of the main thread, which may hold the very lock
    that an event needs; so it only puts into a SimpleQueue, which is made for that.
    """

    def __init__(self, stack: Stack, say: Callable[[str], None]) -> None:
        """`say` speaks to the person."""
        self._stack = stack
        self._say = say
        self._arrived: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._may_raise = False
        self._signalled = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._pass_on, name="signals", daemon=True).start()
        self._before = {number: signal.signal(number, self._handle) for number in STOPPING}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def break_off(self, work: Callable[[], None]) -> None:
        """Do the work unless, or until, a signal comes: it does not watch for one itself."""
        self._may_raise = True
        try:
            if not self._signalled:
                work()
        except KeyboardInterrupt:
            self._say("interrupted")
        finally:
            self._may_raise = False

    def _handle(self, number: int, _: FrameType | None) -> None:
        self._signalled = True
        self._arrived.put(number)
        if self._may_raise:
            self._may_raise = False
            raise KeyboardInterrupt

    def _pass_on(self) -> None:
        self._arrived.get()
        self._stack.cancel()
