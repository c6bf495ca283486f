"""docs/regulation.md: every article that asks for something has its row, every place is there."""

import re
from typing import Final

from tests.architecture.repository import ROOT

PAGE: Final = (ROOT / "docs" / "regulation.md").read_text("utf-8")
ROW: Final = re.compile(r"^\| (?P<articles>[0-9][^|]*) \|", re.MULTILINE)
PLACE: Final = re.compile(r"`((?:services|contracts|tests)/[\w./]+)`")
ASKING: Final = frozenset(range(2, 18)) - {4}
"""Articles with demands; 1, 4 and 18 are purpose, principles and effect."""


def test_every_article_has_its_row() -> None:
    """By its number, with or without its paragraphs."""
    named = {
        int(number)
        for row in ROW.finditer(PAGE)
        for number in re.findall(r"(?<!\()\b(\d+)\b(?!\))", row["articles"])
    }

    assert ASKING == named


def test_every_place_that_is_named_is_there() -> None:
    """Code, contracts and specifications, by their paths."""
    places = PLACE.findall(PAGE)

    assert [] == [place for place in places if not (ROOT / place).exists()]
    assert len(places) > 50
