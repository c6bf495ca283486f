"""The register of released schemas, and the check that holds every change against it.

`python -m contracts.released` checks (make check does), `--add` enters what is not in it yet: a
release does that. `contracts/schemas/RELEASED` holds a SHA-256 per file. What stands there is
append-only: its file never changes, its type is never forgotten, and a later version of it is
reached by an upcast from every earlier one.
"""

import copy
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from contracts import generate
from contracts.codec import ENVELOPES, EVENT_DATA, UPCASTERS, adapter, encode_json
from contracts.compatibility import Break, Direction, compare, money_of
from contracts.register import REGISTER, SCHEMAS, SUFFIX, Register, hash_of, type_of
from contracts.variants import variants

Upcasters = Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]
Document = dict[str, Any]


@dataclass(frozen=True)
class Words:
    """All that the check looks at: a test hands it others than ours."""

    schemas: Mapping[str, str]
    """Type → text of its schema, as the code has it."""
    files: Mapping[str, str]
    """Schema file → its text, as it lies in the folder."""
    released: Mapping[str, str | None]
    """Schema file → its text as it was released; None: no committed state has that hash."""
    upcasters: Upcasters
    validate: Callable[[str, bytes], Any]
    """Reads an event of a type; ValidationError if it is none."""
    examples: Mapping[str, Sequence[Document]] = field(default_factory=dict)
    """Type → real-looking events."""


def ours() -> Words:
    """Take the words of this release."""
    register = Register.read()
    return Words(
        {data.event_type(): generate.schema_text(data) for data in EVENT_DATA},
        {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.glob(f"*{SUFFIX}")},
        {name: register.released(name) for name in register.hashes},
        UPCASTERS,
        lambda event_type, raw: adapter(event_type).validate_json(raw),
        {
            data.event_type(): [
                json.loads(path.read_bytes())
                for path in sorted(generate.examples_path(data).glob("*.json"))
            ]
            for data in EVENT_DATA
        },
    )


def check(words: Words) -> list[Break]:
    """List everything that breaks a contract."""
    return [*_against_the_register(words), *_versions(words)]


def _against_the_register(words: Words) -> Iterator[Break]:
    for name, released in words.released.items():
        event_type = type_of(name)
        now = words.schemas.get(event_type)
        if released is None or words.files.get(name) != released:
            what = f"{name} is gone or no longer what was released: restore it"
            yield Break(event_type, "", "released_file", Direction.BACKWARD, what)
        if now is None:
            what = "the code no longer knows it, but ledgers hold it"
            yield Break(event_type, "", "lost_type", Direction.BACKWARD, what)
        elif released is not None and released != now:
            found = compare(event_type, json.loads(released), json.loads(now))
            yield from found
            if not found:
                what = "only texts differ; even they stay as they were released"
                yield Break(event_type, "", "released_text", Direction.MEANING, what)


def _versions(words: Words) -> Iterator[Break]:
    """Hold every version against every earlier one of the same thing."""
    things: dict[str, dict[int, str]] = {}
    for event_type in words.schemas:
        thing, _, version = event_type.rpartition(".v")
        things.setdefault(thing, {})[int(version)] = event_type
    for versions in things.values():
        newest = max(versions)
        for number in range(1, newest):
            old = versions.get(number)
            if old is None:
                missing = versions[newest].rpartition(".v")[0] + f".v{number}"
                what = f"version {newest} is there, version {number} is not"
                yield Break(missing, "", "lost_type", Direction.BACKWARD, what)
                continue
            for later in range(number + 1, newest + 1):
                if later in versions:
                    yield from _upcast(words, old, versions[later])


def _upcast(words: Words, old: str, new: str) -> Iterator[Break]:
    schemas = [json.loads(words.schemas[name]) for name in (old, new)]
    for example in words.examples.get(old, ()):
        for variant in variants(example, schemas[0]):
            if not _is_valid(words, old, variant):
                continue
            told = _told(words.upcasters, copy.deepcopy(variant), new)
            if told is None:
                what = f"no upcast leads from {old} to {new}"
                yield Break(old, "", "lost_upcast", Direction.BACKWARD, what)
                return
            wrong = _wrong(words, schemas, variant, told, new)
            if wrong is not None:
                yield Break(old, *wrong)
                return


def _told(upcasters: Upcasters, event: Document, wanted: str) -> Document | None:
    """Tell an event in the words of a later version, step by step; None: a step is missing."""
    for _ in range(len(upcasters) + 1):
        if event.get("type") == wanted:
            return event
        upcast = upcasters.get(str(event.get("type")))
        if upcast is None:
            return None
        event = upcast(event)
    return None


def _wrong(
    words: Words, schemas: Sequence[Document], before: Document, after: Document, new: str
) -> tuple[str, str, Direction, str] | None:
    try:
        words.validate(new, encode_json(after))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        pointer = "".join(f"/{step}" for step in first["loc"])
        what = f"what the upcast makes of a valid event is no {new}: {first['msg']}"
        return pointer, "broken_upcast", Direction.BACKWARD, what
    same = ("id", "source", "subject", "time")
    if any(before.get(name) != after.get(name) for name in same):
        what = f"the upcast to {new} changes {' or '.join(same)}"
        return "", "broken_upcast", Direction.MEANING, what
    was, now = (
        dict(money_of(schema, event))
        for schema, event in zip(schemas, (before, after), strict=True)
    )
    if sorted(was.values()) != sorted(now.values()):
        place = next((place for place in was if was[place] != now.get(place)), "")
        what = f"the amounts {sorted(was.values())} became {sorted(now.values())}"
        return place, "changed_money", Direction.MEANING, what
    return None


def _is_valid(words: Words, event_type: str, event: Document) -> bool:
    try:
        words.validate(event_type, encode_json(event))
    except ValidationError:
        return False
    return True


def main() -> None:
    """Check, and exit 1 if a contract is broken; with --add enter what is not released yet."""
    words = ours()
    found = check(words)
    for each in found:
        print(each, file=sys.stderr)
    if not found and "--add" in sys.argv[1:]:
        known = {name: text for name, text in words.files.items() if type_of(name) in ENVELOPES}
        hashes = {name: hash_of(text) for name, text in known.items()}
        REGISTER.write_text(Register(hashes).text(), encoding="utf-8")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
