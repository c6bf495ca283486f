"""A form beside its previous edition and beside what the model foresees, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.console.domain import figures
from services.console.domain.figures import MoneyUnit
from services.console.domain.papers import (
    CAUSE_FIELDS,
    CONTACT_FIELDS,
    INDICATOR_FIELDS,
    level_name,
    pointer,
    row_name,
    section_name,
    typed,
    wire,
)
from services.console.domain.texts import Texts

Item = Mapping[str, Any]

MONEY: Final = ("original_budget", "adjusted_budget", "spent")
"""Figures of treasury money that are compared: they change only if the ledger did."""
LEVELS: Final = ("level_1", "level_2")
"""What an indicator stands below."""
FORESEEN: Final = {
    "expected_result": "foreseen_result",
    "possibility": "foreseen_possibility",
}
"""What the model says to a field of an indicator."""
GROUPS: Final = {"areas": "area", "reason_type": "reason", "possibility": "possibility"}
"""Texts of the codes that a field may hold."""


@dataclass(frozen=True)
class Compared:
    """One field of a paper: before, now, and as foreseen; in words."""

    where: str
    """JSON pointer."""
    label: str
    before: str
    now: str
    foreseen: str
    changed: bool
    """Whether it differs from the previous edition."""


@dataclass(frozen=True)
class Block:
    """What stands together: the money, an indicator, the footer."""

    where: str
    title: str
    lines: tuple[Compared, ...]


@dataclass(frozen=True)
class _Words:
    """How values are written."""

    texts: Texts
    unit: MoneyUnit

    def of(self, name: str, value: Any) -> str:
        """Write a value of a field."""
        if value is None or value in ("", [], ()):
            return ""
        if isinstance(value, Sequence) and not isinstance(value, str):
            return self.texts.listed(self.of(name, one) for one in value)
        group = GROUPS.get(name)
        return self.texts.of(group, str(value)) if group else str(value)

    def money(self, amount: str | int | None) -> str:
        """Write money."""
        return "" if amount is None else figures.money(wire(amount), self.unit)


def compared(now: Item, before: Item | None, texts: Texts, unit: MoneyUnit) -> tuple[Block, ...]:
    """Compare two editions of a form; without an earlier one nothing is marked as changed."""
    words = _Words(texts, unit)
    return tuple(_blocks(now, before, words))


def sections(now: Item, before: Item | None, texts: Texts) -> tuple[Block, ...]:
    """Compare the narrative of two editions of a report."""
    earlier = {str(one["key"]): str(one["text"]) for one in (before or {}).get("sections") or ()}
    return tuple(
        Block(
            pointer("sections", str(one["key"])),
            section_name(one, texts),
            (
                _line(
                    pointer("sections", str(one["key"])),
                    "",
                    (earlier.get(str(one["key"]), ""), str(one["text"]), ""),
                    known=before is not None,
                ),
            ),
        )
        for one in now.get("sections") or ()
    )


def _blocks(now: Item, before: Item | None, words: _Words) -> Iterator[Block]:
    known = before is not None
    earlier = before or {}
    rows = {str(row["key"]): row for row in earlier.get("funding") or ()}
    lines = [
        line
        for row in now.get("funding") or ()
        for line in _funding(row, rows.get(str(row["key"]), {}), words, known=known)
    ]
    for name in ("carryover", "surplus"):
        values = (earlier.get(name), now.get(name), now.get(f"foreseen_{name}"))
        lines.append(
            _line(pointer(name), words.texts(f"paper.{name}"), _money(values, words), known=known)
        )
    lines += _cause(now, earlier, words, known=known)
    yield Block("/funding", words.texts("paper.money"), tuple(lines))
    indicators = {str(row["indicator"]): row for row in earlier.get("indicators") or ()}
    for row in now.get("indicators") or ():
        yield _indicator(row, indicators.get(str(row["indicator"]), {}), words, known=known)
    yield Block("/contact", words.texts("paper.rest"), tuple(_rest(now, earlier, words, known)))


def _funding(row: Item, earlier: Item, words: _Words, *, known: bool) -> Iterator[Compared]:
    key = str(row["key"])
    for name in MONEY:
        values = (earlier.get(name), row.get(name), None)
        if values == (None, None, None):
            continue
        label = f"{row_name(row, words.texts)} · {words.texts(f'paper.{name}')}"
        yield _line(pointer("funding", key, name), label, _money(values, words), known=known)
    values = (earlier.get("declared_spent"), row.get("declared_spent"), row.get("foreseen_spent"))
    if values != (None, None, None):
        label = f"{row_name(row, words.texts)} · {words.texts('paper.expected_spent')}"
        where = pointer("funding", key, "expected_spent")
        yield _line(where, label, _money(values, words), known=known)


def _cause(now: Item, earlier: Item, words: _Words, *, known: bool) -> Iterator[Compared]:
    cause, was = now.get("execution_cause") or {}, earlier.get("execution_cause") or {}
    for name in CAUSE_FIELDS:
        values = (words.of(name, was.get(name)), words.of(name, cause.get(name)), "")
        label = words.texts(f"paper.{name}")
        yield _line(pointer("execution", name), label, values, known=known)


def _indicator(row: Item, earlier: Item, words: _Words, *, known: bool) -> Block:
    where = str(row["indicator"])
    lines = []
    for name in INDICATOR_FIELDS:
        kept = "declared_result" if name == "result" else name
        foreseen = row.get(FORESEEN.get(name, ""), "")
        values = tuple(
            words.of(name, value) for value in (earlier.get(kept), row.get(kept), foreseen)
        )
        if name == "result":
            values = (values[0], values[1], str(row.get("actual") or ""))
        lines.append(
            _line(
                pointer("indicators", where, name),
                words.texts(f"paper.{name}"),
                (values[0], values[1], values[2]),
                known=known,
            )
        )
    levels = [level_name(str(row[name]), words.texts) for name in LEVELS if row.get(name)]
    title = " · ".join([*levels, str(row["level_3"])])
    return Block(pointer("indicators", where), title, tuple(lines))


def _rest(now: Item, earlier: Item, words: _Words, known: bool) -> Iterator[Compared]:  # noqa: FBT001 - passed through
    values = (str(earlier.get("remarks") or ""), str(now.get("remarks") or ""), "")
    yield _line("/remarks", words.texts("paper.remarks"), values, known=known)
    contact, was = now.get("contact") or {}, earlier.get("contact") or {}
    for name in CONTACT_FIELDS:
        values = (str(was.get(name) or ""), str(contact.get(name) or ""), "")
        label = words.texts(f"paper.{name}")
        yield _line(pointer("contact", name), label, values, known=known)


def _money(values: Sequence[str | int | None], words: _Words) -> tuple[str, str, str]:
    before, now, foreseen = (words.money(value) for value in values)
    if before == now and wire(values[0]) != wire(values[1]):
        # Too small a difference for the unit: then to the fen.
        before, now = (typed(wire(value), words.unit) for value in values[:2])
    return before, now, foreseen


def _line(where: str, label: str, values: tuple[str, str, str], *, known: bool) -> Compared:
    before, now, foreseen = values
    return Compared(where, label, before, now, foreseen, known and before != now)
