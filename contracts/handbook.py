"""The handbook of contracts, docs/contracts.md: per event what it says, its fields, an example."""

import ast
import inspect
import itertools
import json
import re
import textwrap
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from contracts.codec import EVENT_DATA, INTAKE_TYPES, JURISDICTION_TYPES, OWN_FACTS, UPCASTERS
from contracts.compatibility import AMOUNT_TEXTS
from contracts.documented import description
from contracts.envelope import CloudEvent, Data, Part
from contracts.topics import TOPICS, Service, Topic

_SOURCE: Final = re.compile(r"\s*\[([^\]]+)\]")
"""National fields stand in brackets; ranges such as (38) are lengths as declared there."""

PUBLISHABLE: Final = INTAKE_TYPES - OWN_FACTS
"""What publishers may send: who was heard, and which day is open, intake alone states."""

HEAD: Final = """# Handbook of contracts

What may be said on Kafka and at the doors, event by event.
This page is generated from `contracts/` by `python -m contracts.generate`; the JSON Schemas are in `contracts/schemas/`, more examples in `contracts/examples/`, all of Kafka in `contracts/asyncapi.json` (served by every service at `/asyncapi.json`).

How to send them: [publishers/](publishers/README.md).
Whether a file of events is right: `dualwatch contracts check FILE.jsonl`.

## How to read it

- *Amounts* are decimal strings with exactly two places in the jurisdiction's currency (`"1234.50"` yuan, never 万元), never negative unless it is said; the kind of event gives the sign.
- *Rates* end in `_bp` and are whole basis points: 5934 is 59.34 %.
- *Dates* are `YYYY-MM-DD` in the jurisdiction's time zone; a fiscal year is named by the calendar year in which it begins.
- **Bold** fields are required; all others may be left out, and then have the value that stands behind `=`.
- *National* names the field of the national exchange tables (一体化) that it comes from.
"""  # noqa: E501 - in Markdown a sentence is a line

ENVELOPE: Final = """
## The envelope

Every event is a CloudEvent 1.0; `(source, id)` names it for ever.
Other extension attributes are allowed, kept and ignored.
"""


def text() -> str:
    """Write the page."""
    parts = [HEAD, ENVELOPE, *_table(CloudEvent), *_facts(), *_others(), *_structures(), *_words()]
    return "\n".join(parts).rstrip() + "\n"


def _facts() -> Iterator[str]:
    yield "\n## Facts of publishers\n\nTaken in by intake, at every door."
    for data in EVENT_DATA:
        if data.event_type() in PUBLISHABLE:
            yield from _event(data)


def _others() -> Iterator[str]:
    yield "\n## What Dualwatch says itself\n\nRead on its topics; no door takes them in."
    for data in EVENT_DATA:
        if data.event_type() not in PUBLISHABLE:
            yield from _event(data)


def _event(data: type[Data]) -> Iterator[str]:
    name = data.event_type()
    yield f"\n### {name}\n"
    yield _sentences(inspect.cleandoc(data.__doc__ or ""))
    yield ""
    about = "`<jurisdiction>`" if name in JURISDICTION_TYPES else "`<jurisdiction>/<project>`"
    topics = [f"`{_address(topic)}`" for topic in TOPICS if data in topic.carries]
    yield f"Subject {about}; on {', '.join(topics)}."
    if name in UPCASTERS:
        newest = _newest(data)
        yield f"An earlier version: still taken in and kept as it comes, read as `{newest}`."
    yield ""
    yield from _table(data)
    example = _example(data)
    if example is not None:
        yield f"\n```json\n{example}\n```"


def _address(topic: Topic) -> str:
    if topic.producer is not Service.PUBLISHERS:
        return topic.name
    return topic.name.rpartition(".")[0] + ".<publisher>"


def _newest(data: type[Data]) -> str:
    known = [each for each in EVENT_DATA if each.TYPE == data.TYPE]
    return max(known, key=lambda each: each.VERSION).event_type()


def _example(data: type[Data]) -> str | None:
    folder = Path(__file__).parent / "examples" / data.TYPE / f"v{data.VERSION}"
    for path in sorted(folder.glob("*.json")):
        event = json.loads(path.read_bytes())
        return json.dumps(event, ensure_ascii=False, indent=2)
    return None


def _table(model: type[BaseModel]) -> Iterator[str]:
    yield "| field | is | meaning, unit | national |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        shown = f"**`{name}`**" if field.is_required() else f"`{name}`"
        meaning, source = meaning_of(model, name)
        yield f"| {shown} | {_is(field)} | {_cell(meaning)} | {_cell(source)} |"


def meaning_of(model: type[BaseModel], name: str) -> tuple[str, str]:
    """Part a field's description into its meaning and the national fields in brackets."""
    told = " ".join(description(model, name).split())
    sources = "; ".join(_SOURCE.findall(told))
    meaning = _SOURCE.sub("", told).strip()
    return meaning, sources


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;")


def _is(field: FieldInfo) -> str:
    kind = kind_of(field.annotation, field.metadata)
    default = field.get_default(call_default_factory=False)
    plain = isinstance(default, str | int) and default != ""
    if field.is_required() or not plain:
        return kind
    value = default.value if isinstance(default, StrEnum) else json.dumps(default)
    return f"{kind} = `{value}`"


def kind_of(annotation: Any, metadata: Any = ()) -> str:
    """Say in a word or two what values a field takes."""
    if any(_pattern(each) in AMOUNT_TEXTS for each in metadata):
        return "amount"
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return kind_of(inner[0], inner[1:])
    shape = _SHAPES.get(origin)
    return _kind_of_type(annotation) if shape is None else shape(inner)


def _either(inner: tuple[Any, ...]) -> str:
    return " or ".join(kind_of(each) for each in inner if each is not type(None))


_SHAPES: Final[Mapping[Any, Callable[[tuple[Any, ...]], str]]] = {
    typing.Union: _either,
    types.UnionType: _either,
    tuple: lambda inner: f"list of {kind_of(inner[0])}",
    typing.Literal: lambda inner: " or ".join(f"`{each}`" for each in inner),
}


def _kind_of_type(annotation: Any) -> str:
    if not isinstance(annotation, type):
        return "object"
    if issubclass(annotation, StrEnum | Part):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return _PLAIN.get(annotation.__name__, annotation.__name__)


_PLAIN: Final = {
    "str": "text",
    "int": "whole number",
    "bool": "true or false",
    "date": "date",
    "AwareDatetime": "date and time, with zone",
}


def _pattern(word: Any) -> str:
    schema = getattr(word, "json_schema", None)
    return str(schema.get("pattern")) if isinstance(schema, dict) else ""


def _sentences(words: str) -> str:
    """Put every sentence on a line of its own, as this repository's Markdown does."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in words.split("\n\n")]
    return "\n\n".join(re.sub(r"(?<=[.!?]) (?=[A-Z`])", "\n", words) for words in paragraphs)


def parts_of(model: type[BaseModel]) -> Iterator[type[Any]]:
    """Give every structure and closed list that an event's data is made of."""
    for field in model.model_fields.values():
        for found in _inner(field.annotation):
            yield found
            if issubclass(found, BaseModel):
                yield from parts_of(found)


def _inner(annotation: Any) -> Iterator[type[Any]]:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum | Part):
        yield annotation
    for each in typing.get_args(annotation):
        yield from _inner(each)


def _all_parts() -> list[type[Any]]:
    found = {part.__name__: part for data in EVENT_DATA for part in parts_of(data)}
    return [found[name] for name in sorted(found)]


def _structures() -> Iterator[str]:
    yield "\n## Structures"
    for part in _all_parts():
        if issubclass(part, Part):
            yield f"\n### {part.__name__}\n"
            yield _sentences(inspect.cleandoc(part.__doc__ or "")) + "\n"
            yield from _table(part)


def _words() -> Iterator[str]:
    yield "\n## Closed lists"
    for part in _all_parts():
        if issubclass(part, StrEnum):
            yield f"\n### {part.__name__}\n"
            yield _sentences(inspect.cleandoc(part.__doc__ or "")) + "\n"
            yield "| word | meaning |\n|---|---|"
            said = words_of(part)
            for word in part:
                yield f"| `{word.value}` | {_cell(said.get(word.name, ''))} |"


def words_of(words: type[StrEnum]) -> dict[str, str]:
    """Read what stands under each word of a closed list; Python itself does not keep it."""
    source = ast.parse(textwrap.dedent(inspect.getsource(words))).body[0]
    found: dict[str, str] = {}
    for statement, after in itertools.pairwise(getattr(source, "body", [])):
        said = after.value if isinstance(after, ast.Expr) else None
        if isinstance(statement, ast.Assign) and isinstance(said, ast.Constant):
            found[ast.unparse(statement.targets[0])] = " ".join(str(said.value).split())
    return found
