"""`make sbom`: the packages that requirements.lock names, as a bill of materials (CycloneDX).

    python -m tests.support.sbom dist/sbom.json

The same lock gives the same bytes: its number follows from the lock, and it has no time.
"""

import hashlib
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Final

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT: Final = Path(__file__).parents[2]
LOCK: Final = ROOT / "requirements.lock"
LOCKED: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)
"""A line that names a package and its version."""


def locked() -> list[tuple[str, str]]:
    """Read names and versions out of the lock."""
    return LOCKED.findall(LOCK.read_text("utf-8"))


def written() -> str:
    """Write the bill."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    # Epoch and local version have signs of their own in an address: PackageURL escapes them.
    parts = [
        Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            purl=PackageURL("pypi", name=name, version=version),
            bom_ref=f"{name}=={version}",
        )
        for name, version in locked()
    ]
    whole = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        bom_ref=project["name"],
    )
    digest = hashlib.sha256(LOCK.read_bytes()).digest()
    bom = Bom(components=parts, serial_number=uuid.UUID(bytes=digest[:16], version=4))
    bom.metadata.component = whole
    bom.metadata.timestamp = None  # type: ignore[assignment]  # the same bytes again
    bom.register_dependency(whole, parts)
    return str(JsonV1Dot6(bom).output_as_string(indent=2)) + "\n"


def main(file: str) -> None:
    """Write it into a file."""
    place = Path(file)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(written(), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
