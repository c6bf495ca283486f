"""Forms and summaries as JSON: money as decimal strings of yuan, rates in basis points."""

from dataclasses import asdict
from typing import Any, Final

from contracts.vocabulary import fen_to_wire
from services.reporting.domain import DepartmentSummary, MonitoringForm

ROW_MONEY: Final = (
    "original_budget",
    "adjusted_budget",
    "spent",
    "disbursed",
    "declared_spent",
    "foreseen_spent",
)
FORM_MONEY: Final = ("carryover", "surplus", "foreseen_carryover", "foreseen_surplus")
SUMMARY_MONEY: Final = ("original_budget", "adjusted_budget", "disbursed", "spent")


def form_document(form: MonitoringForm) -> dict[str, Any]:
    """Return the form as JSON."""
    document = asdict(form)
    document["as_of"] = form.as_of.isoformat()
    for row in document["funding"]:
        _write(row, ROW_MONEY)
    _write(document, FORM_MONEY)
    for alert in document["alerts"]:
        alert["as_of"] = alert["as_of"].isoformat()
    filled_on = form.contact.filled_on
    document["contact"]["filled_on"] = None if filled_on is None else filled_on.isoformat()
    return document


def summary_document(summary: DepartmentSummary) -> dict[str, Any]:
    """Return a department's summary as JSON."""
    document = asdict(summary)
    document["as_of"] = summary.as_of.isoformat()
    _write(document, SUMMARY_MONEY)
    return document


def _write(document: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        fen = document[name]
        document[name] = None if fen is None else fen_to_wire(fen)
