"""The network between services and stores, as the harness steers it: proxies in one process."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.fault.net.proxy import Counts, Mode

ROOT: Final = Path(__file__).parents[3]
STOP_SECONDS: Final = 5.0


class Network:
    """One proxy before each store; a context manager."""

    def __init__(self, ports: Mapping[str, tuple[int, int]]) -> None:
        """`ports` gives, by the store's name, where to listen and where the store listens."""
        self._words = [f"{name}:{listen}:{port}" for name, (listen, port) in ports.items()]
        self.names = tuple(ports)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start the proxies and wait until they listen."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fault.net.proxy", *self._words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        with self._process as process:
            process.terminate()
            process.wait(STOP_SECONDS)

    def set(self, name: str, mode: Mode, seconds: float = 0.0) -> Counts:
        """Begin a mode before one store; give the counters as they are then."""
        return self._ask({"name": name, "mode": mode, "seconds": seconds})

    def counts(self, name: str) -> Counts:
        """Give a store's counters."""
        return self._ask({"name": name})

    def heal(self) -> None:
        """Let everything pass again."""
        for name in self.names:
            self.set(name, Mode.PASS)

    def _ask(self, command: Mapping[str, object]) -> Counts:
        with self._lock:
            if self._process.stdin is None:
                raise AssertionError
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            return Counts(**self._read())

    def _read(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise AssertionError
        line = self._process.stdout.readline()
        if not line:
            message = f"the proxies ended with {self._process.wait()}"
            raise RuntimeError(message)
        found: dict[str, Any] = json.loads(line)
        return found
