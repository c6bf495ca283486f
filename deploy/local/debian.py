"""Programs that Debian packages: what is on PATH, else fetched once, kept in the user's cache.

Nothing is installed and root is not needed: apt verifies the package, dpkg unpacks it.
"""

import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.errors import MissingPrerequisiteError
from deploy.local.jars import cache_dir

STAGE: Final = "fetch-"
FETCH_SECONDS_MAX: Final = 180
UPDATE_SECONDS_MAX: Final = 300
SAID_CHARACTERS_MAX: Final = 300


@dataclass(frozen=True)
class Program:
    """One executable of a package."""

    name: str
    package: str
    debian_name: str = ""
    """What Debian calls it, where that is not what everybody else does."""
    home: str = ""
    """A folder of its package that it was built to find below `/`, and no option names another."""

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names it may have on PATH, its own first."""
        return (self.name, self.debian_name) if self.debian_name else (self.name,)

    def below(self, folder: Path) -> Path:
        """Give where it lies in its unpacked package."""
        return folder / "usr" / "bin" / (self.debian_name or self.name)


PROMETHEUS: Final = Program("prometheus", "prometheus")
PROMTOOL: Final = Program("promtool", "prometheus")
ALERTMANAGER: Final = Program(
    "alertmanager",
    "prometheus-alertmanager",
    debian_name="prometheus-alertmanager",
    home="/usr/share/prometheus/alertmanager",  # its templates of messages
)
AMTOOL: Final = Program("amtool", "prometheus-alertmanager")
PROGRAMS: Final = (PROMETHEUS, PROMTOOL, ALERTMANAGER, AMTOOL)


def program(wanted: Program, report: Callable[[str], None] = lambda _: None) -> Path:
    """Give the path of a program, fetching its package first if this machine lacks it."""
    for name in wanted.names:
        if found := shutil.which(name):
            return Path(found)
    folder = cache_dir() / "debian" / wanted.package
    if not wanted.below(folder).is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _exclusive(folder.parent / "lock"):
            # Whoever held the lock before us has probably done the work.
            if not wanted.below(folder).is_file():
                report(f"fetching Debian's package {wanted.package}, once for this user")
                _fetch_into(folder, wanted)
    return wanted.below(folder)


def started_in(path: Path) -> Path | None:
    """Give the folder in which to start a program of the cache; None: any will do."""
    root = path.parents[2]
    return root if root.parent == cache_dir() / "debian" else None


def _fetch_into(folder: Path, wanted: Program) -> None:
    """Unpack beside the folder and rename, so that a folder that exists is always complete."""
    for abandoned in folder.parent.glob(f"{STAGE}*"):
        # We hold the lock, so whoever made it was killed.
        shutil.rmtree(abandoned, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=folder.parent))
    try:
        _download(wanted, stage)
        archives = list(stage.glob("*.deb"))
        if len(archives) != 1:
            raise _missing(wanted, f"apt-get left {len(archives)} packages")
        _run(wanted, ("dpkg-deb", "-x", str(archives[0]), str(stage / "root")), stage)
        if not wanted.below(stage / "root").is_file():
            raise _missing(wanted, f"{archives[0].name} does not hold it")
        for other in PROGRAMS:
            if other.package == wanted.package and other.home:
                _unroot(other, stage / "root")
        shutil.rmtree(folder, ignore_errors=True)
        (stage / "root").rename(folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _unroot(wanted: Program, root: Path) -> None:
    """Let it look for its folder below where it is started: `/usr/…` becomes `usr/…/`."""
    binary, built_for = wanted.below(root), wanted.home.encode()
    content = binary.read_bytes().replace(built_for, built_for[1:] + b"/")
    binary.write_bytes(content)


def _download(wanted: Program, stage: Path) -> None:
    """Download by the machine's package lists; by lists of our own where it has none."""
    download = ("download", wanted.package)
    try:
        _run(wanted, ("apt-get", "-qq", *download), stage)
    except MissingPrerequisiteError:
        state = stage / "apt"
        for part in ("lists/partial", "cache/archives/partial"):
            (state / part).mkdir(parents=True)
        own = (
            *("-o", f"Dir::State::Lists={state / 'lists'}"),
            *("-o", f"Dir::Cache={state / 'cache'}"),
            *("-o", "Acquire::Languages=none"),
        )
        _run(wanted, ("apt-get", "-qq", *own, "update"), stage, UPDATE_SECONDS_MAX)
        _run(wanted, ("apt-get", "-qq", *own, *download), stage)


def _run(
    wanted: Program, argv: Sequence[str], folder: Path, seconds_max: int = FETCH_SECONDS_MAX
) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - apt-get and dpkg-deb with arguments of ours
            argv, cwd=folder, capture_output=True, text=True, timeout=seconds_max, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _missing(wanted, f"{argv[0]}: {error}") from error
    if done.returncode:
        said = " ".join(done.stderr.split())[-SAID_CHARACTERS_MAX:]
        raise _missing(wanted, f"{argv[0]} ended with {done.returncode}: {said}")


def _missing(wanted: Program, why: str) -> MissingPrerequisiteError:
    message = (
        f"{wanted.name} is not on PATH, and Debian's package {wanted.package} could not be "
        f"fetched ({why}). Install it (Debian, Ubuntu: apt-get install {wanted.package}), or put "
        f"{wanted.name} on PATH."
    )
    return MissingPrerequisiteError(message)


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
