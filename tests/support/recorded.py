"""What a run has shown, kept as a line of JSON under docs/proof; docs/proof.md is made of them.

A line says which commit ran on which machine on which day, and the figures as they were seen. No
line is ever changed: a later run adds one.
"""

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import psutil

from services.chassis import clock

ROOT: Final = Path(__file__).parents[2]
PROOF: Final = ROOT / "docs" / "proof"
COMMIT_CHARACTERS: Final = 12
UNKNOWN: Final = "unknown"

Line = dict[str, Any]


def machine() -> Line:
    """Say what ran it, without any name of it; `load` is the one of the last minute."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def commit() -> str:
    """Give the commit that is checked out, with `+` behind it where files differ from it."""
    head = _git("rev-parse", f"--short={COMMIT_CHARACTERS}", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ":!docs/proof")
    return f"{head or UNKNOWN}{'+' if changed else ''}"


def record(file: Path, figures: Sequence[Mapping[str, Any]], **about: Any) -> None:
    """Append a line for a run: when, which commit, which machine, `about`, and its figures."""
    line = {
        "date": clock.now().date().isoformat(),
        "commit": commit(),
        "machine": machine(),
        **about,
        "figures": [dict(one) for one in figures],
    }
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")


def recorded(name: str) -> Iterator[Line]:
    """Read the lines of docs/proof/`name`.jsonl, oldest first; none where there is no file."""
    file = PROOF / f"{name}.jsonl"
    if file.exists():
        yield from map(json.loads, file.read_text(encoding="utf-8").splitlines())


def _processor() -> str:
    with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()


def _git(*words: str) -> str:
    command = ["git", *words]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    return found.stdout.strip()
