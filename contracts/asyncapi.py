"""The AsyncAPI 3 document of everything on Kafka, made from the registry of topics.

Each service serves it at /asyncapi.json; `contracts/asyncapi.json` is the committed copy.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from contracts.codec import ENVELOPES, EVENT_DATA
from contracts.envelope import Data
from contracts.record import MARK_HEADER
from contracts.topics import TOPICS, Service, Topic

ASYNCAPI: Final = "3.0.0"
VERSION: Final = "1.0.0"
"""Of the document; each event has a version of its own in its type."""
CONTENT_TYPE: Final = "application/cloudevents+json"
MILLISECONDS: Final = 1_000
FOR_EVER_MS: Final = -1
"""Kafka's retention.ms of what is never deleted."""

Document = dict[str, Any]

_ABOUT: Final = """\
Facts about public budgets, and what Dualwatch says about them.

Every message is a CloudEvent 1.0 in structured mode: its value is the event's JSON, its header
`content-type` is `application/cloudevents+json`. The door of publishers (`publish.<name>`) takes
binary mode too: attributes as `ce_*` headers, the data as value.

Amounts are decimal strings with two places in the jurisdiction's currency, rates are integer
basis points, business dates are ISO 8601 dates in the jurisdiction's time zone.
"""
_MARK: Final = (
    "Position in the partition (gapless from 1), sequence in the stream, when the ledger recorded "
    "it (ms since 1970 UTC), ledger position it rests on, type; parted by single spaces."
)


def document() -> Document:
    """Make the document: channels, who sends, who receives, messages, schemas."""
    schemas = _Schemas()
    messages = {data.event_type(): _message(data, schemas) for data in EVENT_DATA}
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Dualwatch",
            "version": VERSION,
            "description": _ABOUT,
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(_operations()),
        "components": {"messages": messages, "schemas": schemas.found},
    }


def text() -> str:
    """Write the document as the file holds it."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


class _Schemas:
    """The structures of all events, each once: two of one name get names of their own."""

    def __init__(self) -> None:
        self.found: dict[str, Document] = {}

    def add(self, data: type[Data]) -> Document:
        """Add an event's schema and give the reference to it."""
        schema = ENVELOPES[data.event_type()].model_json_schema(mode="validation")
        parts: Mapping[str, Document] = schema.pop("$defs", {})
        names = {name: self._name(name, part, parts, data) for name, part in parts.items()}
        for name, part in parts.items():
            self.found[names[name]] = _renamed(part, names)
        self.found[data.event_type()] = _renamed(schema, names)
        return _ref("schemas", data.event_type())

    def _name(
        self, name: str, part: Document, parts: Mapping[str, Document], data: type[Data]
    ) -> str:
        known = self.found.get(name)
        same = known is None or known == _renamed(part, {each: each for each in parts})
        return name if same else f"{name}.{data.TYPE}.v{data.VERSION}"


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Point references to where the document keeps the structures."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"#/components/schemas/{names[item.rpartition('/')[2]]}"
        if key == "$ref"
        else _renamed(item, names)
        for key, item in value.items()
    }


def _ref(kind: str, name: str) -> Document:
    return {"$ref": f"#/components/{kind}/{name}"}


def _message(data: type[Data], schemas: _Schemas) -> Document:
    summary, _, rest = " ".join((data.__doc__ or "").split()).partition(". ")
    return {
        "name": data.event_type(),
        "title": data.TYPE,
        "summary": summary.rstrip(".") + ".",
        **({"description": rest} if rest else {}),
        "contentType": CONTENT_TYPE,
        "payload": schemas.add(data),
    }


def _channel(topic: Topic) -> Document:
    kept = FOR_EVER_MS if topic.kept is None else int(topic.kept.total_seconds()) * MILLISECONDS
    cleanup = "compact" if topic.compacted else "delete"
    configuration = {"cleanup.policy": [cleanup], "retention.ms": kept}
    found: Document = {
        "address": topic.name,
        "description": _description(topic),
        "messages": {
            data.event_type(): _ref("messages", data.event_type()) for data in topic.carries
        },
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": configuration}},
    }
    if topic.producer is Service.PUBLISHERS:
        prefix, _, name = topic.name.rpartition(".")
        found["address"] = f"{prefix}.{{publisher}}"
        found["parameters"] = {
            "publisher": {"description": "The publisher's principal id.", "default": name}
        }
        del found["bindings"]["kafka"]["topic"]
    return found


def _description(topic: Topic) -> str:
    words = [f"Keyed by {topic.key}."]
    if topic.producer is Service.PUBLISHERS:
        words.append("One topic for each publisher.")
    if topic.position:
        words.append(f"Every record carries the header `{MARK_HEADER}`: {_MARK}")
    return " ".join(words)


def _operations() -> Iterator[tuple[str, Document]]:
    for topic in TOPICS:
        yield _operation(topic.producer, "send", topic)
        for consumer in topic.consumers:
            yield _operation(consumer, "receive", topic)


def _operation(service: Service, action: str, topic: Topic) -> tuple[str, Document]:
    name = f"{service}.{action}.{topic.name}"
    return name, {
        "action": action,
        "channel": {"$ref": f"#/channels/{_escaped(topic.name)}"},
        "summary": f"{service} {action}s on {topic.name}.",
        "messages": list(_on_channel(topic.name, topic.carries)),
    }


def _on_channel(channel: str, carried: Iterable[type[Data]]) -> Iterator[Document]:
    for data in carried:
        yield {"$ref": f"#/channels/{_escaped(channel)}/messages/{_escaped(data.event_type())}"}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
