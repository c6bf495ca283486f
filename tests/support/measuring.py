"""Builders of facts that bear on all of a project's figures: corrections, states, standards."""

import datetime as dt
from typing import Any

from contracts.envelope import AnyEvent
from contracts.events import intake
from tests.support.builders import JURISDICTION, PROJECT, day, fact


def _plain(kind: Any, subject: str, date: str | dt.date, /, **fields: Any) -> AnyEvent:
    return fact(subject, kind.model_validate({"date": day(date), **fields}))


def _year_fact(kind: Any, subject: str, date: str | dt.date, /, **fields: Any) -> AnyEvent:
    return _plain(kind, subject, date, **{"fiscal_year": day(date).year, **fields})


def correction(
    entry: int, date: str | dt.date = "2026-05-10", subject: str = PROJECT, **fields: Any
) -> AnyEvent:
    """fact.corrected: of the entry with that sequence in the project's stream."""
    known = {"entry": entry, "reason": "科目更正", **fields}
    return _year_fact(intake.FactCorrected, subject, date, **known)


def state_changed(
    change: str, date: str | dt.date = "2026-04-10", subject: str = PROJECT, **fields: Any
) -> AnyEvent:
    """project_state.changed."""
    return _plain(intake.ProjectStateChanged, subject, date, **{"change": change, **fields})


def succession(
    date: str | dt.date = "2026-04-30", subject: str = PROJECT, **fields: Any
) -> AnyEvent:
    """project.succeeded: merged into another, unless it is said otherwise."""
    known = {"kind": "merged", "successors": ["610100/P9"], **fields}
    return _plain(intake.ProjectSucceeded, subject, date, **known)


def amendment(
    date: str | dt.date = "2026-05-06", subject: str = PROJECT, **fields: Any
) -> AnyEvent:
    """project.amended."""
    return _plain(intake.ProjectAmended, subject, date, **fields)


def year_closed(
    fiscal_year: int = 2026,
    date: str | dt.date = "2027-01-20",
    subject: str = JURISDICTION,
    **fields: Any,
) -> AnyEvent:
    """fiscal_year.closed."""
    known = {"fiscal_year": fiscal_year, **fields}
    return _plain(intake.FiscalYearClosed, subject, date, **known)


def standard(
    months_bp: list[int],
    project_class: str | None = None,
    date: str | dt.date = "2026-01-10",
    subject: str = JURISDICTION,
    **fields: Any,
) -> AnyEvent:
    """progress_standard.published: the assessment table, or the profile of a class."""
    known = {
        "fiscal_year": day(date).year,
        "standard": "S1",
        "project_class": project_class,
        "months_bp": months_bp,
        **fields,
    }
    return _plain(intake.ProgressStandardPublished, subject, date, **known)


def parameters(
    date: str | dt.date = "2026-01-01", subject: str = JURISDICTION, **fields: Any
) -> AnyEvent:
    """monitoring_parameters.published: the defaults, unless it is said otherwise."""
    return _plain(intake.MonitoringParametersPublished, subject, date, **fields)


def priority_list(
    *projects: str, date: str | dt.date = "2026-02-01", subject: str = JURISDICTION, **fields: Any
) -> AnyEvent:
    """priority_list.published: the bureau's."""
    known = {
        "priority_list": "PL1",
        "kind": "bureau",
        "projects": [{"project": code} for code in projects],
        **fields,
    }
    return _year_fact(intake.PriorityListPublished, subject, date, **known)
