"""Small disks of their own (tmpfs), for those who are root, which can really be full."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SIZE: Final = "1g"
BALLAST: Final = "ballast"
BLOCK_BYTES: Final = 1024 * 1024
SMALL_BYTES: Final = 512


def may_mount() -> bool:
    """Whether disks can be mounted here."""
    return os.geteuid() == 0


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Have a disk in memory at a folder; what is on it is gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "dualwatch-drill", str(folder))
    try:
        yield folder
    finally:
        # Lazily: whoever still has a file open there must not keep the disk.
        _run("umount", "--lazy", str(folder))


@contextlib.contextmanager
def no_room(disk: Path) -> Iterator[None]:
    """Fill a disk to its last byte; then there is room again."""
    ballast = disk / BALLAST
    try:
        with ballast.open("wb", buffering=0) as out:
            for size in (BLOCK_BYTES, SMALL_BYTES):
                with contextlib.suppress(OSError):
                    while out.write(bytes(size)):
                        pass
        yield
    finally:
        ballast.unlink()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
