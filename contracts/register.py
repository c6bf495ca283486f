"""The register of released schemas: what stands in it never changes again."""

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SCHEMAS: Final = Path(__file__).parent / "schemas"
REGISTER: Final = SCHEMAS / "RELEASED"
SUFFIX: Final = ".schema.json"
COMMITS_MAX: Final = 500
"""Earlier states of one file that are looked through."""
GIT_SECONDS: Final = 20
_HEAD: Final = "# Released schemas, SHA-256 and file: append-only. See contracts/released.py."


@dataclass(frozen=True)
class Register:
    """What was released: file name → SHA-256 of its bytes."""

    hashes: Mapping[str, str]

    @classmethod
    def read(cls, path: Path = REGISTER) -> "Register":
        """Read the register; a line is a hash, two spaces, a file name."""
        lines = path.read_text(encoding="utf-8").splitlines()
        pairs = (line.split("  ", 1) for line in lines if line and not line.startswith("#"))
        return cls({name: sha256 for sha256, name in pairs})

    def text(self) -> str:
        """Write it."""
        lines = [f"{sha256}  {name}" for name, sha256 in sorted(self.hashes.items())]
        return "\n".join([_HEAD, *lines, ""])

    def released(self, name: str, folder: Path = SCHEMAS) -> str | None:
        """Find a schema as it was released: the file, else an earlier committed state of it."""
        sha256 = self.hashes[name]
        path = folder / name
        if path.exists() and hash_of(text := path.read_text(encoding="utf-8")) == sha256:
            return text
        for commit in _git(folder, "log", f"-{COMMITS_MAX}", "--format=%H", "--", name).split():
            text = _git(folder, "show", f"{commit}:./{name}")
            if hash_of(text) == sha256:
                return text
        return None


def type_of(name: str) -> str:
    """Give the event type whose schema a file holds."""
    return f"dualwatch.{name.removesuffix(SUFFIX)}"


def hash_of(text: str) -> str:
    """Hash a schema as the register does."""
    return hashlib.sha256(text.encode()).hexdigest()


def _git(folder: Path, *words: str) -> str:
    """Ask git, where there is one and a repository: a release's tree may be without."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            ["git", "-C", str(folder), *words],  # noqa: S607 - whichever git the person has
            capture_output=True,
            check=False,
            timeout=GIT_SECONDS,
        )
    except FileNotFoundError:
        return ""
    return done.stdout.decode() if done.returncode == 0 else ""
