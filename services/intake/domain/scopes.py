"""What a publisher may state: its jurisdictions, and the organisations below its subtrees.

Judged by the ledger's owner, so that all doors judge alike. Roles do not come in here: a name that
may publish nothing has the scope `NOBODY`.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from contracts.codec import DATA_BY_TYPE, INTAKE_TYPES
from services.intake.domain.submissions import Candidate
from services.intake.domain.verdicts import Refusal


class Scope(msgspec.Struct, frozen=True):
    """The bounds of one publisher; one without bounds has no scope (None)."""

    jurisdictions: frozenset[str] | None
    """Null: all of them."""
    within: frozenset[str] | None = None
    """Organisations it may speak for, by today's tree; null: all of its jurisdictions."""


Scopes = Mapping[str, Scope | None]
"""Publisher → its bounds; None: it has none. Who is not in it may publish nothing."""

NOBODY: Final = Scope(frozenset())
LEAD_TYPES: Final = frozenset(
    name for name in INTAKE_TYPES if "lead_unit" in DATA_BY_TYPE[name].model_fields
)
"""Types that name the unit which leads a project."""


class _Whose(msgspec.Struct, gc=False):
    """The organisations that an event names at the top of its data."""

    unit: str | None = None
    lead_unit: str | None = None
    organisation: str | None = None
    parent: str | None = None
    counterpart_division: str | None = None


class _Event(msgspec.Struct, gc=False):
    data: _Whose


_read = msgspec.json.Decoder(_Event).decode


def lead_of(candidate: Candidate) -> str | None:
    """Return the lead unit that an event of `LEAD_TYPES` names."""
    return _read(candidate.raw).data.lead_unit


def outside(candidate: Candidate, scope: Scope, lead: str | None) -> Refusal | None:
    """Say why a publisher may not state an event; None if it may.

    `lead` is the unit that leads the project in the ledger, if any does. An event counts by the
    unit it names, else by the project's lead unit; nobody takes a project from another unit by
    registering it anew.
    """
    if scope.jurisdictions is not None and candidate.jurisdiction not in scope.jurisdictions:
        return _refusal(candidate.origin.publisher, "jurisdiction", "/subject")
    within = scope.within
    if within is None:
        return None
    whose = _read(candidate.raw).data
    if candidate.jurisdiction_fact:
        return _outside_tree(candidate.origin.publisher, whose, within)
    return _outside_project(candidate, whose, within, lead)


def _outside_project(
    candidate: Candidate, whose: _Whose, within: frozenset[str], lead: str | None
) -> Refusal | None:
    publisher = candidate.origin.publisher
    named = {
        name: unit for name in ("unit", "lead_unit") if (unit := getattr(whose, name)) is not None
    }
    for name, unit in named.items():
        if unit not in within:
            return _refusal(publisher, "organisation", f"/data/{name}")
    # A unit's whole budget is a stream called by the unit's own code.
    answers = lead or candidate.subject.partition("/")[2]
    taken = candidate.event_type in LEAD_TYPES and lead is not None
    if (taken or not named) and answers not in within:
        return _refusal(publisher, "project", "/subject")
    return None


def _outside_tree(publisher: str, whose: _Whose, within: frozenset[str]) -> Refusal | None:
    """Of a jurisdiction's facts, a bounded publisher states only those about its own subtree."""
    if whose.organisation is None:
        return _refusal(publisher, "jurisdiction", "/type")
    for name in ("organisation", "parent", "counterpart_division"):
        code = getattr(whose, name)
        if code is not None and code not in within:
            return _refusal(publisher, "organisation", f"/data/{name}")
    return None


_WHAT: Final = {
    "jurisdiction": ("this jurisdiction", "该财政区划"),
    "organisation": ("this organisation", "该单位"),
    "project": ("the unit that leads this project", "该项目的牵头单位"),
}


def _refusal(publisher: str, what: str, pointer: str) -> Refusal:
    # What lies outside is not described: whether it exists is not the publisher's to know.
    english, chinese = _WHAT[what]
    return Refusal(
        "unauthorised",
        f"publisher {publisher} may not state facts of {english}",
        f"发布方 {publisher} 无权发布{chinese}的事实",
        pointer,
    )
