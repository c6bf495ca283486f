"""Kafka's jars: what the committed lock names, fetched once, verified, kept in the user's cache."""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import threading
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.errors import CancelledError, MissingPrerequisiteError

if TYPE_CHECKING:
    from jgo.maven import MavenContext

LOCK_FILE = Path(__file__).with_name("kafka.lock.toml")
ROOTS = (
    "org.apache.kafka:kafka_2.13:4.4.0",
    # Kafka's POM names no slf4j backend; without one every log line of the broker is dropped.
    # The mark ! keeps its versions of other jars out of Kafka's set.
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5!",
)
STAGE = "fetch-"
DOWNLOADS_AT_ONCE = 8
REQUEST_SECONDS_MAX = 15
ADVICE = (
    "Connect this machine to a Maven repository (a mirror in ~/.m2/settings.xml and "
    "HTTPS_PROXY are honoured) and start again, or use a Kafka of your own: "
    "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS=host:port."
)


@dataclass(frozen=True)
class Jar:
    """One locked file."""

    coordinate: str
    sha256: str
    size_bytes: int

    @property
    def filename(self) -> str:
        """Give the name under which the jar lies in the cache."""
        return self.coordinate.replace(":", "_") + ".jar"


def jars(
    report: Callable[[str], None] = lambda _: None, cancel: threading.Event | None = None
) -> tuple[Path, ...]:
    """Give the paths of all locked jars, fetching them first if the cache lacks them."""
    locked = read_lock()
    folder = cache_dir() / "kafka" / _digest(locked)
    if not _complete(folder, locked):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(folder.parent / "lock"):
            # Whoever held the lock before us has probably done the work.
            if not _complete(folder, locked):
                report(f"fetching {len(locked)} jars of Kafka, once for this user")
                _fetch_into(folder, locked, cancel or threading.Event())
    return tuple(folder / jar.filename for jar in locked)


def cache_dir() -> Path:
    """Give the user's cache: DUALWATCH_CACHE_DIR, or the XDG one."""
    chosen = os.environ.get("DUALWATCH_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "dualwatch"


def read_lock(path: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """Read the committed lock."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(Jar(row["coordinate"], row["sha256"], row["size_bytes"]) for row in content["jar"])


def write_lock(path: Path = LOCK_FILE) -> None:
    """Resolve `ROOTS` anew and write the lock: `python -m deploy.local.jars`, when they change."""
    import jgo  # noqa: PLC0415 - a second of imports that only a first start needs

    artifacts = jgo.resolve("+".join(ROOTS))
    coordinates = sorted(f"{a.groupId}:{a.artifactId}:{a.version}" for a in artifacts)
    lines = ["# Kafka's jars. Made by `python -m deploy.local.jars`; no repository is named."]
    with tempfile.TemporaryDirectory() as stage:
        found = _download(coordinates, Path(stage), threading.Event())
        for coordinate, file in zip(coordinates, found, strict=True):
            lines += [
                "",
                "[[jar]]",
                f'coordinate = "{coordinate}"',
                f'sha256 = "{_sha256(file)}"',
                f"size_bytes = {file.stat().st_size}",
            ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _digest(locked: Sequence[Jar]) -> str:
    return hashlib.sha256("\n".join(jar.sha256 for jar in locked).encode()).hexdigest()[:16]


def _complete(folder: Path, locked: Sequence[Jar]) -> bool:
    return all(_intact(folder / jar.filename, jar) for jar in locked)


def _intact(file: Path, jar: Jar) -> bool:
    return file.is_file() and file.stat().st_size == jar.size_bytes and _sha256(file) == jar.sha256


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock file of the cache, whichever process of the user wants it as well."""
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _fetch_into(folder: Path, locked: Sequence[Jar], cancel: threading.Event) -> None:
    """Fetch beside the folder and rename, so that a folder that exists is always complete."""
    for abandoned in folder.parent.glob(f"{STAGE}*"):
        # We hold the lock, so whoever made it was killed.
        shutil.rmtree(abandoned, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=folder.parent))
    try:
        done = stage / "jars"
        done.mkdir()
        files = _download([jar.coordinate for jar in locked], stage / "repository", cancel)
        for jar, file in zip(locked, files, strict=True):
            if not _intact(file, jar):
                message = f"{jar.coordinate} as fetched is not the locked file. {ADVICE}"
                raise MissingPrerequisiteError(message)
            file.rename(done / jar.filename)
        shutil.rmtree(folder, ignore_errors=True)
        done.rename(folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _download(coordinates: Sequence[str], repository: Path, cancel: threading.Event) -> list[Path]:
    context = _maven(repository)

    def fetch(coordinate: str) -> Path:
        if cancel.is_set():
            message = "stopped while fetching Kafka's jars"
            raise CancelledError(message)
        try:
            # The lock names every file, so no POM is asked for and nothing is resolved.
            file = context.create_dependency(coordinate).artifact.resolve()
            # A jar of the user's own Maven repository stays where it is: take a copy.
            return file if repository in file.parents else _copied(file, repository)
        except (OSError, RuntimeError) as error:
            message = f"could not fetch {coordinate} ({type(error).__name__}). {ADVICE}"
            raise MissingPrerequisiteError(message) from error

    pool = ThreadPoolExecutor(DOWNLOADS_AT_ONCE)
    try:
        return list(pool.map(fetch, coordinates))
    finally:
        pool.shutdown(cancel_futures=True)


def _copied(file: Path, repository: Path) -> Path:
    repository.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy2(file, repository / file.name))


def _maven(repository: Path) -> "MavenContext":
    """Build jgo's context with the repositories this machine is configured for."""
    from jgo.config import GlobalSettings  # noqa: PLC0415 - see write_lock
    from jgo.constants import MAVEN_CENTRAL_URL, default_maven_repo  # noqa: PLC0415
    from jgo.maven import MavenContext  # noqa: PLC0415

    mirror = mirror_of_central(settings_files())
    repositories = {**GlobalSettings.load().repositories, "central": mirror or MAVEN_CENTRAL_URL}
    return MavenContext(
        repo_cache=repository,
        local_repos=[default_maven_repo()],
        remote_repos=repositories,
        timeout=REQUEST_SECONDS_MAX,
    )


def settings_files() -> tuple[Path, ...]:
    """Give Maven's own settings files, the user's before the machine's."""
    maven_home = os.environ.get("MAVEN_HOME")
    machine = Path(maven_home) / "conf" if maven_home else Path("/etc/maven")
    return (Path.home() / ".m2" / "settings.xml", machine / "settings.xml")


def mirror_of_central(files: Sequence[Path]) -> str | None:
    """Find the mirror that Maven itself would use for its central repository, if one is set."""
    for file in files:
        if not file.is_file():
            continue
        try:
            root = ET.parse(file).getroot()  # noqa: S314 - the user's own settings file
        except ET.ParseError as error:
            message = f"{file} is not readable as XML: {error}"
            raise MissingPrerequisiteError(message) from error
        for mirror in root.iterfind("{*}mirrors/{*}mirror"):
            url = mirror.findtext("{*}url", "").strip()
            blocked = mirror.findtext("{*}blocked", "false").strip() == "true"
            if url and not blocked and _covers_central(mirror.findtext("{*}mirrorOf", "")):
                return url.rstrip("/")
    return None


def _covers_central(mirror_of: str) -> bool:
    patterns = {pattern.strip() for pattern in mirror_of.split(",")}
    return "!central" not in patterns and bool(patterns & {"central", "*", "external:*"})


if __name__ == "__main__":
    write_lock()
    sys.stderr.write(f"wrote {LOCK_FILE}\n")
