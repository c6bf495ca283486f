"""Tests of files that share a Kafka and a MongoDB keep apart by what they write about.

Which files share one is chance: it depends on what else runs beside them. Two that wrote about the
same project would fail once in a while, and each alone would pass.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest

from tests.support.sharing import ROOT, scope_of

INTEGRATION: Final = Path(__file__).parents[1] / "integration"
FOLDER: Final = INTEGRATION / "alerts"
WHOLE_STACK: Final = "whole stack"
JURISDICTION: Final = re.compile(
    r"""^(?:CITY|JURISDICTION): Final = "(\w+)"|["'](?!tests/)([\w-]+)/[A-Z{]""", re.MULTILINE
)
"""A constant that names a jurisdiction, or a string that names a project of one."""
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


def whole_stack_files() -> dict[str, str]:
    """Read the files that share the whole stack."""
    files = INTEGRATION.rglob("test_*.py")
    return {
        path.name: path.read_text("utf-8")
        for path in files
        if scope_of(str(path.relative_to(ROOT))) == WHOLE_STACK
    }


def test_those_on_the_whole_stack_keep_apart_as_well() -> None:
    """Each file's city is its own."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, text in whole_stack_files().items():
        for match in JURISDICTION.finditer(text):
            found[match[1] or match[2]].add(name)

    assert {"C612", "C613", "C614", "C615", "J771"} < found.keys()
    assert {} == {name: files for name, files in found.items() if len(files) > 1}


def test_files_of_one_stack_are_given_to_one_process() -> None:
    """Whoever asks for it himself, and whose folder does; all others go by themselves."""
    assert {"test_papers.py", "test_life.py", "test_publish.py", "test_pages.py"} < set(
        whole_stack_files()
    )
    for folder in ("tests/integration/console", "tests/e2e/console"):
        files = [str(path.relative_to(ROOT)) for path in (ROOT / folder).glob("test_*.py")]
        assert len(files) > 1
        assert {"stack of console"} == {scope_of(file) for file in files}
    alone = "tests/integration/alerts/test_alerts.py"
    assert alone == scope_of(alone)


@pytest.mark.parametrize("one", ['say(over("killed/P-1"))', "f'killed/P-{number}'"])
def test_it_would_be_noticed(one: str) -> None:
    """Whichever way a project is written."""
    assert {"killed": {"a", "b"}} == shared({"a": one, "b": 'names = [f"killed/{code}"]'})
