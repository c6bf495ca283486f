"""From the fields of a form to what the alerts service is asked: one function for each step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Form = Mapping[str, Sequence[str]]
Body = dict[str, Any]

AREAS: Final = ("funding", "institution", "personnel", "equipment", "other")
"""偏差原因 of annex 1."""
REASONS: Final = (
    "policy_change",
    "emergency",
    "procurement_procedure",
    "other_uncontrollable",
    "planned_later",
    "contract_not_due",
    "other",
)
GROUNDS: Final = ("corrected", "accepted", "unfounded")
OUTCOMES: Final = ("accepted", "returned")
MEASURES: Final = (
    "budget_cut",
    "targets_adjusted",
    "project_suspended",
    "disbursement_stopped",
    "disbursement_resumed",
    "correction_ordered",
)
ME: Final = "me"


def one(form: Form, name: str) -> str:
    """Return a field's value; empty if it was left out."""
    return (form.get(name) or [""])[0].strip()


def _note(form: Form) -> Body:
    return {"note": one(form, "note")}


def _assign(form: Form) -> Body:
    return {"assignee": one(form, "assignee") or ME, "note": one(form, "note")}


def _explain(form: Form) -> Body:
    return {
        "areas": list(form.get("areas", ())),
        "reason": one(form, "reason"),
        "objective": one(form, "objective") == "yes",
        "text": one(form, "text"),
    }


def _plan(form: Form) -> Body:
    return {name: one(form, name) for name in ("measure", "text", "owner", "due")}


def _take(form: Form) -> Body:
    return {name: one(form, name) for name in ("measure", "taken_on", "note")}


def _review(form: Form) -> Body:
    return {"outcome": one(form, "outcome"), "note": one(form, "note")}


def _close(form: Form) -> Body:
    return {"ground": one(form, "ground"), "note": one(form, "note")}


@dataclass(frozen=True)
class Step:
    """A step that a page offers."""

    body: Callable[[Form], Body]
    """What is sent."""
    permission: str
    """What one must be allowed."""
    after_the_end: bool = False
    """Whether it may still be done when the alert has ended."""


STEPS: Final[Mapping[str, Step]] = {
    "acknowledge": Step(_note, "work"),
    "assign": Step(_assign, "work"),
    "comment": Step(_note, "work", after_the_end=True),
    "explain": Step(_explain, "work", after_the_end=True),
    "plan": Step(_plan, "work"),
    "take": Step(_take, "work", after_the_end=True),
    "urge": Step(_note, "review"),
    "review": Step(_review, "review", after_the_end=True),
    "close": Step(_close, "review"),
}
"""The steps by the names that their addresses have."""


def offered(alert: Mapping[str, Any], permissions: frozenset[str]) -> frozenset[str]:
    """Tell which steps a page offers to somebody: what would be refused anyway is not shown."""
    ended = alert["state"] != "open"
    work = alert["work"]
    found = {
        name
        for name, step in STEPS.items()
        if step.permission in permissions and (step.after_the_end or not ended)
    }
    if work["acknowledged_by"] is not None:
        found.discard("acknowledge")
    if work["explanation"] is None:
        found.discard("review")
    if not any(measure["taken"] is None for measure in work["measures"]):
        found.discard("take")
    return frozenset(found)


def disposition(form: Form, alert: Mapping[str, Any]) -> Body:
    """Write the form of a disposition that answers an alert."""
    jurisdiction, _, project = str(alert["project_id"]).partition("/")
    return {
        "jurisdiction": jurisdiction,
        "project": project,
        "fiscal_year": alert["fiscal_year"],
        "alert": alert["alert_id"],
        "measure": one(form, "measure"),
        "objective_grounds": one(form, "objective") == "yes",
        "ground": one(form, "ground"),
        "decision": {"body": one(form, "body"), "number": one(form, "number")},
        "decided_on": one(form, "decided_on"),
        "amount": one(form, "amount") or None,
    }


def suppression(form: Form, jurisdiction: str) -> Body:
    """Write the form of a suppression: only what was filled in matches."""
    names = ("rule", "aspect", "scope", "project", "organisation", "severity_at_most")
    matcher = {name: one(form, name) for name in names if one(form, name)}
    return {
        "jurisdiction": jurisdiction,
        "matcher": matcher,
        "reason": one(form, "reason"),
        "until": one(form, "until"),
    }


def subscription(form: Form, jurisdiction: str, language: str) -> Body:
    """Write the form of a subscription."""
    lists = {name: list(form.get(name, ())) for name in ("aspects", "kinds")}
    typed = {
        name: [part for part in one(form, name).replace(",", " ").split() if part]
        for name in ("organisations", "rules", "projects")
    }
    wanted: Body = {name: found for name, found in (lists | typed).items() if found}
    if one(form, "severity_at_least"):
        wanted["severity_at_least"] = one(form, "severity_at_least")
    return {
        "name": one(form, "name"),
        "jurisdiction": jurisdiction,
        "channel": one(form, "channel"),
        "address": one(form, "address"),
        "language": language,
        "filter": wanted,
    }
