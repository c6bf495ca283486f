"""Docs that a machine can check."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest

from tests.architecture.repository import ROOT, pyproject, tracked

PAGES: Final = [path for path in tracked() if path.suffix == ".md"]
KINDS: Final = {kind["directory"] for kind in pyproject()["tool"]["towncrier"]["type"]}
TARGET: Final = re.compile(r"^([a-z][a-z0-9-]*):(?!=)", re.MULTILINE)
COMMAND: Final = re.compile(r"(?:`|^\$ |^)make ([a-z][a-z0-9-]*)(?![\w<-])", re.MULTILINE)
LINK: Final = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_pages_link_to_files_that_exist(page: Path) -> None:
    """A link within the repository leads somewhere."""
    links = [unquote(link) for link in LINK.findall((ROOT / page).read_text("utf-8"))]
    inside = [link for link in links if "://" not in link and not link.startswith("mailto:")]

    assert [] == [link for link in inside if not (ROOT / page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_pages_name_make_targets_that_exist(page: Path) -> None:
    """Every `make …` that a page shows can be typed."""
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert set(COMMAND.findall((ROOT / page).read_text("utf-8"))) <= set(TARGET.findall(makefile))


def test_news_are_named_by_issue_and_kind() -> None:
    """Towncrier leaves out what it does not recognise, without a word."""
    names = [path.name for path in tracked() if path.parts[0] == "changelog.d"]
    pattern = re.compile(
        rf"\.gitkeep|README\.md|\+?[\w-]+\.(?:{'|'.join(sorted(KINDS))})(?:\.\d+)?\.md"
    )

    assert [] == [name for name in names if not pattern.fullmatch(name)]
