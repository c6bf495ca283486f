"""What is installed, and from where."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

from tests.architecture.repository import ROOT, pyproject, tracked

LOCK: Final = (ROOT / "requirements.lock").read_text("utf-8")
# name==version, its marker, then its hashes each on a line
PINNED: Final = re.compile(
    r"^([a-z0-9-]+)==\S+.*\\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", re.MULTILINE
)
PACKAGES: Final = {"contracts", "services", "deploy"}


def test_wheel_holds_every_committed_file(tmp_path: Path) -> None:
    """Rules, schemas, templates and locks are installed with the code that reads them."""
    subprocess.run(  # noqa: S603 - the locked build backend
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())

    assert {str(path) for path in tracked() if path.parts[0] in PACKAGES} <= held


def test_lock_has_hashes_for_all_and_names_no_index() -> None:
    """The lock holds behind every mirror, and only for exactly these files."""
    names = re.findall(r"^([a-z0-9-]+)==", LOCK, re.MULTILINE)

    assert names == [name for name, _ in PINNED.findall(LOCK)]
    assert "://" not in LOCK
    assert "--index-url" not in LOCK


def test_lock_holds_every_direct_dependency() -> None:
    """`make lock` ran after the last change of pyproject.toml."""
    groups = pyproject()["dependency-groups"].values()
    wanted = [*pyproject()["project"]["dependencies"]]
    wanted += [entry for group in groups for entry in group if isinstance(entry, str)]
    locked = {name for name, _ in PINNED.findall(LOCK)}

    assert {_normal(requirement) for requirement in wanted} <= locked


def _normal(requirement: str) -> str:
    name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()
