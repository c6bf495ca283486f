"""When an indicator is judged, against what, and with which light: domain-rules 12-15."""

from typing import Any

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import IndicatorFigures
from contracts.vocabulary import AttainmentState, Light
from tests.spec.engines import folded
from tests.support.builders import (
    jurisdiction,
    progress,
    target,
    targets,
    targets_adjusted,
)

JUDGED = AttainmentState.JUDGED
NOT_YET_DUE = AttainmentState.NOT_YET_DUE
NOT_REPORTED = AttainmentState.NOT_REPORTED
NOT_JUDGEABLE = AttainmentState.NOT_JUDGEABLE


def indicator(*events: AnyEvent, as_of: str = "2026-06-30") -> IndicatorFigures:
    (found,) = folded([jurisdiction(), *events]).assessment(as_of=as_of).attainment.indicators
    return found


def due_now(value: str | None, **fields: Any) -> IndicatorFigures:
    """One point-in-time indicator, due and reported at the end of June."""
    promised = {"accumulation": "point_in_time", "due": ["2026-06-30"], **fields}
    return indicator(targets(target("K1", **promised)), progress(value))


# -------------------------------------------------------------------------------- lights


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
        ("at_least", "2026-06-14", Light.RED),
        ("equal", "2026-06-15", Light.GREEN),
        ("equal", "2026-06-16", Light.RED),
    ],
)
def test_a_date(direction: str, value: str, light: Light) -> None:
    """On the very day is met in every direction."""
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


# ------------------------------------------------------------------- what is expected when


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2026-06-30", "50"), ("2026-08-15", "58.333333"), ("2026-12-31", "100")],
)
def test_cumulative_without_stages_is_expected_by_months(as_of: str, expected: str) -> None:
    """domain-rules 14: annual target × months completed ÷ 12."""
    assert expected == indicator(targets(), progress("1", date="2026-03-01"), as_of=as_of).expected


def test_the_ratio_to_a_part_of_a_year_is_exact() -> None:
    """7/12 of 100 is 58.333…; 35 of it is exactly 60 %."""
    found = indicator(targets(), progress("35", date="2026-07-31"), as_of="2026-08-15")

    assert (6_000, Light.YELLOW) == (found.ratio_bp, found.light)


STAGES = [{"due": "2026-03-31", "value": "10"}, {"due": "2026-09-30", "value": "70"}]


@pytest.mark.parametrize("accumulation", ["cumulative", "point_in_time", "once"])
@pytest.mark.parametrize(
    ("as_of", "expected", "state"),
    [
        ("2026-03-30", None, NOT_YET_DUE),
        ("2026-03-31", "10", JUDGED),
        ("2026-09-29", "10", JUDGED),
        ("2026-09-30", "70", JUDGED),
        ("2026-12-30", "70", JUDGED),
        ("2026-12-31", "100", JUDGED),
    ],
)
def test_the_stage_target_of_the_last_due_date_is_expected(
    accumulation: str, as_of: str, expected: str | None, state: AttainmentState
) -> None:
    """domain-rules 14; at the year's end the annual target."""
    found = indicator(
        targets(target(accumulation=accumulation, stages=STAGES)),
        progress("40", date="2026-03-01"),
        as_of=as_of,
    )

    assert (expected, state) == (found.expected, found.state)


@pytest.mark.parametrize("accumulation", ["point_in_time", "per_period", "once"])
@pytest.mark.parametrize(
    ("as_of", "expected", "state"),
    [("2026-06-29", None, NOT_YET_DUE), ("2026-06-30", "100", JUDGED)],
)
def test_the_full_target_is_expected_from_its_due_date(
    accumulation: str, as_of: str, expected: str | None, state: AttainmentState
) -> None:
    """domain-rules 14, of all that does not add up over the year; measured or not."""
    found = indicator(
        targets(target(accumulation=accumulation, due=["2026-06-30"])),
        progress("40", date="2026-06-01"),
        as_of=as_of,
    )

    assert (expected, state) == (found.expected, found.state)


def test_without_due_dates_the_years_end_is_due() -> None:
    """domain-rules 14's default."""
    events = [
        targets(target(accumulation="once", behaviour="quality")),
        progress("100", date="2026-06-01"),
    ]

    assert NOT_YET_DUE is indicator(*events, as_of="2026-12-30").state
    assert JUDGED is indicator(*events, as_of="2026-12-31").state


def test_a_date_target_is_due_on_its_date() -> None:
    """The day it promises is the day to ask."""
    events = targets(
        target("K1", None, value_kind="date", target_date="2026-06-15", direction="at_most")
    )

    assert NOT_YET_DUE is indicator(events, as_of="2026-06-14").state
    assert NOT_REPORTED is indicator(events, as_of="2026-06-15").state


@pytest.mark.parametrize(
    ("as_of", "state", "upcoming"),
    [
        ("2026-03-30", NOT_YET_DUE, "2026-03-31"),
        ("2026-03-31", NOT_REPORTED, "2026-09-30"),
        ("2026-12-31", NOT_REPORTED, None),
    ],
)
def test_unmeasured(as_of: str, state: AttainmentState, upcoming: str | None) -> None:
    """domain-rules 15: before its first due date not yet due, then not reported."""
    found = indicator(targets(target(due=["2026-03-31", "2026-09-30"])), as_of=as_of)
    next_due = str(found.next_due) if found.next_due else None

    assert (state, upcoming, None) == (found.state, next_due, found.light)


def test_a_measured_cumulative_indicator_is_judged_before_it_is_due() -> None:
    """domain-rules 15: only an unmeasured one is not yet due."""
    found = indicator(targets(target(due=["2026-12-31"])), progress("50"), as_of="2026-06-30")

    assert (JUDGED, Light.GREEN) == (found.state, found.light)


def test_within_the_first_month_nothing_is_expected() -> None:
    """No month is completed: there is nothing to compare with."""
    found = indicator(targets(), progress("5", date="2026-01-25"), as_of="2026-01-30")

    assert (NOT_YET_DUE, None) == (found.state, found.light)


QUARTERLY: dict[str, Any] = {
    "accumulation": "per_period",
    "due": ["2026-03-31", "2026-06-30", "2026-09-30"],
}
    "accumulation": "per_period",
    "due": ["2026-03-31", "2026-06-30", "2026-09-30"],
}


def test_per_period_the_value_that_answers_the_last_due_date_counts() -> None:
    """By the due date it names, else by the day it stands for."""
    events = [
        targets(target(**QUARTERLY)),
        progress("90", date="2026-03-31", due="2026-03-31"),
        progress("70", date="2026-06-25"),
        progress("20", date="2026-07-10", due="2026-03-31"),
    ]

    assert "90" == indicator(*events, as_of="2026-03-31").actual
    assert "70" == indicator(*events, as_of="2026-06-30").actual
    assert "70" == indicator(*events, as_of="2026-07-31").actual
    assert NOT_REPORTED is indicator(*events, as_of="2026-09-30").state


def test_the_last_result_counts_by_business_date() -> None:
    """A late arrival of an earlier day changes nothing; a later entry of the same day does."""
    events = [
        targets(),
        progress("50", date="2026-06-30"),
        progress("45", date="2026-05-31"),
        progress("55", date="2026-06-30"),
    ]
    found = indicator(*events)

    assert ("55", "2026-06-30") == (found.actual, str(found.reported_on))


def test_targets_hold_from_their_date_and_the_later_one_replaces() -> None:
    """Art. 14(1): targets are adjusted; the day decides, not the arrival."""
    events = [
        targets_adjusted(target("K1", "60"), date="2026-05-20"),
        targets(date="2026-01-20"),
        progress("30"),
    ]

    assert "100" == indicator(*events, as_of="2026-05-19").target
    assert ("60", 10_000) == (
        (found := indicator(*events, as_of="2026-06-30")).target,
        found.ratio_bp,
    )


def test_a_withdrawn_indicator_is_gone() -> None:
    """From its date on."""
    engine = folded([jurisdiction(), targets(), targets_adjusted(withdrawn=["K1"])])

    assert 1 == len(engine.assessment(as_of="2026-05-19").attainment.indicators)
    assert () == engine.assessment(as_of="2026-05-20").attainment.indicators


def test_cumulative_ceilings_and_ranges_are_prorated_too() -> None:
    """Cost ≤ 100 over the year: 50 by June (domain-rules 14); completion is by the year."""
    promised = target(behaviour="cost", direction="at_most")
    at = indicator(targets(promised), progress("50"))
    above = indicator(targets(promised), progress("50.000001"))
    ranged = indicator(
        targets(target("K1", "90", target_upper="110", direction="range", value_kind="range")),
        progress("55"),
    )

    assert (Light.GREEN, Light.RED, 10_000) == (at.light, above.light, above.attainment_bp)
    assert (Light.GREEN, "45") == (ranged.light, ranged.expected)


# ---------------------------------------------------------------------- degree and roll-up


def test_completion_is_measured_by_the_annual_target_and_capped() -> None:
    """It stands beside the execution rate, which is annual; the raw ratio is shown."""
    half = indicator(targets(), progress("30"))
    beyond = indicator(targets(), progress("130"))

    assert (6_000, 3_000, False) == (half.ratio_bp, half.attainment_bp, half.met)
    assert (26_000, 10_000, True) == (beyond.ratio_bp, beyond.attainment_bp, beyond.met)


def test_default_weights_are_shared_within_a_kind_and_normalised() -> None:
    """domain-rules 15: 50, 30, 10; marked as default."""
    behaviours = ("progress", "cost", "outcome", "satisfaction")
    promised = [target(f"K{n}", behaviour=kind) for n, kind in enumerate(behaviours)]
    found = folded([targets(*promised)]).assessment().attainment.indicators

    assert [2_778, 2_778, 3_333, 1_111] == [figure.weight_bp for figure in found]
    assert all(figure.weight_is_default for figure in found)


def test_missing_weights_beside_given_ones_are_shares_of_their_kind() -> None:
    """Each its share of 50, 30, 10 as it stands."""
    found = (
        folded(
            [
                targets(
                    target("A", weight_bp=2_000),
                    target("B", behaviour="quality"),
                    target("C", behaviour="satisfaction"),
                )
            ]
        )
        .assessment()
        .attainment.indicators
    )

    assert [(2_000, False), (2_500, True), (1_000, True)] == [
        (figure.weight_bp, figure.weight_is_default) for figure in found
    ]


def test_the_roll_up_counts_judged_indicators_with_their_weights() -> None:
    """Weights are renormalised over what is judged; exact, rounded once."""
    made = folded(
        [
            targets(
                target("A", weight_bp=6_000),
                target("B", weight_bp=3_000),
                target("C", weight_bp=1_000, accumulation="once"),
            ),
            progress("100", indicator="A"),
            progress("50", indicator="B"),
            progress("1", indicator="C"),
        ]
    ).assessment()

    assert (2, 8_333) == (made.attainment.judged, made.attainment.attainment_rate_bp)


def test_money_is_compared_with_quantity_timeliness_and_quality_alone() -> None:
    """domain-rules 15: cost, outcome and satisfaction never enter earned value."""
    due: dict[str, Any] = {"accumulation": "once", "due": ["2026-06-30"]}
    kinds = ("progress", "quality", "timeliness", "cost", "outcome", "satisfaction")
    values = ("80", "100", "60", "0", "0", "0")
    made = folded(
        [
            targets(*(target(kind, behaviour=kind, **due) for kind in kinds)),
            *(progress(v, indicator=k) for k, v in zip(kinds, values, strict=True)),
        ]
    ).assessment()

    assert 8_000 == made.attainment.effect_rate_bp


def test_nothing_judged_has_no_rate() -> None:
    """No targets, no reports: their own answers."""
    none = folded([jurisdiction()]).assessment()
    unreported = folded([targets()]).assessment()

    for made in (none, unreported):
        assert (0, None, None, None) == (
            made.attainment.judged,
            made.attainment.attainment_rate_bp,
            made.attainment.effect_rate_bp,
            made.attainment.light,
        )
