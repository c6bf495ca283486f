"""What a source itself says is met or not, and what we make of the same result.

The two indicators are a provincial health department's own quarterly report (eQPRS of South
Africa). It says in words whether a target was achieved; direction and targets are given for the
first, the second is a text that a person has to read.
"""

import csv
from typing import Any, Final, NamedTuple

from tests.golden.earned import DATA
from tests.spec.engines import folded
from tests.support.builders import jurisdiction, progress, target, targets

QUARTERS: Final = {
    "Q1": "2021-06-30",
    "Q2": "2021-09-30",
    "Q3": "2021-12-31",
    "Q4": "2022-03-31",
}
YEAR: Final = 2021
"""FY 2021-22, April to March."""

SAID: Final = {"Target achieved": True, "All statutory documents submitted.": True}
"""How the source says that a target is met; "no target" is no verdict."""


class Met(NamedTuple):
    """A result, what its source says of it, and what we say."""

    what: str
    target: str
    actual: str
    said: str
    """The source, in its words."""
    source: bool | None
    """What that says; None: nothing."""
    ours: bool | None


def indicators() -> list[dict[str, str]]:
    """Read the report: two lines of heading, an empty one, then a table."""
    path = DATA / "eqprs_quarterly_indicators.csv"
    with path.open(newline="", encoding="utf-8") as file:
        lines = [row for row in csv.reader(file) if row]
    names, *rows = lines[2:]
    # The heading has one name less than a row has cells: the institution is named twice.
    start = len(rows[0]) - len(names)
    return [dict(zip(names, row[start:], strict=True)) for row in rows]


def documents() -> list[Met]:
    """Statutory documents tabled: a number for every quarter, and one for the year."""
    row = indicators()[0]
    asked = {
        quarter: (row[f"Target_{quarter}"], row[f"ActualOutput_{quarter}"], day)
        for quarter, day in QUARTERS.items()
    }
    asked["year"] = (row["AnnualTarget_Summary2"], row["PrelimaryAudited_Summary2"], "2022-03-31")
    said = {quarter: row[f"ReasonforDeviation_{quarter}"] for quarter in QUARTERS}
    said["year"] = row["ReasonforDeviation_Summary"]
    found = []
    for name, (promised, actual, day) in asked.items():
        words = said[name].strip()
        ours = _met(promised, actual, day)
        found.append(Met(name, promised, actual, words, SAID.get(words), ours))
    return found


def strategy() -> list[Met]:
    """A strategy approved: text, read by a person; without that it cannot be judged."""
    row = indicators()[1]
    promised, actual = row["AnnualTarget_Summary2"], row["PrelimaryAudited_Summary2"]
    said = " ".join(row["ReasonforDeviation_Summary"].split())
    fields = {"value_kind": "text", "target_text": promised, "accumulation": "once"}
    ungraded = _judged(target("K", None, **fields), progress_of(None, actual))
    graded = _judged(target("K", None, **fields), progress_of(None, actual, grade="partly_met"))
    return [
        Met("year, read by nobody", promised, actual, said, None, ungraded),
        Met("year, graded “in part”", promised, actual, said, source=False, ours=graded),
    ]


def progress_of(value: str | None, text: str, day: str = "2022-03-31", **fields: Any) -> Any:
    """A result as the report has it."""
    return progress(value, day, "K", value_text=text, fiscal_year=YEAR, **fields)


def _met(promised: str, actual: str, day: str) -> bool | None:
    stated = target("K", promised, accumulation="once", due=[day])
    return _judged(stated, progress_of(actual, actual, day))


def _judged(stated: dict[str, Any], result: Any) -> bool | None:
    engine = folded(
        [
            jurisdiction(fiscal_year_start="04-01"),
            targets(stated, date="2021-04-01", fiscal_year=YEAR),
            result,
        ]
    )
    made = engine.assessment(fiscal_year=YEAR, as_of="2022-03-31")
    return made.attainment.indicators[0].met
