"""Silent sources at the data desk: by the jurisdiction's own parameter (domain-rules 17f)."""

from typing import Any

import pytest

from services.console.domain.data_desk import heard, silent, silent_days
from tests.support.html import Page
from tests.unit.console.fake_desk import desk
from tests.unit.console.fake_services import JURISDICTION, console

HEARD: dict[str, Any] = {
    **JURISDICTION,
    "publishers": {"treasury": "2026-06-29", "budget": "2026-06-20", "new": "2026-06-30"},
    "publishers_silent": {"treasury": 1, "budget": 5},
}


def test_silent_is_who_freezes_alerts() -> None:
    """From so many opened days on; of who is told by an earlier analysis nothing is said."""
    rows = heard({**HEARD, "silent_publisher_days": 5})

    assert [("budget", 5, True), ("treasury", 1, False), ("new", None, False)] == [
        (row["source"], row["days"], row["silent"]) for row in rows
    ]
    assert 1 == silent(rows)


def test_without_the_parameter_nobody_is() -> None:
    """However long it is ago."""
    for unset in ({**HEARD, "silent_publisher_days": None}, HEARD | {"silent_publisher_days": 6}):
        assert 0 == silent(heard(unset))
    assert silent_days({}) is None


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (5, "1 个来源已有 5 个开账日或更久没有新数据"),
        (21, "没有来源连续 21 个开账日无数据"),
        (None, "未设置发布方无数据天数"),
    ],
)
async def test_the_page_says_by_what(limit: int | None, words: str) -> None:
    """In the words of the parameter, not of a number of its own."""
    fake = desk()
    known = {**HEARD, "silent_publisher_days": limit}
    fake.answers["analysis/v1/jurisdictions"] = {"items": [known]}
    async with console(fake) as browser:
        page = Page((await browser.get("/data")).text)

    assert words in page.words("//section[@aria-labelledby='silent-title']")
