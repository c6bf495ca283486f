"""Lights of one result against its target: domain-rules 12 and 13."""

import pytest

from contracts.vocabulary import Light
from tests.support.builders import progress, target, targets
from tests.unit.analysis.indicators import JUDGED, NOT_JUDGEABLE, due_now, indicator


@pytest.mark.parametrize("behaviour", ["progress", "outcome", "satisfaction"])
@pytest.mark.parametrize(
    ("value", "ratio", "light"),
    [
        ("0", 0, Light.RED),
        ("-5", -500, Light.RED),
        ("59.99", 5_999, Light.RED),
        ("59.995", 6_000, Light.YELLOW),
        ("60", 6_000, Light.YELLOW),
        ("79.99", 7_999, Light.YELLOW),
        ("80", 8_000, Light.GREEN),
        ("119.99", 11_999, Light.GREEN),
        ("120", 12_000, Light.BLUE),
    ],
)
def test_lights_by_ratio(behaviour: str, value: str, ratio: int, light: Light) -> None:
    """domain-rules 12: exactly 60, 80 and 120 % belong to the upper class."""
    found = due_now(value, behaviour=behaviour)

    assert (JUDGED, ratio, light) == (found.state, found.ratio_bp, found.light)


@pytest.mark.parametrize("behaviour", ["quality", "timeliness", "cost"])
@pytest.mark.parametrize(
    ("value", "light"), [("99.999999", Light.RED), ("100", Light.GREEN), ("200", Light.GREEN)]
)
def test_quality_timeliness_and_cost_are_in_range_or_not(
    behaviour: str, value: str, light: Light
) -> None:
    """domain-rules 12: green or red."""
    assert light is due_now(value, behaviour=behaviour).light


@pytest.mark.parametrize("behaviour", ["progress", "quality", "cost", "outcome"])
@pytest.mark.parametrize(
    ("value", "light", "attainment"),
    [
        ("0", Light.GREEN, 10_000),
        ("100", Light.GREEN, 10_000),
        ("100.000001", Light.RED, 10_000),
        ("130", Light.RED, 7_000),
        ("200", Light.RED, 0),
        ("900", Light.RED, 0),
    ],
)
def test_reverse_indicators_are_in_range_or_not(
    behaviour: str, value: str, light: Light, attainment: int
) -> None:
    """Less is better; no ratio, completion falls with the excess (forms 2.3)."""
    found = due_now(value, behaviour=behaviour, direction="at_most")

    assert (light, attainment, None) == (found.light, found.attainment_bp, found.ratio_bp)


@pytest.mark.parametrize(
    ("value", "light", "met", "attainment"),
    [
        ("45", Light.RED, False, 5_000),
        ("90", Light.GREEN, True, 10_000),
        ("100", Light.GREEN, True, 10_000),
        ("100.1", Light.RED, False, 9_990),
        ("150", Light.RED, False, 5_000),
        ("300", Light.RED, False, 0),
    ],
)
def test_a_range_is_met_within_its_bounds(
    value: str, light: Light, attainment: int, *, met: bool
) -> None:
    """Both bounds belong to it."""
    found = due_now(
        value,
        target="90",
        target_upper="100",
        direction="range",
        value_kind="range",
        behaviour="satisfaction",
    )

    assert (light, met, attainment) == (found.light, found.met, found.attainment_bp)


@pytest.mark.parametrize(
    ("behaviour", "value", "light", "met", "attainment"),
    [
        ("progress", "50", Light.RED, False, 5_000),
        ("progress", "100", Light.GREEN, True, 10_000),
        ("progress", "120", Light.BLUE, False, 10_000),
        ("quality", "99", Light.RED, False, 9_900),
        ("quality", "100", Light.GREEN, True, 10_000),
        ("quality", "101", Light.RED, False, 9_900),
    ],
)
def test_an_equal_target(
    behaviour: str, value: str, light: Light, attainment: int, *, met: bool
) -> None:
    """数量 "=100" is judged by its ratio, quality "=100" by being there."""
    found = due_now(value, behaviour=behaviour, direction="equal")

    assert (light, met, attainment) == (found.light, found.met, found.attainment_bp)


@pytest.mark.parametrize(
    ("direction", "value", "light"),
    [
        ("equal", "0", Light.GREEN),
        ("equal", "1", Light.RED),
        ("at_most", "0", Light.GREEN),
        ("at_most", "1", Light.RED),
        ("at_least", "0", Light.GREEN),
        ("at_least", "-1", Light.RED),
    ],
)
def test_a_zero_target_is_met_or_not(direction: str, value: str, light: Light) -> None:
    """domain-rules 13: equal is met; there is no ratio to zero."""
    found = due_now(value, target="0", direction=direction)

    assert (light, None, 10_000 if light is Light.GREEN else 0) == (
        found.light,
        found.ratio_bp,
        found.attainment_bp,
    )


def test_a_stage_of_zero_is_a_zero_target() -> None:
    """domain-rules 13, 14: none of 4 is due by March; two by May are judged."""
    stages = [{"due": "2026-03-31", "value": "0"}, {"due": "2026-06-30", "value": "2"}]
    facts = targets(target("K1", target="4", stages=stages)), progress("2", date="2026-04-28")

    early = indicator(*facts, as_of="2026-05-31")
    due = indicator(*facts, as_of="2026-06-30")

    assert (JUDGED, None, Light.GREEN, 5_000) == (
        early.state,
        early.ratio_bp,
        early.light,
        early.attainment_bp,
    )
    assert (10_000, Light.GREEN) == (due.ratio_bp, due.light)


@pytest.mark.parametrize(
    ("grade", "light", "attainment", "met"),
    [
        ("met", Light.GREEN, 10_000, True),
        ("partly_met", Light.YELLOW, 6_000, False),
        ("not_met", Light.RED, 0, False),
    ],
)
@pytest.mark.parametrize("kind", ["grade", "text"])
def test_qualitative_results_are_judged_by_people(
    kind: str, grade: str, light: Light, attainment: int, *, met: bool
) -> None:
    """达成 / 部分达成 / 未达成 = green / yellow / red."""
    found = indicator(
        targets(target("K1", None, value_kind=kind, due=["2026-06-30"])),
        progress(None, grade=grade),
    )

    assert (JUDGED, light, attainment, met) == (
        found.state,
        found.light,
        found.attainment_bp,
        found.met,
    )


def test_a_number_that_cannot_be_read_is_judged_by_its_grade() -> None:
    """domain-rules 14: never refused, judged by a human."""
    events = targets(target("K1", due=["2026-06-30"]))

    assert NOT_JUDGEABLE is indicator(events, progress(None)).state
    assert Light.YELLOW is indicator(events, progress(None, grade="partly_met")).light


def test_a_text_without_a_grade_cannot_be_judged() -> None:
    """Even if it happens to be a number: nothing says what it should be."""
    found = indicator(
        targets(target("K1", None, value_kind="text", due=["2026-06-30"])), progress("5")
    )

    assert (NOT_JUDGEABLE, None) == (found.state, found.light)


@pytest.mark.parametrize(("value", "light"), [("1", Light.GREEN), ("0", Light.RED)])
@pytest.mark.parametrize("promised", ["1", None])
def test_a_boolean(promised: str | None, value: str, light: Light) -> None:
    """Yes unless it is said otherwise."""
    found = due_now(value, target=promised, value_kind="boolean")

    assert (JUDGED, light, "1") == (found.state, found.light, found.expected)


@pytest.mark.parametrize(
    ("direction", "value", "light"),
    [
        ("at_most", "2026-06-15", Light.GREEN),
        ("at_most", "2026-06-14", Light.GREEN),
        ("at_most", "2026-06-16", Light.RED),
        ("at_least", "2026-06-15", Light.GREEN),
        ("at_least", "2026-06-14", Light.GREEN),
        ("at_least", "2026-06-16", Light.RED),
        ("equal", "2026-06-15", Light.GREEN),
        ("equal", "2026-06-16", Light.RED),
    ],
)
def test_a_date(direction: str, value: str, light: Light) -> None:
    """It is a deadline, also in the direction that numbers have by default."""
    found = indicator(
        targets(
            target(
                "K1",
                None,
                target_date="2026-06-15",
                value_kind="date",
                behaviour="timeliness",
                direction=direction,
                due=["2026-06-30"],
            )
        ),
        progress(None, value_date=value),
    )

    assert (JUDGED, light) == (found.state, found.light)
