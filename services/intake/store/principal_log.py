"""The log of principals: who gave and took keys, and who tried to publish out of scope.

Only ever added to, and never a secret in it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from services.chassis import clock
from services.intake.domain.decision import Quarantined
from services.intake.domain.verdicts import Verdict
from services.intake.store.documents import Document, moment

IDS_MAX: Final = 10
"""Refused events that one entry names; the quarantine has all."""

Action = Literal[
    "created",
    "rotated",
    "key_revoked",
    "revoked",
    "resolved",
    "publish_refused",
    "password_set",
    "password_changed",
    "password_removed",
    "signed_in",
    "sign_in_limited",
    "claimed",
    "credential_given",
    "bound_anew",
]
"""What happened; the console has a text for each."""


class LogEntry(msgspec.Struct, frozen=True):
    """One thing that happened to a principal, or that one tried."""

    actor: str
    """Principal who did it."""
    action: Action
    principal: str
    key_id: str | None = None
    detail: Mapping[str, Any] = {}


def log_document(entry: LogEntry, at: dt.datetime) -> Document:
    """Write an entry; ids are in the order of time."""
    ordered = f"{_placed(at)}-{clock.new_id().hex()}"
    return {"_id": ordered, "at": at, **msgspec.to_builtins(entry)}


def log_id_of(day: dt.date) -> str:
    """Name where a day (UTC) begins: before all ids of it, after all of the day before."""
    return _placed(dt.datetime.combine(day, dt.time(), dt.UTC))


def _placed(at: dt.datetime) -> str:
    return f"{max(0, int(at.timestamp() * 1_000)):014d}"


def refusals(quarantine: Sequence[Quarantined], recorded_ms: int) -> list[Document]:
    """Write that a batch held what its publishers may not state.

    One entry per publisher and batch: whoever sends a flood does not fill the log with it.
    """
    refused: dict[str, list[Quarantined]] = {}
    for found in quarantine:
        if found.verdict is Verdict.UNAUTHORISED:
            refused.setdefault(found.candidate.origin.publisher, []).append(found)
    entries = []
    for publisher, events in refused.items():
        detail = {
            "events": len(events),
            "door": events[0].candidate.origin.door,
            "quarantine": [event.quarantine_id for event in events[:IDS_MAX]],
        }
        entry = LogEntry(publisher, "publish_refused", publisher, detail=detail)
        entries.append(log_document(entry, moment(recorded_ms)))
    return entries
