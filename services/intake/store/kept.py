"""Entries of the quarantine as documents."""

import msgspec
from pymongo import UpdateOne

from services.intake.domain.decision import Quarantined
from services.intake.domain.orders import State
from services.intake.domain.quarantine import about
from services.intake.store.documents import Document


class _Code(msgspec.Struct):
    code: str


def quarantine_update(entry: Quarantined, partition: int) -> UpdateOne:
    """Keep a refused event; the same bytes again count once more, the same sending never twice."""
    origin = entry.candidate.origin
    said = about(entry.kept)
    sending = f"{(origin.request or origin.door.encode()).hex()}:{origin.index}"
    latest = {
        "verdict": entry.verdict.value,
        "problem": entry.problem.decode(),
        "raw": entry.kept,
        "size": origin.size,
        "publisher": origin.publisher,
        "jurisdiction": entry.jurisdiction,
        "subject": said.subject,
        "stated": said.stated,
        "fiscal_year": said.fiscal_year,
        "door": origin.door,
        "request": origin.request,
        "index": origin.index,
        "partition": partition,
        "last_seen": origin.received_ms,
        "last_sending": sending,
    }
    again = {"$eq": ["$last_sending", {"$literal": sending}]}
    times = {"$cond": [again, "$times", {"$add": [{"$ifNull": ["$times", 0]}, 1]}]}
    # Why it is kept is the ledger's last word on an entry that is open; a closed one stays closed.
    reasons = {
        "verdict": entry.verdict.value,
        "code": code_of(entry.problem),
        "problem": entry.problem.decode(),
    }
    open_ = {"$in": [{"$ifNull": ["$state", State.OPEN.value]}, [State.OPEN.value]]}
    change: Document = {
        # Literal: the publisher's text may begin with a dollar.
        **{name: {"$literal": value} for name, value in latest.items()},
        **{
            name: {"$cond": [open_, {"$literal": value}, f"${name}"]}
            for name, value in reasons.items()
        },
        "state": {"$ifNull": ["$state", State.OPEN.value]},
        "change": {"$ifNull": ["$change", 1]},
        "attempt": {"$ifNull": ["$attempt", 0]},
        "first_seen": {"$ifNull": ["$first_seen", {"$literal": origin.received_ms}]},
        "times": times,
    }
    return UpdateOne({"_id": entry.quarantine_id}, [{"$set": change}], upsert=True)


def code_of(problem: bytes) -> str:
    """Read a problem's code."""
    return msgspec.json.decode(problem, type=_Code).code
