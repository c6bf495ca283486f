"""Referrals 移送 (Art. 16; domain-rules 25): a stream of their own, seen by the named.

A referral leaves no trace elsewhere: no alert, count, feed, ledger or report changes because of
one. What happens to it is a chain of steps, each naming the hash of the one before.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contracts.events.evidence import EvidenceFiles
from contracts.vocabulary import BusinessDate, FiscalYear, Identifier, Name, Text
from services.alerts.domain.decisions import Taken

READERS_MAX: Final = 20
"""Most persons who may see a referral, besides who made it."""
ENTRIES_MAX: Final = 200
"""Most ledger entries of one referral."""
ALERTS_MAX: Final = 50
STEPS_MAX: Final = 1_000
"""Most steps of one referral."""
SEQUENCE_MAX: Final = 2**53 - 1
GENESIS: Final = "0" * 64
"""What the first step names as the one before."""


class ReferralKind(StrEnum):
    """What is handed over, and to whom."""

    ADMINISTRATIVE_REPORT = "administrative_report"
    """A violation, reported to the authority that handles it by law."""
    DISCIPLINE_LEAD = "discipline_lead"
    """A lead on a serious violation, for discipline inspection 纪检监察."""


class StepKind(StrEnum):
    """What happens to a referral."""

    MADE = "made"
    NAMED = "named"
    """Who may see it was changed."""
    HANDED_OVER = "handed_over"
    RECEIVED = "received"
    NOTED = "noted"


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class EntryRef(_Form):
    """One entry of the ledger that it rests on."""

    stream: Identifier | None = None
    """<jurisdiction>/<project code>; null: the project's."""
    sequence: int = Field(ge=1, le=SEQUENCE_MAX)
    """Its number within the stream."""


class ReferralForm(_Form):
    """What somebody refers."""

    jurisdiction: Identifier
    """Whose project it is [mof_div_code]."""
    project: Identifier
    """Its code within the jurisdiction [pro_code]."""
    fiscal_year: FiscalYear
    """Year it concerns."""
    kind: ReferralKind
    """What is handed over."""
    receiver: Name
    """Authority that it goes to."""
    statement: Text = Field(min_length=1)
    """What is found, in words."""
    alerts: tuple[Identifier, ...] = Field(default=(), max_length=ALERTS_MAX)
    """Alerts that show it."""
    entries: tuple[EntryRef, ...] = Field(default=(), max_length=ENTRIES_MAX)
    """Ledger entries that show it."""
    evidence: EvidenceFiles = ()
    """Files that show it."""
    readers: tuple[Identifier, ...] = Field(default=(), max_length=READERS_MAX)
    """Principals who may see it, besides who makes it."""

    @field_validator("readers", "alerts")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) != len(names):
            msg = "each once"
            raise ValueError(msg)
        return names

    @property
    def subject(self) -> str:
        """The project's stream."""
        return f"{self.jurisdiction}/{self.project}"


class StepForm(_Form):
    """What happens to a referral next."""

    kind: StepKind
    """handed_over, received, noted or named."""
    on: BusinessDate | None = None
    """Day of it; demanded where it is handed over or received."""
    number: Identifier | None = None
    """Number of the receipt or letter."""
    note: Text = ""
    """In words."""
    readers: tuple[Identifier, ...] | None = Field(default=None, max_length=READERS_MAX)
    """Of `named`: all who may see it from now on."""


class Refusal(StrEnum):
    """Why a step cannot follow."""

    NOT_A_STEP = "not_a_step"
    """`made` is the first step and comes by itself."""
    DAY_MISSING = "day_missing"
    """Handing over and receipt have their day."""
    NOT_HANDED_OVER = "not_handed_over"
    """Nothing is received that was not handed over."""
    READERS_MISSING = "readers_missing"
    """`named` says who may see it."""
    TOO_MANY_STEPS = "too_many_steps"
    """It has as many steps as it may have."""


def told_by(form: StepForm) -> dict[str, Any]:
    """Write what a step tells beside its kind."""
    return form.model_dump(mode="json", exclude={"kind"}, exclude_none=True)


def taken_before(steps: Sequence[Mapping[str, Any]], taken: Taken) -> Mapping[str, Any] | None:
    """Find the step that a request made; None if it made none."""
    asked = (taken.by, taken.request)
    return next((step for step in steps if (step["by"], step["request"]) == asked), None)


def repeats(step: Mapping[str, Any], form: StepForm) -> bool:
    """Tell whether a form asks for what a step tells: a key stands for one request alone."""
    return bool(step["kind"] == form.kind.value and step["detail"] == told_by(form))


def refusal(steps: Sequence[Mapping[str, Any]], form: StepForm) -> Refusal | None:
    """Say why a step cannot follow; None if it can."""
    kinds = {step["kind"] for step in steps}
    if len(steps) >= STEPS_MAX:
        return Refusal.TOO_MANY_STEPS
    if form.kind is StepKind.MADE:
        return Refusal.NOT_A_STEP
    if form.kind in {StepKind.HANDED_OVER, StepKind.RECEIVED} and form.on is None:
        return Refusal.DAY_MISSING
    if form.kind is StepKind.RECEIVED and StepKind.HANDED_OVER not in kinds:
        return Refusal.NOT_HANDED_OVER
    if form.kind is StepKind.NAMED and form.readers is None:
        return Refusal.READERS_MISSING
    return None


def chained(
    before: Mapping[str, Any] | None, kind: StepKind, taken: Taken, detail: Any
) -> dict[str, Any]:
    """Make the next step of a chain."""
    step: dict[str, Any] = {
        "n": 1 if before is None else before["n"] + 1,
        "kind": kind.value,
        "by": taken.by,
        "at": taken.at.isoformat(timespec="milliseconds"),
        "request": taken.request,
        "detail": detail,
        "before": GENESIS if before is None else before["hash"],
    }
    return {**step, "hash": hash_of(step)}


def hash_of(step: Mapping[str, Any]) -> str:
    """Hash a step as it is written, without its own hash."""
    words = {name: value for name, value in step.items() if name != "hash"}
    text = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def broken_at(steps: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the first step that does not follow on the one before; None if all do."""
    before = GENESIS
    for number, step in enumerate(steps, 1):
        if step["n"] != number or step["before"] != before or step["hash"] != hash_of(step):
            return number
        before = step["hash"]
    return None
