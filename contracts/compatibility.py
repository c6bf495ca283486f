"""Is one JSON Schema still the same contract as another? Full compatibility, both directions.

The ledger keeps events for ever, and old programs go on reading new ones: under one version every
event that was valid stays valid (backward) and nothing else becomes valid (forward); what fields
mean stays too, above all where they are money. Texts may be made clearer, except of money.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

Schema = Mapping[str, Any]

DEPTH_MAX: Final = 32
"""Structures within structures; no contract of ours is recursive."""
AMOUNT_TEXTS: Final = frozenset(
    {
        r"^(0|[1-9][0-9]{0,14})\.[0-9]{2}$",
        r"^-?(0|[1-9][0-9]{0,23})\.[0-9]{2}$",
    }
)
"""Patterns of `Amount` and `SignedAmount`: what has one of them is money in yuan (or pounds …)."""


class Direction(StrEnum):
    """Who is hurt by a difference."""

    BACKWARD = "backward"
    """Stored events can no longer be read."""
    FORWARD = "forward"
    """Programs that know the earlier state refuse events of the new one."""
    MEANING = "meaning"
    """Both read it, and understand something else."""


@dataclass(frozen=True)
class Break:
    """One difference that is not allowed."""

    schema: str
    """Type that it is about, with its version."""
    pointer: str
    """Place within the event: /data/amount; `[]` stands for the items of a list."""
    kind: str
    """What was done: removed_field, new_required_field, narrowed_enum …"""
    direction: Direction
    detail: str
    """In words."""

    def __str__(self) -> str:
        """Write it as one line."""
        return f"{self.schema} {self.pointer or '/'}: {self.kind} ({self.direction}): {self.detail}"


def compare(name: str, old: Schema, new: Schema) -> list[Break]:
    """List what hurts somebody who has events or programs of `old`; none: they are one contract."""
    return [
        Break(name, pointer, kind, direction, detail)
        for pointer, kind, direction, detail in _differences(_Node(old), _Node(new), "", 0)
    ]


_Difference = tuple[str, str, Direction, str]

_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_FORMS: Final = ("pattern", "format", "const")


class _Node:
    """A part of a schema with its references resolved."""

    def __init__(self, schema: Schema, root: Schema | None = None) -> None:
        self._root = schema if root is None else root
        reference = schema.get("$ref")
        if reference is not None:
            # What stands beside a reference (description, default) belongs to the field.
            target = self._root["$defs"][reference.rpartition("/")[2]]
            schema = {**target, **{key: schema[key] for key in schema if key != "$ref"}}
        self.schema = schema

    def within(self, schema: Schema) -> "_Node":
        """Go on into a part of this one."""
        return _Node(schema, self._root)

    @property
    def alternatives(self) -> dict[str, "_Node"]:
        """The forms it may have, by what they are: a type, or a structure's name."""
        found = self.schema.get("anyOf") or self.schema.get("oneOf")
        nodes = [self.within(each) for each in found] if found else [self]
        return {node.kind: node for node in nodes}

    @property
    def kind(self) -> str:
        """What it is: object, array, string, integer, boolean or null."""
        return str(self.schema.get("type", "anything"))


def _differences(old: _Node, new: _Node, pointer: str, depth: int) -> Iterator[_Difference]:
    if depth > DEPTH_MAX:
        msg = f"{pointer}: structures within structures, deeper than {DEPTH_MAX}"
        raise ValueError(msg)
    were, are = old.alternatives, new.alternatives
    if were.keys() != are.keys():
        direction = Direction.BACKWARD if were.keys() - are.keys() else Direction.FORWARD
        yield pointer, "changed_type", direction, f"was {_list(were)}, is {_list(are)}"
    yield from _meaning(old, new, pointer)
    for kind in were.keys() & are.keys():
        was, now = were[kind], are[kind]
        yield from _values(was.schema, now.schema, pointer)
        if kind == "object":
            yield from _fields(was, now, pointer, depth)
        if kind == "array" and "items" in was.schema and "items" in now.schema:
            items = was.within(was.schema["items"]), now.within(now.schema["items"])
            yield from _differences(*items, f"{pointer}/[]", depth + 1)


def _fields(old: _Node, new: _Node, pointer: str, depth: int) -> Iterator[_Difference]:
    were, are = old.schema.get("properties", {}), new.schema.get("properties", {})
    needed, needs = set(old.schema.get("required", ())), set(new.schema.get("required", ()))
    for name in sorted(were.keys() - are.keys()):
        yield f"{pointer}/{name}", "removed_field", Direction.BACKWARD, "stored events have it"
    for name in sorted(are.keys() - were.keys()):
        place = f"{pointer}/{name}"
        if name in needs:
            what = "stored events do not have it"
            yield place, "new_required_field", Direction.BACKWARD, what
        else:
            yield place, "new_field", Direction.FORWARD, "programs in use refuse unknown fields"
    for name in sorted(were.keys() & are.keys()):
        place = f"{pointer}/{name}"
        yield from _demand(name in needed, name in needs, place)
        parts = old.within(were[name]), new.within(are[name])
        yield from _differences(*parts, place, depth + 1)
    closed, closes = (each.schema.get("additionalProperties", True) is False for each in (old, new))
    if closes and not closed:
        yield pointer, "closed", Direction.BACKWARD, "stored events may have other fields"
    if closed and not closes:
        yield pointer, "opened", Direction.FORWARD, "programs in use refuse other fields"


def _demand(was: bool, now: bool, pointer: str) -> Iterator[_Difference]:  # noqa: FBT001 - a pair
    if now and not was:
        yield pointer, "new_required_field", Direction.BACKWARD, "stored events may lack it"
    if was and not now:
        yield pointer, "no_longer_required", Direction.FORWARD, "programs in use count on it"


def _values(old: Schema, new: Schema, pointer: str) -> Iterator[_Difference]:
    were, are = _choices(old), _choices(new)
    if were is not None or are is not None:
        gone = sorted((were or set()) - (are or set())) if are is not None else []
        more = sorted((are or set()) - (were or set())) if were is not None else []
        if gone or (are is not None and were is None):
            what = f"no longer: {', '.join(gone) or 'anything but ' + ', '.join(sorted(are or ()))}"
            yield pointer, "narrowed_enum", Direction.BACKWARD, what
        if more or (were is not None and are is None):
            what = f"newly: {', '.join(more) or 'anything'}"
            yield pointer, "widened_enum", Direction.FORWARD, what
    for word in _FORMS:
        if old.get(word) != new.get(word):
            what = f"{word} was {old.get(word)}, is {new.get(word)}"
            yield pointer, "changed_form", Direction.BACKWARD, what
    for word in (*_LOWER, *_UPPER):
        yield from _limit(word, old.get(word), new.get(word), pointer)


def _choices(schema: Schema) -> set[str] | None:
    return {str(choice) for choice in schema["enum"]} if "enum" in schema else None


def _limit(word: str, was: Any, now: Any, pointer: str) -> Iterator[_Difference]:
    if was == now:
        return
    lower = word in _LOWER
    tighter = now is not None and (was is None or (now > was if lower else now < was))
    direction = Direction.BACKWARD if tighter else Direction.FORWARD
    kind = "narrowed_limit" if tighter else "widened_limit"
    yield pointer, kind, direction, f"{word} was {was}, is {now}"


def _meaning(old: _Node, new: _Node, pointer: str) -> Iterator[_Difference]:
    was, now = (each.schema.get("default", _ABSENT) for each in (old, new))
    if was != now:
        what = f"left out it was {was!r}, is {now!r}"
        yield pointer, "changed_default", Direction.MEANING, what
    if is_money(old) or is_money(new):
        texts = [" ".join(str(each.schema.get("description")).split()) for each in (old, new)]
        if is_money(old) != is_money(new) or texts[0] != texts[1]:
            what = f"the amount was: {texts[0]} It is: {texts[1]}"
            yield pointer, "changed_money", Direction.MEANING, what


_ABSENT: Final = "absent"


def is_money(node: _Node) -> bool:
    """Whether a part is an amount of money, perhaps one that may be left out."""
    return any(each.schema.get("pattern") in AMOUNT_TEXTS for each in node.alternatives.values())


def _list(alternatives: Mapping[str, _Node]) -> str:
    return " or ".join(sorted(alternatives))


def money_of(schema: Schema, value: Any) -> Iterator[tuple[str, str]]:
    """Give every amount of an event with its place; what `schema` does not say is no amount."""
    yield from _amounts(_Node(schema), value, "")


def _amounts(node: _Node, value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and is_money(node):
        yield pointer, value
    for each in node.alternatives.values():
        if isinstance(value, dict) and each.kind == "object":
            for name, part in each.schema.get("properties", {}).items():
                if name in value:
                    yield from _amounts(each.within(part), value[name], f"{pointer}/{name}")
        if isinstance(value, list) and each.kind == "array" and "items" in each.schema:
            for index, item in enumerate(value):
                yield from _amounts(each.within(each.schema["items"]), item, f"{pointer}/{index}")
