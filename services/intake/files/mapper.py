"""Rows to events: `map_rows` runs a mapping over a table, one row at a time, purely.

The same file and mapping give the same bytes, whenever and wherever they are mapped. An event's
id follows from its document key, else from what is read of the row and its number among equal
rows (domain-rules 4); never from where the row stands.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import msgspec
from pydantic import ValidationError

from contracts.codec import adapter
from services.intake.domain.texts import refusal_of
from services.intake.domain.verdicts import Refusal
from services.intake.files.binding import Binder, Read, Test
from services.intake.files.ids import ID_BYTES
from services.intake.files.mapping import JURISDICTION
from services.intake.files.mapping import Mapping as MappingFile
from services.intake.files.occurrences import Counters
from services.intake.files.outcomes import (
    CellFaultError,
    Fault,
    Mapped,
    Outcome,
    Passed,
    Rejected,
)
from services.intake.files.plan import ACCOUNT_HASH, Rule, bind_rule
from services.intake.files.tables import NOTHING_FILLED, Row, Table

SOURCE_PREFIX: Final = "file:"
UNDATED: Final = "1990-01-01"
"""Day of the event's time where the data has no readable date."""
SHOWN_CHARS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Context:
    """What the sender of a file says: for which jurisdiction, and the mapping's options."""

    jurisdiction: str
    options: Mapping[str, str | int] = field(default_factory=dict)

    def values(self, mapping: MappingFile) -> dict[str, Any]:
        """Return all options of a mapping; KeyError names one that was not said."""
        values: dict[str, Any] = {JURISDICTION: self.jurisdiction}
        for name, option in mapping.options.items():
            given = self.options.get(name, option.default)
            if given is None:
                raise KeyError(name)
            values[name] = given
        return values


def map_rows(table: Table, mapping: MappingFile, context: Context) -> Iterator[Outcome]:
    """Map a table's rows in order: each becomes an event, a rejection or is passed over."""
    mapper = _Mapper(table, mapping, context)
    try:
        for row in table:
            yield from mapper.map(row)
    finally:
        mapper.close()


class _Mapper:
    def __init__(self, table: Table, mapping: MappingFile, context: Context) -> None:
        header = table.header
        binder = Binder(mapping, header, context.values(mapping), date_1904=table.sheet.date_1904)
        self._mapping = mapping
        self._header = header
        self._source = f"{SOURCE_PREFIX}{quote(context.jurisdiction)}/{mapping.mapping}"
        self._jurisdiction = context.jurisdiction
        self._skip: list[Test] = [binder.test(condition) for condition in mapping.skip]
        self._rules = [bind_rule(rule, binder) for rule in mapping.rows]
        self._batch: Read | None = (
            None if mapping.batch is None else binder.value(mapping.batch, required=True)
        )
        self._equal = Counters()
        self._counters = [self._equal, *binder.counters]
        self._down = _places(binder, mapping.fill_down)
        self._above: dict[int, str] = {}
        self._amounts = frozenset(binder.amounts)

    def close(self) -> None:
        """Give temporary files back."""
        for counters in self._counters:
            counters.close()

    def map(self, row: Row) -> Iterator[Outcome]:
        """Map one row; usually one outcome."""
        if self._is_heading(row):
            yield Passed(row.sheet, row.line, "heading", "the heading again", "重复的表头")
            return
        if any(skip(row.cells) for skip in self._skip):
            yield Passed(row.sheet, row.line, "skip", "a total or trailer", "合计行或表尾")
            return
        width = len(self._header.names)
        if len(row.cells) > width and any(row.cells[width:]):
            yield self._rejected(row, _SURPLUS)
            return
        yield from self._by_rules(self._filled_down(row))

    def _by_rules(self, row: Row) -> Iterator[Outcome]:
        events: list[bytes] = []
        taken = False
        for rule in self._rules:
            if rule.when is not None and not rule.when(row.cells):
                continue
            taken = True
            if rule.event is None:
                english, chinese = rule.reason
                yield Passed(row.sheet, row.line, "rule", english, chinese)
            else:
                made = self._make(row, rule)
                if isinstance(made, Rejected):
                    # All of a row or nothing: it is mended and sent again as a whole.
                    yield made
                    return
                events.append(made)
            if not rule.go_on:
                break
        if not taken:
            yield self._rejected(row, _NO_RULE)
        for event in events:
            yield Mapped(row.sheet, row.line, event)

    def _make(self, row: Row, rule: Rule) -> bytes | Rejected:
        cells, filled = row.cells, row.filled
        try:
            subject = rule.subject(cells, filled)
            data = rule.data(cells, filled) or {}
            event_id = self._id(row, rule, subject, data)
        except CellFaultError as fault:
            return self._rejected(row, fault)
        event = {
            "specversion": "1.0",
            "id": event_id,
            "source": self._source,
            "type": rule.event,
            "subject": subject,
            "time": f"{data.get('date', UNDATED)}T00:00:00Z",
            "datacontenttype": "application/json",
            "data": data,
        }
        if subject is None:
            del event["subject"]
        raw = msgspec.json.encode(event)
        judged = raw if not _has_account(data) else msgspec.json.encode(_as_kept(event, data))
        try:
            adapter(rule.event or "").validate_json(judged, strict=True)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False)
            return self._refused(row, rule, refusal_of(errors, rule.event or ""), event)
        return raw

    def _id(self, row: Row, rule: Rule, subject: Any, data: Mapping[str, Any]) -> str:
        of = rule.identity
        if of is not None:
            key = ["of", rule.event, self._jurisdiction, *of(row.cells, row.filled)]
            return _digest(key).hex()
        document = data.get("document")
        if not rule.by_content and isinstance(document, dict) and document.get("number"):
            parts = [document.get("kind"), document["number"], document.get("line")]
            year = data.get("fiscal_year")
            return _digest(["document", rule.event, self._jurisdiction, year, *parts]).hex()
        batch = None if self._batch is None else self._batch(row.cells, row.filled)
        content = ["content", rule.event, subject, batch, _without_accounts(data)]
        if not rule.money:
            # Equal registrations are one fact; equal payments are two.
            return _digest(content).hex()
        return _digest([*content, self._equal.number(_digest(content))]).hex()

    def _is_heading(self, row: Row) -> bool:
        names = self._header.names
        return row.cells[0] == names[0] and tuple(row.cells[: len(names)]) == names

    def _filled_down(self, row: Row) -> Row:
        if not self._down:
            return row
        cells = [*row.cells, *[""] * (max(self._down) + 1 - len(row.cells))]
        filled = set(row.filled)
        for place in self._down:
            if cells[place]:
                self._above[place] = cells[place]
            elif place in self._above:
                cells[place] = self._above[place]
                filled.add(place)
        return Row(row.sheet, row.line, cells, frozenset(filled) or NOTHING_FILLED)

    def _rejected(self, row: Row, fault: CellFaultError) -> Rejected:
        return Rejected(
            row.sheet,
            row.line,
            fault.column,
            fault.value[:SHOWN_CHARS_MAX],
            fault.code,
            fault.english,
            fault.chinese,
            self._kept(row),
        )

    def _refused(
        self, row: Row, rule: Rule, refusal: Refusal, event: Mapping[str, Any]
    ) -> Rejected:
        """Say what intake would refuse in the words of the row: its column and value."""
        pointer = refusal.pointer or ""
        column = rule.columns.get(pointer, "")
        value = _at_pointer(event, pointer)
        return Rejected(
            row.sheet,
            row.line,
            column,
            ("" if value is None else str(value))[:SHOWN_CHARS_MAX],
            refusal.code,
            refusal.detail.removeprefix(f"{pointer}: ") if column else refusal.detail,
            refusal.detail_zh.removeprefix(f"{pointer}:") if column else refusal.detail_zh,
            self._kept(row),
        )

    def _kept(self, row: Row) -> tuple[str, ...]:
        """Return the row for the rejects file, which has no merged cells any more.

        An amount that was merged over it must not look as if it were the row's own.
        """
        unsaid = row.filled & self._amounts
        return tuple("" if place in unsaid else cell for place, cell in enumerate(row.cells))


def _digest(content: Sequence[Any]) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(content), digest_size=ID_BYTES).digest()


_NO_RULE: Final = CellFaultError(
    Fault.NO_RULE,
    "no rule of the mapping takes this row (its state or kind is unknown)",
    "映射中没有适用于此行的规则(状态或类型未知)",
)
_SURPLUS: Final = CellFaultError(
    Fault.SURPLUS_CELLS,
    "more cells than the heading has: is a separator (1,234) not quoted?",
    "单元格多于表头:是否有未加引号的分隔符(如 1,234)",
)
_PARTIES: Final = ("payee", "supplier")


def _has_account(data: Mapping[str, Any]) -> bool:
    return any("account" in (data.get(party) or ()) for party in _PARTIES)


def _as_kept(event: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event as the door will have redacted it, for the contract to judge."""
    kept = dict(data)
    for party in _PARTIES:
        found = kept.get(party)
        if isinstance(found, dict) and "account" in found:
            rest = {name: value for name, value in found.items() if name != "account"}
            kept[party] = {**rest, "account_hash": ACCOUNT_HASH}
    return {**event, "data": kept}


def _without_accounts(data: Mapping[str, Any]) -> dict[str, Any]:
    # An id is seen by all; from a hash over an account the account could be guessed.
    if not _has_account(data):
        return dict(data)
    return {
        name: {key: part for key, part in value.items() if key != "account"}
        if name in _PARTIES and isinstance(value, dict)
        else value
        for name, value in data.items()
    }


def _places(binder: Binder, columns: tuple[str, ...]) -> list[int]:
    found = (binder.place(column, ()) for column in columns)
    return [place for place in found if place is not None]


def _at_pointer(event: Mapping[str, Any], pointer: str) -> Any:
    value: Any = event
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return None if isinstance(value, dict | list) else value
