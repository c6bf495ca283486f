"""第八条(一): 绩效目标完成情况: 预期产出、预期效果、服务对象满意度的完成程度."""

from typing import Any

from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import jurisdiction, progress, target, targets, targets_adjusted

title = "Targets: outputs, outcomes and satisfaction, each judged in its own way"

KINDS = rows("""
    | id | behaviour    | direction | target | actual | light  | done  |
    |----|--------------|-----------|--------|--------|--------|-------|
    | 1  | progress     | at_least  | 100    | 59     | red    | 5900  |
    | 2  | progress     | at_least  | 100    | 60     | yellow | 6000  |
    | 3  | progress     | at_least  | 100    | 80     | green  | 8000  |
    | 4  | progress     | at_least  | 100    | 120    | blue   | 10000 |
    | 5  | quality      | at_least  | 98     | 97.5   | red    | 9949  |
    | 6  | quality      | at_least  | 98     | 98     | green  | 10000 |
    | 7  | timeliness   | at_most   | 30     | 30     | green  | 10000 |
    | 8  | timeliness   | at_most   | 30     | 36     | red    | 8000  |
    | 9  | cost         | at_most   | 500    | 499.99 | green  | 10000 |
    | 10 | cost         | equal     | 0      | 0      | green  | 10000 |
    | 11 | outcome      | at_least  | 2.5    | 2      | green  | 8000  |
    | 12 | outcome      | at_most   | 0      | 1      | red    | 0     |
    | 13 | satisfaction | at_least  | 90     | 72     | green  | 8000  |
    | 14 | satisfaction | at_least  | 90     | 53.99  | red    | 5999  |
""")


def test_quantitative_results_are_compared_with_their_targets(engine: Engine) -> None:
    """目标比较法: at the year's end, everything is due."""
    due = {"accumulation": "point_in_time", "due": ["2026-12-31"]}
    promised = [
        target(
            row["id"],
            row["target"],
            behaviour=row["behaviour"],
            direction=row["direction"],
            **due,
        )
        for row in KINDS
    ]
    engine.given(jurisdiction(), targets(*promised))
    for row in KINDS:
        engine.given(progress(row["actual"], indicator=row["id"], date="2026-12-31"))
    figures = {
        figure.indicator: figure
        for figure in engine.assessment(as_of="2026-12-31").attainment.indicators
    }

    assert [(row["id"], row["light"], int(row["done"])) for row in KINDS] == [
        (row["id"], figures[row["id"]].light, figures[row["id"]].attainment_bp) for row in KINDS
    ]


def test_qualitative_results_are_graded_by_people(engine: Engine) -> None:
    """达成目标 / 部分达成目标并具有一定效果 / 未达成目标且效果较差."""
    grades = {"A": "met", "B": "partly_met", "C": "not_met"}
    promised = [
        target(name, None, value_kind="text", target_text="有效改善", due=["2026-06-30"])
        for name in (*grades, "D")
    ]
    engine.given(
        jurisdiction(),
        targets(*promised),
        *(progress(None, indicator=name, grade=grade) for name, grade in grades.items()),
        progress(None, indicator="D"),
    )
    told = [
        (figure.indicator, figure.state, figure.light, figure.target_text)
        for figure in engine.assessment().attainment.indicators
    ]

    assert [
        ("A", "judged", "green", "有效改善"),
        ("B", "judged", "yellow", "有效改善"),
        ("C", "judged", "red", "有效改善"),
        ("D", "not_judgeable", None, "有效改善"),
    ] == told


EXPECTED = rows("""
    | as of      | cumulative | stages | at its date | per quarter |
    |------------|------------|--------|-------------|-------------|
    | 2026-01-31 | 8.333333   | -      | -           | -           |
    | 2026-03-31 | 25         | 10     | -           | 100         |
    | 2026-06-30 | 50         | 10     | -           | 100         |
    | 2026-07-15 | 50         | 10     | -           | 100         |
    | 2026-09-30 | 75         | 60     | 100         | 100         |
    | 2026-12-31 | 100        | 100    | 100         | 100         |
""")


def test_what_is_expected_at_a_date_follows_from_the_kind_of_promise(engine: Engine) -> None:
    """By months, by stages, in full from the due date, anew in every period."""
    promises: dict[str, dict[str, Any]] = {
        "cumulative": {},
        "stages": {
            "stages": [
                {"due": "2026-03-31", "value": "10"},
                {"due": "2026-09-30", "value": "60"},
            ]
        },
        "at its date": {"accumulation": "once", "due": ["2026-09-30"]},
        "per quarter": {
            "accumulation": "per_period",
            "due": ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"],
        },
    }
    engine.given(
        jurisdiction(), targets(*(target(name, **fields) for name, fields in promises.items()))
    )
    told = []
    for row in EXPECTED:
        made = engine.assessment(as_of=row["as of"])
        cells = {f.indicator: f.expected or "-" for f in made.attainment.indicators}
        told.append({"as of": row["as of"]} | {name: cells[name] for name in promises})

    assert EXPECTED == told


STATES = rows("""
    | as of      | reported on | state        |
    |------------|-------------|--------------|
    | 2026-06-29 | -           | not_yet_due  |
    | 2026-06-30 | -           | not_reported |
    | 2026-07-03 | 2026-07-03  | judged       |
""")


def test_not_yet_due_not_reported_and_judged_are_told_apart(engine: Engine) -> None:
    """尚未到期 / 未报: grey and out of the roll-up, never a red light."""
    engine.given(
        jurisdiction(),
        targets(target(accumulation="once", due=["2026-06-30"])),
        progress("100", date="2026-07-03"),
    )
    told = []
    for row in STATES:
        made = engine.assessment(as_of=row["as of"])
        (figure,) = made.attainment.indicators
        told.append(
            {
                "as of": row["as of"],
                "reported on": str(figure.reported_on or "-"),
                "state": str(figure.state),
            }
        )
        assert (figure.state == "judged") == (made.attainment.attainment_rate_bp is not None)

    assert STATES == told


def test_the_degree_of_completion_is_rolled_up_by_weight(engine: Engine) -> None:
    """Capped at 100 % each; what cannot be judged takes no part, its weight is shared out."""
    engine.given(
        jurisdiction(),
        targets(
            target("A", weight_bp=5_000),
            target("B", weight_bp=3_000),
            target("C", weight_bp=2_000, accumulation="once"),
        ),
        progress("140", indicator="A"),
        progress("20", indicator="B"),
    )
    attainment = engine.assessment().attainment

    assert (2, 7_000) == (attainment.judged, attainment.attainment_rate_bp)


def test_without_given_weights_outputs_outcomes_and_satisfaction_weigh_50_30_10(
    engine: Engine,
) -> None:
    """Shared equally within a kind, normalised, marked as default."""
    engine.given(
        jurisdiction(),
        targets(
            target("A"),
            target("B", behaviour="quality"),
            target("C", behaviour="outcome"),
            target("D", behaviour="satisfaction"),
        ),
    )
    indicators = engine.assessment().attainment.indicators

    assert [2_778, 2_778, 3_333, 1_111] == [figure.weight_bp for figure in indicators]
    assert all(figure.weight_is_default for figure in indicators)


def test_adjusted_targets_replace_the_approved_ones_from_their_date(engine: Engine) -> None:
    """第十四条(一): and earlier dates still show what was promised then."""
    engine.given(
        jurisdiction(),
        targets(target("A", "100"), target("B", "10")),
        targets_adjusted(target("A", "60"), withdrawn=["B"], date="2026-05-20"),
    )

    def promised(as_of: str) -> list[tuple[str, str | None]]:
        indicators = engine.assessment(as_of=as_of).attainment.indicators
        return [(figure.indicator, figure.target) for figure in indicators]

    assert [("A", "100"), ("B", "10")] == promised("2026-05-19")
    assert [("A", "60")] == promised("2026-05-20")
