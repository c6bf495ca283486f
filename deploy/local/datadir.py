"""The stack's data directory: its owner, its user, its key, and where the stack can be reached."""

import dataclasses
import fcntl
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from deploy.local.errors import UsageError

MARKER = "dualwatch-data"
LOCK = "lock"
KEY = "key"
PEOPLE_KEY = "people.key"
ENDPOINTS = "dualwatch.json"
CHECKPOINTS = "checkpoints"
SIGNING_KEY = "checkpoint.key"
PUBLIC_KEY = "checkpoint.pub"
KEY_BYTES = 32
PASSWORD_BYTES = 32
PRIVATE = 0o600


@dataclass(frozen=True)
class Endpoints:
    """Where a running stack can be reached; what `--json` prints and clients read."""

    intake: str
    analysis: str
    alerts: str
    reporting: str
    console: str
    kafka: str
    mongo: str
    key: str
    data_dir: str

    def to_json(self) -> str:
        """Give one line of JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def read(cls, data_dir: Path) -> Self | None:
        """Read what the stack that runs on this directory has written; None when none runs."""
        try:
            content = json.loads((data_dir / ENDPOINTS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        names = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in content.items() if name in names})


class DataDir:
    """One data directory, used by one stack at a time."""

    def __init__(self, path: Path) -> None:
        """Nothing is touched before `acquire`."""
        self.path = path.expanduser().resolve()
        self._lock: IO[str] | None = None

    @property
    def logs(self) -> Path:
        """Give the folder with one log per process."""
        return self.path / "logs"

    def acquire(self) -> None:
        """Make the directory ours, or raise if it belongs to something else or is in use."""
        self._require_ours()
        self.path.mkdir(parents=True, exist_ok=True)
        lock = (self.path / LOCK).open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            message = (
                f"{self.path} is in use by another running stack. "
                "Stop that one, or choose another directory with --data-dir."
            )
            raise UsageError(message) from error
        self._lock = lock
        (self.path / MARKER).touch()
        self.logs.mkdir(exist_ok=True)

    def release(self) -> None:
        """Let another stack use the directory."""
        if self._lock:
            (self.path / ENDPOINTS).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def reset(self) -> None:
        """Delete all data; only while the directory is acquired."""
        if self._lock is None:
            message = f"{self.path} is not held by this process"
            raise UsageError(message)
        for entry in self.path.iterdir():
            # They say that the directory is ours and in use, which stays true.
            if entry.name in {LOCK, MARKER}:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        self.logs.mkdir(exist_ok=True)

    def key(self) -> str:
        """Give the one demo key, made on first use."""
        file = self.path / KEY
        if not file.exists():
            write_private(file, secrets.token_urlsafe(KEY_BYTES))
        return file.read_text(encoding="utf-8").strip()

    def checkpoint_environment(self) -> dict[str, str]:
        """Give what intake is told of checkpoints; the key that signs them is made on first use."""
        file = self.path / SIGNING_KEY
        if not file.exists():
            key = Ed25519PrivateKey.generate()
            public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            write_private(self.path / PUBLIC_KEY, public.decode().rstrip())
            write_private(file, private.decode().rstrip())
        return {
            "DUALWATCH_INTAKE__CHECKPOINTS": str(self.path / CHECKPOINTS),
            "DUALWATCH_INTAKE__CHECKPOINT_KEY_FILE": str(file),
        }

    def people_key(self) -> str:
        """Give the secret under which people's account numbers are hashed, made on first use."""
        file = self.path / PEOPLE_KEY
        if not file.exists():
            write_private(file, secrets.token_urlsafe(KEY_BYTES))
        return file.read_text(encoding="utf-8").strip()

    def publish(self, endpoints: Endpoints) -> None:
        """Write the endpoints for clients that know the directory."""
        write_private(self.path / ENDPOINTS, endpoints.to_json())

    def _require_ours(self) -> None:
        if not self.path.exists():
            return
        if not self.path.is_dir():
            message = f"{self.path} is not a directory"
            raise UsageError(message)
        entries = {entry.name for entry in self.path.iterdir()}
        if entries - {LOCK} and MARKER not in entries:
            message = (
                f"{self.path} holds files that are not Dualwatch's. "
                "Choose an empty or new directory with --data-dir."
            )
            raise UsageError(message)


def default_data_dir() -> Path:
    """Give DUALWATCH_DATA_DIR, or the directory for users' data (XDG)."""
    chosen = os.environ.get("DUALWATCH_DATA_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "dualwatch"


def write_private(file: Path, content: str) -> None:
    """Write beside the file and rename: a reader sees all of it or nothing."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(content + "\n")
    beside.replace(file)


def password_in(file: Path) -> str:
    """Read a password; one is drawn first where there is none."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, secrets.token_urlsafe(PASSWORD_BYTES))
    return file.read_text(encoding="utf-8").strip()
