"""What a mapping must be beyond its form: event types, fields, lookups and options that exist."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from contracts.codec import INTAKE_TYPES, JURISDICTION_TYPES
from services.intake.files.contract_fields import INPUT_ONLY, is_required, model_of
from services.intake.files.expressions import (
    ColumnValue,
    Condition,
    OptionValue,
    Strict,
)
from services.intake.files.lookups import LOOKUPS
from services.intake.files.mapping import JURISDICTION, RowRule
from services.intake.files.mapping import Mapping as MappingFile
from services.intake.files.names import column_name
from services.intake.files.tables import ReadOptions

Path = tuple[str | int, ...]


class Found(NamedTuple):
    """A fault: where, what, and what to do."""

    path: Path
    message: str
    hint: str


def faults_of(mapping: MappingFile) -> Iterator[Found]:
    """Find what is wrong with a mapping that is well formed."""
    for number, rule in enumerate(mapping.rows):
        path: Path = ("rows", number)
        if rule.event is None:
            continue
        if rule.event not in INTAKE_TYPES:
            yield Found(
                (*path, "event"), f"no event type {rule.event}", _close(rule.event, INTAKE_TYPES)
            )
            continue
        yield from _fields(rule.data, rule.event, (), (*path, "data"))
        yield from _missing(rule, (*path, "data"))
        if rule.subject is None and rule.event not in JURISDICTION_TYPES:
            yield Found(
                (*path, "subject"),
                "is missing",
                'add subject: {join: [{constant: jurisdiction}, "/", {column: 项目编码}]}',
            )
    for path, expression in expressions_of(mapping):
        yield from _expression(mapping, path, expression)
    yield from _unreachable(mapping.rows)


def _fields(
    template: Mapping[str, Any], event_type: str, place: tuple[str, ...], path: Path
) -> Iterator[Found]:
    model = model_of(event_type, place)
    known = set(model.model_fields) if model is not None else set()
    known |= {field for party, field in INPUT_ONLY if place[-1:] == (party,)}
    for name, part in template.items():
        if name not in known:
            what = ".".join((*place, name))
            hint = _close(name, known) if known else "leave it out"
            yield Found((*path, name), f"{event_type} has no field {what}", hint)
        elif isinstance(part, Mapping):
            yield from _fields(part, event_type, (*place, name), (*path, name))


def _missing(rule: RowRule, path: Path) -> Iterator[Found]:
    model = model_of(str(rule.event), ())
    given = set(rule.data) | ({"date"} if rule.date is not None else set())
    for name, field in model.model_fields.items() if model is not None else ():
        if field.is_required() and name not in given:
            hint = f"add date: {{column: …, as: date}} or {name}" if name == "date" else "add it"
            yield Found(path, f"{rule.event} needs {name}", hint)


def _expression(mapping: MappingFile, path: Path, expression: Strict) -> Iterator[Found]:
    if isinstance(expression, ColumnValue) and isinstance(expression.lookup, str):
        if expression.lookup not in LOOKUPS:
            yield Found(
                (*path, "lookup"),
                f"there is no lookup {expression.lookup}",
                _close(expression.lookup, LOOKUPS),
            )
    elif isinstance(expression, OptionValue):
        known = {JURISDICTION, *mapping.options}
        if expression.option not in known:
            yield Found(
                (*path, "option"),
                f"there is no option {expression.option}",
                f"declare it: options: {{{expression.option}: {{note: {{zh: …, en: …}}}}}}",
            )


def _unreachable(rules: Sequence[RowRule]) -> Iterator[Found]:
    for number, rule in enumerate(rules[:-1]):
        if rule.when is None and not rule.go_on:
            yield Found(
                ("rows", number + 1),
                f"no row comes here: rows[{number}] takes all",
                f"give rows[{number}] a when, or put it last",
            )
            return


def _close(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.4)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known)[:8])}"


def expressions_of(part: Any, path: Path = ()) -> Iterator[tuple[Path, Strict]]:
    """Yield all expressions and conditions of a mapping with their places."""
    if isinstance(part, Strict):
        if path:
            yield path, part
        for name, field in type(part).model_fields.items():
            yield from expressions_of(getattr(part, name), (*path, field.alias or name))
    elif isinstance(part, Mapping):
        for name, one in part.items():
            yield from expressions_of(one, (*path, name))
    elif isinstance(part, tuple):
        for number, one in enumerate(part):
            yield from expressions_of(one, (*path, number))


_OPTIONAL_WAYS: Final = ("first", "any", "skip", "list")
"""Under these words a column may be missing."""


def read_options(mapping: MappingFile, sheet: str | None = None) -> ReadOptions:
    """Say which columns a table of this mapping can have, and which it must."""
    known: set[str] = set()
    groups: dict[frozenset[str], str] = {}
    for path, part in expressions_of(mapping):
        if not isinstance(part, ColumnValue | Condition) or part.column is None:
            continue
        note = mapping.columns.get(part.column)
        names = (part.column, *part.aliases, *(note.aliases if note else ()))
        group = frozenset(column_name(name).key for name in names)
        known |= group
        if _must_be_there(mapping, path, part):
            groups.setdefault(group, part.column)
    known |= {column_name(name).key for name in (*mapping.columns, *mapping.fill_down)}
    return ReadOptions(
        frozenset(known), tuple(groups), sheet or mapping.sheet, mapping.header_rows, groups
    )


def _must_be_there(mapping: MappingFile, path: Path, part: ColumnValue | Condition) -> bool:
    if any(step in _OPTIONAL_WAYS for step in path):
        return False
    if isinstance(part, Condition):
        return True
    if part.required is not None or part.default is not None:
        return bool(part.required) and part.default is None
    if path[0] == "batch" or path[2:3] in {("subject",), ("date",)}:
        return True
    # rows, number, data, field: what the contract wants of the event itself.
    rule = mapping.rows[int(path[1])] if path[0] == "rows" else None
    if rule is None or rule.event is None or path[2:3] != ("data",) or len(path) != 4:  # noqa: PLR2004
        return False
    return is_required(rule.event, (str(path[3]),))
