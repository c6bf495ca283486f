"""Entries that a fact names by their sequence: what it is about stands before it in its stream.

Sequences are gapless, so that every number below a fact's own is an entry of its own project, and
every other one is none yet. Judged by the stream's owner, who gives the numbers.
"""

from typing import Final

import msgspec

from contracts.codec import DATA_BY_TYPE, INTAKE_TYPES
from services.intake.domain.submissions import Candidate, unreadable
from services.intake.domain.verdicts import Refusal

_FIELDS: Final = ("entry", "entries")
REFERRING_TYPES: Final = frozenset(
    name for name in INTAKE_TYPES if not DATA_BY_TYPE[name].model_fields.keys().isdisjoint(_FIELDS)
)
"""Types whose facts name entries of their stream: the others are not looked into."""


class _Named(msgspec.Struct, gc=False):
    """The entries that a fact names."""

    entry: int | None = None
    entries: tuple[int, ...] = ()


class _Event(msgspec.Struct, gc=False):
    data: _Named


_read = msgspec.json.Decoder(_Event).decode


def not_before(candidate: Candidate, sequence: int) -> Refusal | None:
    """Say which entry a fact names that does not stand before it; None if all do.

    `sequence`: the number that the fact would get in its stream.
    """
    try:
        data = _read(candidate.raw).data
    except msgspec.MsgspecError as error:
        return unreadable(error)
    if data.entry is not None and data.entry >= sequence:
        return _refusal("/data/entry", data.entry, sequence)
    for index, entry in enumerate(data.entries):
        if entry >= sequence:
            return _refusal(f"/data/entries/{index}", entry, sequence)
    return None


def _refusal(pointer: str, entry: int, sequence: int) -> Refusal:
    last = sequence - 1
    return Refusal(
        "entry_not_before",
        f"{pointer}: entry {entry} is not in the ledger before this fact, whose project has"
        f" {last} entries",
        f"{pointer}:账本中该项目目前只有 {last} 条账目,本事实之前没有第 {entry} 条",
        pointer,
    )
