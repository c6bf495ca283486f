"""Degree of completion, weights and the roll-up: domain-rules 15."""

from typing import Any

from tests.spec.engines import folded
from tests.support.builders import jurisdiction, progress, target, targets
from tests.unit.analysis.indicators import (
    indicator,
)


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
