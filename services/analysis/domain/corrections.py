"""What a correction 更正 says: how a fact was charged, and how it is charged from then on (rule 4).

The amount never changes. What was corrected before is corrected on from there.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct, structs

from contracts.events.intake import FactCorrected
from contracts.events.intake.parts import Classification
from contracts.vocabulary import BudgetAccount
from services.analysis.domain.state import Entry

FACT_CORRECTED: Final = FactCorrected.event_type()

Charged = list[str | None]
"""Line, unit, account and class codes (one text) of a fact as it was corrected; null: as stated."""

AS_STATED: Final = (None, None, None, None)
_CLASSES: Final = tuple(Classification.model_fields)
_BETWEEN: Final = "\n"
"""Between class codes: none has a line break."""


def corrected(before: Charged | None, data: FactCorrected) -> Charged:
    """Return how a fact is charged after a correction; what it leaves out stays."""
    stated = data.classification
    codes = None if stated is None else _codes(stated)
    said = (data.line, data.unit, data.account, codes)
    return [new or old for new, old in zip(said, before or AS_STATED, strict=True)]


def _codes(stated: Classification) -> str:
    return _BETWEEN.join(getattr(stated, name) or "" for name in _CLASSES)


def as_charged(data: Any, charged: Charged | None) -> Any:
    """Return a fact as if it had been stated so, as far as its kind says these things at all.

    `data`: by its contract, or as it is read fast.
    """
    if charged is None:
        return data
    line, unit, account, codes = charged
    changes: dict[str, Any] = {"line": line, "unit": unit}
    changes["account"] = None if account is None else BudgetAccount(account)
    if codes is not None:
        words = codes.split(_BETWEEN)
        named = {name: code or None for name, code in zip(_CLASSES, words, strict=True)}
        changes["classification"] = Classification(**named)
    fast = isinstance(data, Struct)
    fields = data.__struct_fields__ if fast else type(data).model_fields
    update = {name: new for name, new in changes.items() if new is not None and name in fields}
    if not update:
        return data
    return structs.replace(data, **update) if fast else data.model_copy(update=update)


def original_of(entry: Entry, known: Mapping[int, Any]) -> Any:
    """Return what the correction of an entry corrects, among what is known by sequence; or None.

    Only what stands before it in its stream: what comes later was not there to be corrected, and
    whether it is known already hangs on how entries are batched.
    """
    corrects: int = entry.event.data.entry
    return known.get(corrects) if corrects < entry.sequence else None


def link(entries: Iterable[Entry], known: Mapping[int, Any] | None = None) -> list[Entry]:
    """Give corrections among a project's decoded entries the event that each corrects.

    `known`: events by sequence that are not among them.
    """
    found = list(entries)
    wanted = {entry.event.data.entry for entry in found if entry.event.type == FACT_CORRECTED}
    if not wanted:
        return found
    events = dict(known or {})
    events |= {entry.sequence: entry.event for entry in found if entry.sequence in wanted}
    for entry in found:
        if entry.event.type == FACT_CORRECTED:
            entry.original = original_of(entry, events)
    return found
