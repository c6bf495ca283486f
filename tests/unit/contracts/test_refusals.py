"""Facts that contradict themselves are refused by the contract, field by field."""

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.events import intake
from tests.support import builders


def _refusal(kind: type[Any], data: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(data)
    return str(caught.value.errors()[0]["msg"])


def test_a_plan_period_does_not_end_before_it_starts() -> None:
    """The plan would never fall due."""
    period = {"start": "2026-04-01", "end": "2026-03-31", "amount": "1.00"}

    assert "end must not be before start" in _refusal(intake.PlanPeriod, period)


def test_a_range_is_not_upside_down() -> None:
    """No value could ever be in it."""
    target = builders.target(target="100", target_upper="90", direction="range", value_kind="range")

    assert "target_upper must not be below target" in _refusal(intake.Target, target)


def test_a_virement_names_both_sides() -> None:
    """domain-rules 2: two lines of one batch number, one in, one out."""
    adjusted = {
        "date": "2026-05-01",
        "fiscal_year": 2026,
        "line": "L",
        "amount": "1.00",
        "adjustment_kind": "virement",
    }

    assert "need direction and batch_number" in _refusal(intake.BudgetAdjusted, adjusted)


@pytest.mark.parametrize("source", ["a b", "a\x00", "\n"])
def test_a_source_is_a_uri_reference(source: str) -> None:
    """Spaces and control characters are in none."""
    event = builders.budget()

    with pytest.raises(ValidationError):
        type(event).model_validate({**event.model_dump(), "source": source})
