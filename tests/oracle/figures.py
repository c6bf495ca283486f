"""Analysis against the recomputation: rows and whole assessments as of a day."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tests.oracle.api import Api, project_path
from tests.oracle.assessment import Assessment, assess, reports_of
from tests.oracle.dates import FiscalYear, fiscal_year, fiscal_year_of
from tests.oracle.earned import earned_value
from tests.oracle.extended import extended
from tests.oracle.facts import Jurisdiction, Project
from tests.oracle.forecast import forecast
from tests.oracle.indicators import targets_at
from tests.oracle.organisations import compare_subtrees
from tests.oracle.outlook import outlook
from tests.oracle.overviews import compare_overviews, compare_subtree_sums
from tests.oracle.report import UNDECIDED, Report
from tests.oracle.standard import lines
from tests.oracle.standing import frozen, standing
from tests.oracle.together import Part, frozen_by_organisation

BY_ID: Final = frozenset({"lines", "indicators", "findings"})
"""Lists that are compared by the id of their items: their order says nothing."""
FINDINGS_MAX: Final = 100
"""An assessment lists no more."""


def compare_figures(
    jurisdiction: Jurisdiction, days: Iterable[dt.date], analysis: Api, report: Report
) -> None:
    """Compare the list of every day and year, and each project's assessment at those days."""
    years = {year for project in jurisdiction.projects.values() for year in project.years}
    for day in days:
        years_now = sorted(years | {fiscal_year_of(day, jurisdiction.first_day).year})
        for number in years_now:
            year = fiscal_year(number, jurisdiction.first_day)
            if year.start <= day:
                _compare_day(jurisdiction, year, day, analysis, report)


def _compare_day(
    jurisdiction: Jurisdiction, year: FiscalYear, day: dt.date, analysis: Api, report: Report
) -> None:
    listed = analysis.pages(
        "/v1/projects",
        jurisdiction=jurisdiction.code,
        fiscal_year=year.year,
        as_of=day.isoformat(),
    )
    rows = {row["project_id"]: row for row in listed}
    expected = {
        subject: project
        for subject, project in jurisdiction.projects.items()
        if project.registered(day) or year.year in project.years
    }
    where = f"{jurisdiction.code} {year.year} {day}"
    report.compare("analysis.listed", where, sorted(expected), sorted(rows))
    epoch = len(jurisdiction.days)
    every = {
        subject: assess(project, year, day, within=jurisdiction)
        for subject, project in expected.items()
    }
    compare_overviews(jurisdiction, year, day, every.values(), analysis, report)
    if day == jurisdiction.today:
        led_by = {name: found.stated["lead_unit"] for name, found in every.items()}
        compare_subtrees(jurisdiction, year.year, day, led_by, analysis, report)
        compare_subtree_sums(jurisdiction, year, day, every.values(), analysis, report)
    compare_frozen(jurisdiction, year, day, every, analysis, report)
    for subject in sorted(expected.keys() & rows.keys()):
        found = every[subject]
        _compare_row(expected[subject], found, rows[subject], report)
        if _worth_asking(found):
            _compare_whole(subject, stated(found, epoch), analysis, report)


def compare_frozen(
    jurisdiction: Jurisdiction,
    year: FiscalYear,
    day: dt.date,
    every: Mapping[str, Assessment],
    analysis: Api,
    report: Report,
) -> None:
    """Compare the list of the projects whose publisher is silent (domain-rules 17f)."""
    where = f"{jurisdiction.code} {year.year} {day}"
    said = {subject: frozen(found) for subject, found in every.items()}
    if UNDECIDED in said.values():
        report.compare("analysis.frozen", where, UNDECIDED, None)
        return
    asked: dict[str, str | int] = {
        "jurisdiction": jurisdiction.code,
        "fiscal_year": year.year,
        "as_of": day.isoformat(),
        "frozen": "true",
    }

    def listed(**of: str) -> list[str]:
        return sorted(row["project_id"] for row in analysis.pages("/v1/projects", **asked, **of))

    expected = sorted(subject for subject, is_so in said.items() if is_so)
    report.compare("analysis.frozen", where, expected, listed())
    if not expected:
        return
    parts = {
        subject: Part.of(found, frozen=bool(said[subject])) for subject, found in every.items()
    }
    for (scope, code), projects in frozen_by_organisation(parts).items():
        place = f"analysis.frozen.{scope}"
        report.compare(place, f"{where} {code}", projects, listed(**{scope: code}))


def _compare_row(project: Project, found: Assessment, row: dict[str, Any], report: Report) -> None:
    expected = row_of(project, found)
    actual = {name: row[name] for name in expected}
    report.compare_fields("analysis.row", _where(project.subject, found.stated), expected, actual)


def _compare_whole(subject: str, expected: dict[str, Any], analysis: Api, report: Report) -> None:
    answer = analysis.get(
        project_path("projects", subject),
        fiscal_year=expected["fiscal_year"],
        as_of=expected["date"],
    )
    compare_assessment(_where(subject, expected), expected, plain(answer["assessment"]), report)


def _where(subject: str, facts: dict[str, Any]) -> str:
    return f"{subject} {facts['fiscal_year']} {facts['date']}"


def _worth_asking(found: Assessment) -> bool:
    """Whether the row does not already say it all: nothing is known of that year."""
    return bool(found.facts)


def row_of(project: Project, found: Assessment) -> dict[str, Any]:
    """Give the fields of a list's row that the log determines."""
    facts = found.stated
    execution, results = facts["execution"], facts["attainment"]
    money = execution["money"]
    return {
        **{name: facts[name] for name in ("project_name", "department", "fiscal_year")},
        "as_of": facts["date"],
        "adjusted_budget": money["adjusted_budget"],
        "original_budget": money["components"]["original"],
        **{name: money[name] for name in ("disbursed", "spent", "execution_rate_bp")},
        **{name: execution[name] for name in ("expected_rate_bp", "ratio_bp", "expected_basis")},
        "attainment_rate_bp": results["attainment_rate_bp"],
        "indicators": len(results["indicators"]),
        "judged": results["judged"],
        "execution_light": execution["light"],
        "attainment_light": results["light"],
        **{name: facts[name] for name in ("light", "quadrant")},
        "findings": facts["findings_total"],
        "sequence": project.last_sequence,
    }


def stated(found: Assessment, epoch: int) -> dict[str, Any]:
    """Give an assessment in full; findings of entries since the last opened day are provisional."""
    facts = dict(found.stated)
    facts["execution"] = facts["execution"] | {
        "lines": lines(found.book, found.standard),
        "forecast": forecast(found),
    }
    facts["attainment"] = facts["attainment"] | {"indicators": _indicators(found)}
    facts["earned_value"] = earned_value(found)
    facts["extended"] = extended(found)
    facts["standing"] = standing(found)
    pairs = zip(facts["findings"], found.causes, strict=True)
    facts["findings"] = _by_subject(
        [finding | {"provisional": cause.epoch >= epoch} for finding, cause in pairs]
    )
    return facts


def _indicators(found: Assessment) -> dict[str, Any]:
    """Give every indicator with where its results are heading."""
    targets, reports = targets_at(found.facts), reports_of(found.facts)
    indicators = found.stated["attainment"]["indicators"]
    return {
        name: indicators[name] | outlook(target, reports.get(name, ()), found.occasion)
        for name, target in targets.items()
    }


def plain(actual: dict[str, Any]) -> dict[str, Any]:
    """Bring an answer into the shape that is compared: lists by the id of their items."""
    actual = dict(actual)
    actual.pop("ledger_position")
    actual["execution"] = dict(actual["execution"])
    actual["attainment"] = dict(actual["attainment"])
    actual["execution"]["lines"] = {line["line"]: line for line in actual["execution"]["lines"]}
    indicators = actual["attainment"]["indicators"]
    actual["attainment"]["indicators"] = {one["indicator"]: one for one in indicators}
    actual["findings"] = _by_subject(actual["findings"])
    return actual


def _by_subject(findings: list[dict[str, Any]]) -> dict[str, Any]:
    """Name findings by kind and subject; of several the later entries count up."""
    found: dict[str, Any] = {}
    same: Counter[str] = Counter()
    for finding in sorted(findings, key=lambda finding: finding["entry_sequence"]):
        name = f"{finding['kind']} {finding['subject']}"
        same[name] += 1
        found[f"{name} #{same[name]}"] = finding
    return found


def compare_assessment(
    where: str, expected: dict[str, Any], actual: dict[str, Any], report: Report
) -> None:
    """Compare field by field, down to every line, indicator and finding."""
    expected = dict(expected)
    if expected["findings_total"] > FINDINGS_MAX:
        shown = actual["findings"]
        expected["findings"] = {k: v for k, v in expected["findings"].items() if k in shown}
    _compare("analysis", where, expected, actual, report)


def _compare(place: str, where: str, expected: Any, actual: Any, report: Report) -> None:
    if not isinstance(expected, dict) or not isinstance(actual, dict):
        report.compare(place, where, expected, actual)
        return
    for name in expected.keys() | actual.keys():
        mine, its = expected.get(name), actual.get(name)
        inner = f"{place}.{name}"
        if name in BY_ID and isinstance(mine, dict) and isinstance(its, dict):
            for item in sorted(mine.keys() | its.keys()):
                # Findings differ by kind: each kind is a place of its own.
                of_kind = f"{inner}.{item.split()[0]}" if name == "findings" else inner
                _compare(of_kind, f"{where} {item}", mine.get(item), its.get(item), report)
        else:
            _compare(inner, where, mine, its, report)
