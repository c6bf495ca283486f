"""What /openapi.json says of the event door is what it does."""

import json
import re
from typing import Any

import pytest

from services.intake.app import create_app
from services.intake.domain.requests import BodyKind
from services.intake.settings import IntakeSettings


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Give the document of an intake that is never started."""
    return create_app(IntakeSettings(key="a key of sufficient length")).app.openapi()


def test_the_event_door_names_its_forms_and_answers(document: dict[str, Any]) -> None:
    """Every form, every status it answers with, the headers that matter."""
    door = document["paths"]["/v1/events"]["post"]

    assert {kind.value for kind in BodyKind} == set(door["requestBody"]["content"])
    assert {"202", "400", "401", "409", "413", "415", "422", "429", "503"} <= set(door["responses"])
    assert "Retry-After" in door["responses"]["429"]["headers"]
    assert "Preference-Applied" in door["responses"]["202"]["headers"]
    named = {parameter["name"] for parameter in door["parameters"]}
    assert {"Prefer", "Idempotency-Key", "Content-Encoding", "ce-id", "ce-time"} <= named


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """Generators of clients follow them all."""
    named = set(re.findall(r"#/components/schemas/([A-Za-z_]+)", json.dumps(document)))

    assert named <= set(document["components"]["schemas"])


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    """With its media type."""
    answers = [
        answer
        for path in document["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if status == "default" or status.startswith(("4", "5"))
    ]

    assert answers
    assert all("application/problem+json" in answer["content"] for answer in answers)
