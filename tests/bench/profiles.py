"""What a stage's process spends its time on: sampled from outside by py-spy, while it works.

py-spy is taken into an environment of its own by uv, pinned, as the peers are: it is no part of
what we rest on. Its samples are those of the thread that holds the interpreter; each counts for the
place where it was taken, and places are summed up by module.
"""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

PY_SPY: Final = "py-spy==0.4.3"
SAMPLES_A_SECOND: Final = 200
SECONDS: Final = 6
"""Of work under a profile; the backlog has to last longer."""
READY_SECONDS: Final = 120.0
"""Longest that the profiler may take, with its own installation."""
NAMED: Final = 8
"""Costs that are named; all others are one."""
OTHER: Final = "all other"
_PLACE: Final = re.compile(r"^(?P<name>.+) \((?P<file>.+?)(?::\d+)?\)$")
_PACKAGE: Final = re.compile(r"site-packages/(?P<package>[^/]+)")


class Profiler:
    """Samples one process after the other, and keeps what it saw of the last."""

    def __init__(self, folder: Path) -> None:
        """`folder` takes what py-spy writes."""
        self._file = folder / "samples.raw"
        self.costs: Counter[str] = Counter()

    async def sample(self, pid: int) -> None:
        """Watch a process for SECONDS; RuntimeError with py-spy's words if it could not."""
        uv = str(Path(sys.executable).with_name("uv"))
        what = ("--pid", str(pid), "--duration", str(SECONDS), "--rate", str(SAMPLES_A_SECOND))
        how = ("--gil", "--full-filenames", "--format", "raw", "--output", str(self._file))
        command = (uv, "tool", "run", "--quiet", PY_SPY, "record", *what, *how)
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        async with asyncio.timeout(READY_SECONDS):
            told, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(told.decode("utf-8", errors="replace"))
        self.costs = costs(self._file.read_text(encoding="utf-8").splitlines())

    def figures(self) -> list[dict[str, Any]]:
        """Name the biggest costs with their shares of all samples."""
        every = sum(self.costs.values()) or 1
        known = self.costs.most_common(NAMED)
        rest = every - sum(count for _, count in known)
        named = [*known, (OTHER, rest)] if rest else known
        return [{"what": what, "share": round(count / every, 4)} for what, count in named]


def costs(lines: Iterable[str]) -> Counter[str]:
    """Count samples by the module in which each was taken; a line is a stack and its count."""
    found: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        found[module_of(stack.rpartition(";")[2])] += int(count)
    return found


def module_of(frame: str) -> str:
    """Name the module of a frame: of ours in full, of others the package."""
    place = _PLACE.match(frame)
    if place is None:
        return frame
    file = place["file"]
    if package := _PACKAGE.search(file):
        return package["package"]
    for ours in ("services/", "contracts/"):
        if (at := file.rfind(f"/{ours}")) >= 0:
            return file[at + 1 :].removesuffix(".py").replace("/", ".")
    return "Python's own library"
