"""The AsyncAPI document and the handbook: valid, complete, the same words as the registry."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from contracts import asyncapi, generate, handbook
from contracts.codec import EVENT_DATA
from contracts.envelope import Data
from contracts.events.intake import BudgetApproved, ExpenditureRecorded
from contracts.topics import TOPICS
from contracts.vocabulary import AdjustmentKind

VENDOR: Final = Path(__file__).parent / "vendor"
SPECIFICATION: Final = VENDOR / "asyncapi-3.0.0.schema.json"
EXAMPLES: Final = sorted((generate.ROOT / "examples").rglob("*.json"))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The committed document, which every service serves."""
    found: dict[str, Any] = json.loads((generate.ROOT / "asyncapi.json").read_bytes())
    return found


def test_the_document_is_valid_asyncapi_3(document: dict[str, Any]) -> None:
    """By the specification's own JSON Schema."""
    schema = json.loads(SPECIFICATION.read_bytes())

    jsonschema.Draft7Validator(schema).validate(document)


def test_the_specification_is_the_one_we_say() -> None:
    """Unchanged, with its origin beside it."""
    sha256 = hashlib.sha256(SPECIFICATION.read_bytes()).hexdigest()

    assert f"SHA-256: {sha256}." in (VENDOR / "README.md").read_text(encoding="utf-8")


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {found for item in value for found in _references(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return own | {found for item in value.values() for found in _references(item)}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """No tool can read a document with loose ends."""
    for reference in _references(document):
        inner: Any = document
        for step in reference.removeprefix("#/").split("/"):
            inner = inner[step.replace("~1", "/").replace("~0", "~")]
        assert inner


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_says_who_sends_who_receives_and_what(
    topic: Any, document: dict[str, Any]
) -> None:
    """As the registry has it."""
    channel = document["channels"][topic.name]
    operations = [
        name
        for name, operation in document["operations"].items()
        if operation["channel"]["$ref"].endswith(f"/{topic.name}")
    ]

    assert set(channel["messages"]) == {data.event_type() for data in topic.carries}
    assert operations == [
        f"{topic.producer}.send.{topic.name}",
        *(f"{consumer}.receive.{topic.name}" for consumer in topic.consumers),
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: "/".join(path.parts[-3:]))
def test_an_example_fits_its_message(path: Path, document: dict[str, Any]) -> None:
    """Structures are shared among messages: none has lost a field on the way."""
    event = json.loads(path.read_bytes())
    schema = {**document, "$ref": f"#/components/schemas/{event['type']}"}

    jsonschema.Draft202012Validator(schema).validate(event)


@pytest.mark.parametrize("data", EVENT_DATA, ids=lambda data: data.event_type())
def test_the_handbook_has_every_field_of_every_event(data: type[Data]) -> None:
    """With an example; structures and closed lists have sections of their own."""
    page = (generate.ROOT.parent / "docs" / "contracts.md").read_text(encoding="utf-8")
    section = page.partition(f"\n### {data.event_type()}\n")[2].partition("\n### ")[0]

    assert [name for name in data.model_fields if f"| `{name}` |" not in section] == [
        name for name, field in data.model_fields.items() if field.is_required()
    ]
    assert f'"type": "{data.event_type()}"' in section
    assert [
        part.__name__ for part in handbook.parts_of(data) if f"\n### {part.__name__}\n" not in page
    ] == []


def test_the_national_fields_stand_in_a_column_of_their_own() -> None:
    """So that a finance system maps its tables without inventing."""
    assert ("Paid amount.", "xpay_amt") == handbook.meaning_of(ExpenditureRecorded, "amount")
    assert ("Funding line it is charged to; null or unknown: without budget.", "bgt_id") == (
        handbook.meaning_of(ExpenditureRecorded, "line")
    )


def test_the_words_of_a_closed_list_are_explained() -> None:
    """From what stands under each; a word without a text has none of its neighbour's."""
    assert handbook.words_of(AdjustmentKind)["SUPPLEMENT"] == "追加 (+)."
    assert "BUREAU" not in handbook.words_of(
        next(part for part in handbook.parts_of(_organisation()) if part.__name__ != "Decision")
    )


def _organisation() -> type[Data]:
    return next(data for data in EVENT_DATA if data.TYPE == "organisation.registered")


def test_links_within_the_handbook_lead_to_its_sections() -> None:
    """A field's list or structure is one click away."""
    page = (generate.ROOT.parent / "docs" / "contracts.md").read_text(encoding="utf-8")
    sections = {title.lower() for title in re.findall(r"^### (\w+)$", page, re.MULTILINE)}

    assert {link for link in re.findall(r"\]\(#(\w+)\)", page) if link not in sections} == set()


def test_an_amount_is_told_from_a_text() -> None:
    """Also where it may be left out."""
    kinds = {
        name: handbook.kind_of(field.annotation, field.metadata)
        for name, field in BudgetApproved.model_fields.items()
    }

    assert ("amount", "text", "date", "[Channel](#channel)", "whole number") == tuple(
        kinds[name] for name in ("amount", "line", "date", "channel", "fiscal_year")
    )
    assert asyncapi.CONTENT_TYPE == "application/cloudevents+json"
