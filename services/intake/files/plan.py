"""A mapping's rule, bound to a table: one row's cells → the event's parts."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from services.intake.files.binding import Binder, Cells, Read, Test
from services.intake.files.contract_fields import INPUT_ONLY, carries_money, is_required
from services.intake.files.expressions import ColumnValue, ConstantValue, Strict
from services.intake.files.mapping import RowRule

ACCOUNT_HASH: Final = "0" * 64
"""Stands for an account's keyed hash where an event is judged before the door has made it."""

Structure = Callable[[Cells, frozenset[int]], dict[str, Any] | None]
_Field = tuple[str, Read]


class Rule(NamedTuple):
    """A rule, ready to run."""

    event: str | None
    when: Test | None
    subject: Read
    data: Structure
    identity: Read | None
    """Values that make the identity (`id: {of: …}`); None: document, else content."""
    by_content: bool
    money: bool
    reason: tuple[str, str]
    columns: dict[str, str]
    """JSON pointer in the event → the column it comes from."""
    go_on: bool


def bind_rule(rule: RowRule, binder: Binder) -> Rule:
    """Bind a rule to a table."""
    when = None if rule.when is None else binder.test(rule.when)
    reason = ("", "") if rule.reason is None else (rule.reason.en, rule.reason.zh)
    if rule.event is None:
        nothing: Structure = lambda _cells, _filled: None  # noqa: E731 - a rule without an event
        return Rule(None, when, nothing, nothing, None, False, False, reason, {}, rule.go_on)  # noqa: FBT003
    template: dict[str, Any] = dict(rule.data)
    if rule.date is not None:
        template = {"date": rule.date, **template}
    subject: Read = (
        (lambda _cells, _filled: binder.jurisdiction)
        if rule.subject is None
        else binder.value(rule.subject)
    )
    columns: dict[str, str] = {}
    _note_columns(template, "/data", columns)
    if rule.subject is not None:
        _note_columns({"subject": rule.subject}, "", columns)
    parts = None if rule.id.of is None else [binder.value(part) for part in rule.id.of]
    return Rule(
        rule.event,
        when,
        subject,
        _structure(template, binder, rule.event, ()),
        None if parts is None else lambda cells, filled: [part(cells, filled) for part in parts],
        rule.id.content is not None,
        carries_money(rule.event),
        reason,
        columns,
        rule.go_on,
    )


def _structure(
    template: Mapping[str, Any],
    binder: Binder,
    event_type: str,
    path: tuple[str, ...],
) -> Structure:
    """Bind a structure.

    One within the data is left out as a whole where its columns are empty, or where something
    is empty that the contract wants of it: a row without a voucher number has no document.
    """
    fixed: list[_Field] = []
    wanted: list[_Field] = []
    moving: list[_Field] = []
    for name, part in template.items():
        place = (*path, name)
        if not isinstance(part, Strict):
            moving.append((name, _structure(part, binder, event_type, place)))
        elif isinstance(part, ConstantValue):
            fixed.append((name, binder.value(part)))
        elif is_required(event_type, place) and place[-2:] not in INPUT_ONLY:
            wanted.append((name, binder.value(part, required=not path)))
        else:
            moving.append((name, binder.value(part)))
    within = bool(path)

    def structure(cells: Cells, filled: frozenset[int]) -> dict[str, Any] | None:
        found = _given(wanted, cells, filled)
        if within and len(found) < len(wanted):
            return None
        found |= _given(moving, cells, filled)
        if within and moving and not found:
            return None
        return found | _given(fixed, cells, filled)

    return structure


def _given(fields: list[_Field], cells: Cells, filled: frozenset[int]) -> dict[str, Any]:
    found = {}
    for name, read in fields:
        value = read(cells, filled)
        if value is not None:
            found[name] = value
    return found


def _note_columns(template: Any, pointer: str, columns: dict[str, str]) -> None:
    if isinstance(template, ColumnValue):
        columns[pointer] = template.column
    elif isinstance(template, Strict):
        for name in type(template).model_fields:
            part = getattr(template, name)
            for one in part if isinstance(part, tuple) else (part,):
                if isinstance(one, Strict) and pointer not in columns:
                    _note_columns(one, pointer, columns)
    elif isinstance(template, Mapping):
        for name, part in template.items():
            _note_columns(part, f"{pointer}/{name}", columns)
