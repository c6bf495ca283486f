"""The real parts for tests, on ports and data of their own.

A `conftest.py` imports the fixture: `from tests.support.stack import shared_stack`.
"""

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from deploy.local.ports import BLOCK_SIZE, is_free
from deploy.local.stack import Stack

# Below the ports that the kernel hands out itself, and away from our defaults.
FIRST_PORT = 20000
BLOCKS = 850
TRIES_MAX = 200

# A block stays ours as long as this process holds its lock file.
_held: list[IO[str]] = []


@pytest.fixture(scope="package")
def shared_stack() -> Iterator[Stack]:
    """Kafka and MongoDB without services, the same for all tests of the folder.

    Its `__init__.py` makes a folder a package: they end with its last test, rather than idle
    beside all that follows. Without one they live as long as the session.
    """
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-test-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
    ):
        yield stack


_whole: list[Stack] = []
"""The stack that all folders share, from its first test on."""
_resting: list[Stack] = []
"""The same while it is stopped."""


@pytest.fixture(scope="session")
def whole_stack() -> Iterator[Stack]:
    """All services as processes, the same for all tests of the session that name it.

    Each file writes about jurisdictions of its own; whoever stops a service starts it again.
    """
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-whole-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from()) as stack,
    ):
        _whole.append(stack)
        yield stack
        _whole.clear()
        _resting.clear()


def rest_or_rise(item: pytest.Item) -> None:
    """Let the whole stack rest beside tests that do not name it: idle, it takes their time.

    Side by side all that name it run in a row, so it rests once, for good.
    """
    wanted = "whole_stack" in getattr(item, "fixturenames", ())
    if wanted and _resting:
        _resting.pop().start()
    elif not wanted and _whole and not _resting:
        _resting.append(_whole[0])
        _whole[0].stop()


def free_ports_from(blocks: int = 1) -> int:
    """Give the first of a block of free ports for `Stack(ports_from=…)`, reserved for us.

    A topology with several of a kind needs as many blocks in a row.
    Test processes side by side never get the same block, though nobody listens there yet.
    """
    folder = Path(tempfile.gettempdir()) / f"dualwatch-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for _ in range(TRIES_MAX):
        first = FIRST_PORT + BLOCK_SIZE * secrets.randbelow(BLOCKS - blocks)
        ports = range(first, first + blocks * BLOCK_SIZE)
        reserved = all(_reserve(folder / str(port)) for port in ports[::BLOCK_SIZE])
        if reserved and all(map(is_free, ports)):
            return first
    message = f"no free block of {BLOCK_SIZE} ports found in {TRIES_MAX} tries"
    raise RuntimeError(message)


def _reserve(path: Path) -> bool:
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return False
    _held.append(lock)
    return True
