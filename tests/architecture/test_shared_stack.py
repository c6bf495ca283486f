"""Tests of files that share a Kafka and a MongoDB keep apart by what they write about.

Which files share one is chance: it depends on what else runs beside them. Two that wrote about the
same project would fail once in a while, and each alone would pass.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest

FOLDER: Final = Path(__file__).parents[1] / "integration" / "alerts"
PROJECT: Final = re.compile(r"""["']([A-Za-z0-9][\w-]*)/[A-Z{]""")
"""A string that names a project: its jurisdiction, and the beginning of its code."""


def shared(texts: dict[str, str]) -> dict[str, set[str]]:
    """Find jurisdictions that more than one file writes about."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, text in texts.items():
        for jurisdiction in PROJECT.findall(text):
            found[jurisdiction].add(name)
    return {name: files for name, files in found.items() if len(files) > 1}


def test_no_two_files_write_about_one_jurisdiction() -> None:
    """Each file of alerts' tests has jurisdictions of its own."""
    assert {} == shared({path.name: path.read_text() for path in FOLDER.glob("test_*.py")})


@pytest.mark.parametrize("one", ['say(over("killed/P-1"))', "f'killed/P-{number}'"])
def test_it_would_be_noticed(one: str) -> None:
    """Whichever way a project is written."""
    assert {"killed": {"a", "b"}} == shared({"a": one, "b": 'names = [f"killed/{code}"]'})
