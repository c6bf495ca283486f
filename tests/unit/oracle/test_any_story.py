"""Product and oracle say the same of stories that nobody made up (docs/oracle.md)."""

import datetime as dt
import json
from pathlib import Path

import pytest

from tests.unit.oracle.agreement import agree
from tests.unit.oracle.stories import YEAR, story

DAYS = [dt.date(YEAR, month, day) for month, day in ((3, 31), (6, 16), (9, 10), (12, 31))]
STORIES = 25
"""So many seeds are one test."""


@pytest.mark.parametrize(
    ("first", "crowded"),
    [
        *((first, crowded) for first in (0, 1_000) for crowded in (False, True)),
        *(pytest.param(10_000 + 25 * n, False, marks=pytest.mark.long) for n in range(40)),
    ],
)
def test_product_and_oracle_agree_on_any_story(
    tmp_path: Path, first: int, *, crowded: bool
) -> None:
    """Approvals, carryovers, payments and what comes back, moved about by corrections.

    Of crowded stories also plans, quotas and results, many facts on each day.
    """
    differences = []
    for seed in range(first, first + STORIES):
        log = tmp_path / f"{seed}"
        lines = story(seed, crowded=crowded)
        log.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
        report = agree(log, DAYS)
        assert report.compared.total()
        differences += [f"seed {seed}: {one}" for one in report.differences]

    assert [] == differences
