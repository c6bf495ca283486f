"""Alerts: what the rules raise of what was planted, and how long a day's opening takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.proof.benches import last
from tests.proof.markdown import UNMEASURED, number, section, table
from tests.proof.reading import Line, Lines

RECALL: Final = """\
Simulated cities live a year, day by day, in the services' own measuring and judging; the simulator says what it planted ([simulate](simulate.md)): it reads no rule, but dates a result that is behind by the standard's own bound.
Their seeds are the first three groups of eight hex digits of a commit's hash, so that nobody chooses them: `python -m tests.bench.recall` takes those of the commit that is checked out.
In time is an alert that is there by the day after the deviation became one; false is an alert before which nothing was planted in its project and year that is a reason for it (of what builds up, such as lagging, in its year at all).
A share is about rules of which something was planted; only they and those that raised something are shown; those about units, departments, quarantine and papers are not part of it."""  # noqa: E501 - a sentence is a line
OPENING: Final = """\
The whole embedded product over so many projects: from the request that opens a day until analysis has swept it and alerts has judged every project by the whole shipped pack (`python -m tests.bench.opening`).
The processors' seconds are of each process, whatever else the machine was doing."""  # noqa: E501 - a sentence is a line
RECALL_TITLE: Final = "What the rules raise of what was planted"
OPENING_TITLE: Final = "Opening a day"


@dataclass(frozen=True)
class Recall:
    """What a run has come to."""

    line: Line
    planted: int
    in_time: int
    false: int
    information: int
    """False alarms that only inform."""

    @property
    def share(self) -> float:
        """Share that was raised in time; what no rule is about counts as missed."""
        return self.in_time / (self.planted + sum(self.line["not_covered"].values()))

    @property
    def false_rate(self) -> float:
        """False alarms per 100 projects and month."""
        return float(self.false / self.line["hundred_project_months"])


def recall_of(lines: Sequence[Line]) -> Recall | None:
    """Reckon the newest run; None where none has planted anything."""
    line = last(lines)
    if line is None or not sum(row["planted"] for row in line["figures"]):
        return None
    names = ("planted", "in_time", "false", "false_information")
    return Recall(line, *(sum(row[name] for row in line["figures"]) for name in names))


def slowest(lines: Sequence[Line], projects: int, what: str = "seconds") -> float | None:
    """Return the seconds of the slowest day of the newest run with so many projects.

    `what`: of all of the day, or of its sweep alone (`sweep_seconds`).
    """
    line = last([one for one in lines if one["projects"] >= projects])
    return max((day[what] for day in line["figures"]), default=None) if line else None


def recall(lines: Lines) -> str:
    """Lay the newest run out, rule by rule."""
    found = recall_of(lines.recall)
    if found is None:
        return section(RECALL_TITLE, RECALL, UNMEASURED)
    line = found.line
    headings = ("rule", "planted:", "in time:", "late:", "missed:", "raised:", "false:",
                "false a month and 100 projects:")  # fmt: skip
    rows = [row for row in line["figures"] if row["planted"] or row["raised"]]
    return section(
        RECALL_TITLE,
        RECALL,
        table(headings, (_row(row, line) for row in rows)),
        "\n".join(_named(line)),
        f"{found.in_time} of {found.planted} in time; {found.false} false alarms, "
        f"{found.information} of them for information. "
        f"{line['projects']} projects from {line['first']} to {line['last']}, seeds "
        f"{', '.join(line['seeds'])}; commit {line['commit']}, {line['date']}.",
    )


def _row(row: Any, line: Line) -> Sequence[str]:
    counts = (row["planted"], row["in_time"], len(row["late"]), len(row["missed"]))
    rate = row["false"] / line["hundred_project_months"]
    others = (row["raised"], row["false"])
    return f"`{row['rule']}`", *map(str, (*counts, *others)), f"{rate:.2f}"


def _named(line: Line) -> Iterator[str]:
    for row in line["figures"]:
        yield from (f"- missed: {name}" for name in row["missed"])
        yield from (f"- late: {name}" for name in row["late"])
    for kind, count in line["not_covered"].items():
        yield f"- no rule is about {kind}: {count} planted"


def opening(lines: Lines) -> str:
    """Lay out every recorded day."""
    rows = [
        (
            day["day"],
            f"{day['projects']:,}",
            number(day["seconds"]),
            number(day["sweep_seconds"]),
            f"{day['evaluations']:,}",
            number(day["alerts_cpu_us_per_evaluation"]),
            ", ".join(f"{name} {used:.1f}" for name, used in day["cpu_seconds"].items()),
            f"{line['date']}, {line['commit']}",
        )
        for line in lines.opening
        for day in line["figures"]
    ]
    headings = ("day", "projects:", "s:", "of them the sweep:", "evaluations:",
                "µs of alerts' CPU each:", "CPU s", "recorded")  # fmt: skip
    return section(OPENING_TITLE, OPENING, table(headings, rows) if rows else UNMEASURED)
