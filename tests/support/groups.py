"""Run groups of tests one after another and sum them up: `python -m tests.support.groups unit e2e`.

A group is a folder of `tests/`. What follows `--` goes to pytest in every group. Each group is a
process of its own: a group that crashes or hangs counts as failed, and the next one still runs.
The long groups run as several processes side by side, which a test must not notice: each has a
Kafka and a MongoDB of its own.
Where memory has room for it, what their brokers and databases write goes there: a flush to a disk
then costs nothing, and what a killed process has written stays as it does on a disk.
A test on real processes that fails is run once more, alone: passing then, it is named as unsteady
and counts as passed; what fails twice has failed.
The last line is `N passed, N failed`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import psutil
import pytest

from deploy.local import learned

ROOT: Final = Path(__file__).parents[2]
NO_NETWORK: Final = ("--disable-socket", "--allow-unix-socket")
LONG_TEST_SECONDS: Final = 3600
IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made within it
"""Files that Linux keeps in memory."""
ROOM_BYTES: Final = 8 * 2**30
"""What must be free there; a group's stacks write less than a quarter of it at once."""
MEMORY_BYTES: Final = 2 * ROOM_BYTES
"""What must be free in all: the stacks' processes want some as well."""
AGAIN: Final = frozenset({"spec", "integration", "fault", "e2e"})
"""Groups whose tests share the machine with brokers, databases and services."""
STARTS: Final = AGAIN | {"deterministic", "long"}
"""Groups that start a Kafka."""
AGAIN_MAX: Final = 5
"""More failures than this are no accident."""

SIDE_BY_SIDE: Final = ("-n3", "--dist=loadfile", "--no-loadscope-reorder")
"""What runs on real parts waits a third of its time and more: three processes fill two cores.

A file's tests stay together and share what the file starts. Files are given out in their order:
by the number of their tests the longest, which have few, would come last.
"""
IN_HALVES: Final = ("-n2", "--dist=worksteal")
"""What only reckons: each process begins with half of it in order, so that what a file keeps, such
as a city, is mostly made once; who is done first takes from the other."""
FULL: Final = ("-n2", *SIDE_BY_SIDE[1:])
"""Beside a whole topology under faults there is room for one more."""
WAITING: Final = ("-n4", "--dist=worksteal")
"""What waits for the journal at every write, three quarters of its time."""
ALONE: Final = ("-n0",)

OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "unit": ("tests/unit", *NO_NETWORK, *IN_HALVES),
    "contract": ("tests/contract", *NO_NETWORK),
    "architecture": ("tests/architecture", *IN_HALVES),
    "spec": ("tests/spec", *SIDE_BY_SIDE),
    "deterministic": ("tests/deterministic", *WAITING),
    "integration": ("tests/integration", *SIDE_BY_SIDE),
    "fault": ("tests/fault", *FULL),
    "e2e": ("tests/e2e", *SIDE_BY_SIDE),
    "long": ("tests", "-m", "long", "-o", f"faulthandler_timeout={LONG_TEST_SECONDS}"),
}


@dataclass(frozen=True)
class Result:
    """What became of one group; a group that ended badly has at least one failure."""

    group: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    ran: bool = True
    """Whether pytest came to its end."""
    unsteady: int = 0
    """Failed at first and passed when run again alone."""

    def __str__(self) -> str:
        """Give the group's line in the summary."""
        return (
            f"{self.group:<14}{self.seconds:7.1f} s {self.passed:6} passed"
            f" {self.failed:5} failed {self.skipped:5} skipped {self.unsteady:5} unsteady"
        )


Environment = Mapping[str, str]


def main(arguments: Sequence[str]) -> int:
    """Run the groups named before `--`; 1 when anything failed or nothing ran."""
    groups, options = _split(arguments)
    if unknown := [group for group in groups if group not in OPTIONS]:
        print(f"no such group: {' '.join(unknown)}; there are {' '.join(OPTIONS)}", file=sys.stderr)
        return 2
    if STARTS.intersection(groups):
        # Each of the many starts of Kafka then costs half.
        learned.learn_if_possible(print)
    with _folder() as environment:
        results = [run(group, options, environment) for group in groups]
    print(*_summary(results), sep="\n", flush=True)
    return int(any(result.failed for result in results) or not any(r.passed for r in results))


@contextmanager
def _folder() -> Iterator[Environment]:
    """Give the environment of the tests: their folder is in memory if there is room for it."""
    known = dict(os.environ)
    if "TMPDIR" in known or not has_room(IN_MEMORY):
        yield known
        return
    with tempfile.TemporaryDirectory(prefix="dualwatch-tests-", dir=IN_MEMORY) as folder:
        yield {**known, "TMPDIR": folder}


def has_room(folder: Path) -> bool:
    """Tell whether files in memory may be as large as those that the tests write."""
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return False
    memory = psutil.virtual_memory().available
    return shutil.disk_usage(folder).free >= ROOM_BYTES and memory >= MEMORY_BYTES


def run(group: str, options: Sequence[str], environment: Environment | None = None) -> Result:
    """Run one group in a process of its own."""
    print(f"\n== {group}", flush=True)
    if not (ROOT / OPTIONS[group][0]).is_dir():
        return Result(group, seconds=0)
    started = time.monotonic()
    found = _pytest(group, options, environment, started)
    if group in AGAIN and 0 < found.failed <= AGAIN_MAX and found.ran:
        print(f"\n== {group}: {found.failed} failed, run again alone", flush=True)
        failed = ("--last-failed", "--last-failed-no-failures=none")
        again = _pytest(group, [*options, *failed, *ALONE], environment, started)
        found = replace(
            found,
            seconds=again.seconds,
            passed=found.passed + again.passed,
            failed=again.failed if again.ran else found.failed,
            unsteady=again.passed,
        )
    return found


def _pytest(
    group: str, options: Sequence[str], environment: Environment | None, started: float
) -> Result:
    with tempfile.TemporaryDirectory(prefix="dualwatch-groups-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}"]
        status = subprocess.run(  # noqa: S603 - the locked pytest
            [*command, *OPTIONS[group], *options], cwd=ROOT, env=environment, check=False
        ).returncode
        return _result(group, time.monotonic() - started, status, report)


def _result(group: str, seconds: float, status: int, report: Path) -> Result:
    total = failed = skipped = 0
    ran = report.is_file()
    ended_well = status in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    if ran:
        for suite in ET.parse(report).iter("testsuite"):  # noqa: S314 - pytest's own report
            total += int(suite.attrib["tests"])
            failed += int(suite.attrib["failures"]) + int(suite.attrib["errors"])
            skipped += int(suite.attrib["skipped"])
    else:  # the process ended before pytest did
        ended_well = False
    passed = max(0, total - failed - skipped)
    failed = failed if ended_well else max(1, failed)
    return Result(group, seconds, passed, failed, skipped, ran)


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    arguments = list(arguments)
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def _summary(results: Iterable[Result]) -> Iterable[str]:
    results = list(results)
    yield ""
    yield from map(str, results)
    passed, failed, skipped = (
        sum(getattr(result, count) for result in results)
        for count in ("passed", "failed", "skipped")
    )
    yield f"{'all':<14}{sum(result.seconds for result in results):7.1f} s"
    yield ""
    yield f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
