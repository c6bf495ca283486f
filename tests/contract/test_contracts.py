"""The registry is honest: examples parse, schemas are committed, topics are complete."""

import json
from pathlib import Path

import jsonschema
import pytest

from contracts import generate
from contracts.codec import DATA_BY_TYPE, EVENT_DATA, INTAKE_TYPES, decode, encode
from contracts.documented import description
from contracts.envelope import Data
from contracts.topics import TOPICS, partition_of

EXAMPLES = sorted((generate.ROOT / "examples").rglob("*.json"))
KNOWN_PARTITIONS = {"610100/P1": 3, "GB/GB-GOV-13": 0, "610100": 0}


def _ids(path: Path) -> str:
    return "/".join(path.parts[-3:])


def _reversed_keys(value: object) -> object:
    if isinstance(value, dict):
        return {key: _reversed_keys(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [_reversed_keys(item) for item in value]
    return value


@pytest.mark.parametrize("path", EXAMPLES, ids=_ids)
def test_an_example_is_read_and_written_back_without_change(path: Path) -> None:
    """Reading, writing and reading again gives the same event."""
    event = decode(path.read_bytes())

    assert decode(encode(event)) == event


@pytest.mark.parametrize("path", EXAMPLES, ids=_ids)
def test_an_example_fits_its_committed_schema(path: Path) -> None:
    """A publisher that checks with the schema alone accepts what we accept."""
    document = json.loads(path.read_bytes())
    schema = json.loads(generate.schema_path(DATA_BY_TYPE[document["type"]]).read_bytes())

    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize("path", EXAMPLES, ids=_ids)
def test_the_order_of_keys_does_not_matter(path: Path) -> None:
    """JSON objects are unordered: the same event read from reversed keys is equal."""
    turned = json.dumps(_reversed_keys(json.loads(path.read_bytes()))).encode()

    assert decode(turned) == decode(path.read_bytes())


def test_generated_files_are_up_to_date() -> None:
    """Schemas and README.md are what `python -m contracts.generate` would write."""
    stale = [
        path.name
        for path, text in generate.outputs().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]

    assert stale == []


def test_there_is_no_orphan_schema() -> None:
    """Every schema file belongs to an event type and version."""
    kept = set((generate.ROOT / "schemas").glob("*.json"))

    assert kept == {generate.schema_path(data) for data in EVENT_DATA}


@pytest.mark.parametrize("data", EVENT_DATA, ids=lambda data: data.event_type())
def test_every_event_has_an_example(data: type[Data]) -> None:
    """Each type and version is shown by at least one real-looking message."""
    assert list(generate.examples_path(data).glob("*.json"))


@pytest.mark.parametrize("data", EVENT_DATA, ids=lambda data: data.event_type())
def test_every_event_and_field_is_documented(data: type[Data]) -> None:
    """A docstring says what the event means; each field has a description."""
    undocumented = [name for name in data.model_fields if not description(data, name)]

    assert data.__doc__
    assert undocumented == []


@pytest.mark.parametrize("data", EVENT_DATA, ids=lambda data: data.event_type())
def test_every_event_travels_on_a_topic(data: type[Data]) -> None:
    """No event type without a topic that carries it."""
    assert [topic.name for topic in TOPICS if data in topic.carries]


def test_every_topic_is_written_and_read() -> None:
    """A topic without a reader would be kept for nothing."""
    assert [topic.name for topic in TOPICS if not topic.consumers] == []


def test_publishers_may_send_facts_only() -> None:
    """What services derive is never taken in as a fact."""
    derived = {data.event_type() for topic in TOPICS[3:] for data in topic.carries}
    facts = {data.event_type() for data in TOPICS[0].carries}

    assert facts == INTAKE_TYPES
    assert not [name for name in derived - facts if name in INTAKE_TYPES]


def test_the_partition_of_a_subject_never_changes() -> None:
    """Another hash would give a project a second owner: these figures are for ever."""
    assert {subject: partition_of(subject, 4) for subject in KNOWN_PARTITIONS} == KNOWN_PARTITIONS
