"""What can be done to single parts of a running stack, and known of them."""

import threading

from deploy.local.errors import UsageError
from deploy.local.process import Child


class Handles:
    """The parts that run, by name."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._children: dict[str, Child] = {}
        self._cancel = threading.Event()

    def cancel(self) -> None:
        """Make a `start` that is still waiting raise CancelledError; safe in a signal handler."""
        self._cancel.set()

    @property
    def cancelled(self) -> bool:
        """Tell whether `cancel` was called."""
        return self._cancel.is_set()

    def wait(self) -> None:
        """Block until `cancel` is called."""
        self._cancel.wait()

    def kill(self, name: str) -> None:
        """Send SIGKILL to a part; supervision starts it again."""
        self._child(name).kill()

    def halt(self, name: str) -> None:
        """Kill a part and leave it down until `restart`."""
        self._child(name).halt()

    def launch(self, name: str) -> None:
        """Start a part that was halted, and do not wait until it is ready."""
        self._child(name).start()

    def pause(self, name: str) -> None:
        """Freeze a part (SIGSTOP)."""
        self._child(name).pause()

    def resume(self, name: str) -> None:
        """Let a paused part go on (SIGCONT)."""
        self._child(name).resume()

    def exits(self, name: str) -> int:
        """Count how often the part ended unasked since it was last started."""
        return self._child(name).exits

    def pid(self, name: str) -> int | None:
        """Give the process id of a part, None while it is down."""
        return self._child(name).pid

    def _child(self, name: str) -> Child:
        if name not in self._children:
            message = f"no part named {name} runs here; there are {sorted(self._children)}"
            raise UsageError(message)
        return self._children[name]
