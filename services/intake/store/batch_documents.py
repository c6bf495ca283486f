"""Batches and their sides ↔ documents."""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.intake.domain.batches import BEFORE_DAYS, Batch, BatchKind, BatchName, Side
from services.intake.store.documents import Document


def key_of(side: Side, batch_id: str) -> Document:
    """Write the id of a side."""
    return {"b": batch_id, "s": side.project, "q": side.sequence}


def side_document(side: Side, batch_id: str) -> Document:
    """Write a side."""
    return {
        "_id": key_of(side, batch_id),
        "w": side.publisher,
        "l": side.line,
        "f": side.direction.value,
        # As text: the largest amounts are near the end of the integers that MongoDB has.
        "a": str(side.amount),
        "t": side.date,
        "d": side.day or BEFORE_DAYS,
    }


def side_of(item: Mapping[str, Any], batch: BatchName) -> Side:
    """Read a side of a batch."""
    of = item["_id"]
    found: Side = msgspec.convert(
        {
            "batch": batch,
            "project": of["s"],
            "sequence": of["q"],
            "publisher": item["w"],
            "line": item["l"],
            "direction": item["f"],
            "amount": int(item["a"]),
            "date": item["t"],
            "day": item["d"] or None,
        },
        Side,
    )
    return found


def batch_document(batch: Batch, batch_id: str) -> Document:
    """Write a batch; `open` and `since` are what lists go by."""
    name, since = batch.name, batch.since
    return {
        "_id": batch_id,
        "j": name.jurisdiction,
        "y": name.fiscal_year,
        "k": name.kind.value,
        "b": name.number,
        # As text: sums may be beyond the integers that MongoDB has.
        "i": str(batch.amount_in),
        "o": str(batch.amount_out),
        "n": batch.sides,
        "w": list(batch.publishers),
        "d": [[day, str(net)] for day, net in batch.days],
        "open": since is not None,
        "since": since,
    }


def batch_of(item: Mapping[str, Any]) -> Batch:
    """Read a batch."""
    return Batch(
        BatchName(item["j"], item["y"], BatchKind(item["k"]), item["b"]),
        int(item["i"]),
        int(item["o"]),
        item["n"],
        tuple(item["w"]),
        tuple((day, int(net)) for day, net in item["d"]),
    )
