"""Run by path, one per stack: outlives a killed parent just long enough to end all its children.

PR_SET_PDEATHSIG reaches the direct children only. Their own children carry the stack's mark in
their environment, by which this process finds them. A standalone script, started with `-I -S`.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

MARK = "DUALWATCH_STACK_MARK"
ROUNDS_MAX = 50
ROUND_SECONDS = 0.1


def main() -> None:
    """Wait until the parent closes our standard input (by its end at the latest), then sweep."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()
    sweep(sys.argv[1])


def sweep(mark: str) -> None:
    """Kill until nothing that carries the mark is left; a killed process may just have forked."""
    for _ in range(ROUNDS_MAX):
        found = marked(mark)
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return
        time.sleep(ROUND_SECONDS)  # noqa: TID251 - bounded by ROUNDS_MAX, nothing to wait on


def marked(mark: str) -> list[int]:
    """List the processes whose environment carries the mark."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        # Processes come and go while we look, and others' environments are not readable.
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


if __name__ == "__main__":
    main()
