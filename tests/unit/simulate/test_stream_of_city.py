"""The stream as a whole: repeatable, continued, admitted, bounded."""

import itertools
import json
import tracemalloc
from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codec import INTAKE_TYPES, decode
from contracts.vocabulary import Clock, fen_to_wire
from services.cli.city.wire import OpenDay
from services.intake.domain.admission import Admitted, admit
from services.intake.domain.decision import Before, Known
from services.intake.domain.ledger import decide
from services.intake.domain.submissions import Origin, admitted
from tests.unit.simulate.cities import city, days, events, facts, fen, lines, of, opened, plan

STATED = {
    "jurisdiction.registered",
    "fiscal_year.closed",
    "organisation.registered",
    "project.registered",
    "budget.approved",
    "budget.adjusted",
    "carryover.registered",
    "spending_plan.approved",
    "commitment.recorded",
    "payment.requested",
    "expenditure.recorded",
    "expenditure.reversed",
    "funds.disbursed",
    "targets.approved",
    "targets.adjusted",
    "target_progress.reported",
    "project.amended",
    "milestone.reported",
    "check.recorded",
    "problem.registered",
    "problem.resolved",
    "asset.acquired",
    "implementation_plan.changed",
}
"""What a city's systems state by themselves; people and Dualwatch state the rest."""

SEEDS = st.integers(min_value=0, max_value=999_999)


@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_the_same_seed_draws_the_same_bytes_and_another_seed_others(seed: int) -> None:
    """Whatever is drawn comes from the seed."""
    what = plan(seed, projects=4, until="2025-05-31")
    first = list(lines(what))

    assert first == list(lines(what))
    assert first != list(lines(plan(seed + 1, projects=4, until="2025-05-31")))


def test_a_longer_run_continues_a_shorter_one() -> None:
    """So a city can be carried on: what is sent again is all duplicates."""
    short = list(lines(plan(until="2025-09-17")))
    longer = lines(plan(until="2026-02-10"))

    assert short == list(itertools.islice(longer, len(short)))
    assert next(longer).startswith(b'{"open_day"')


def test_every_kind_of_fact_is_stated_and_every_fact_is_admitted() -> None:
    """Intake has nothing against any of them, and they read back as what they are."""
    verdicts = [admit(raw) for raw in facts()]
    refused = [verdict for verdict in verdicts if not isinstance(verdict, Admitted)]
    decoded = {decode(raw).type.rpartition(".")[0] for raw in facts()[::7]}

    assert [] == refused
    kinds = {event["type"] for event in events()}
    assert kinds == {f"dualwatch.{kind}.v1" for kind in STATED}
    assert kinds < INTAKE_TYPES
    assert decoded <= {kind.rpartition(".")[0] for kind in kinds}


def test_the_ledger_takes_every_fact() -> None:
    """No id twice, no document twice, no other currency, nothing before its jurisdiction."""
    origin = Origin("city", "http", None, 0, 0, 0)
    before = Before(0, 0, {}, {}, {}, 0)
    decision = decide((admitted(raw, origin) for raw in facts()), before, Known(), 0)

    assert {"accepted": len(facts())} == decision.counts


def test_it_says_that_it_is_synthetic_and_waits_for_its_days() -> None:
    """In every source and in every name that people read; nobody's scheduler opens its days."""
    (jurisdiction,) = of("jurisdiction.registered")
    named = [*of("organisation.registered"), *of("project.registered"), jurisdiction]

    assert Clock.MANUAL == jurisdiction["clock"]
    assert all(":synthetic:" in event["source"] for event in events())
    assert all("模拟" in data["name"] for data in named)


def test_each_day_is_opened_once_before_its_facts_and_after_those_of_the_day_before() -> None:
    """From the first day to the last, without a gap; nothing is stated before its day."""
    dates = [day.date.isoformat() for day in city()]

    assert dates == opened(city())
    for day in city()[1:]:
        assert isinstance(day.lines[0], OpenDay)
        stated = {json.loads(raw)["time"][:10] for raw in day.lines[1:] if isinstance(raw, bytes)}
        assert stated <= {day.date.isoformat()}


def test_a_city_that_begins_in_mid_year_has_the_year_so_far_as_history() -> None:
    """Its facts come before the first day is opened."""
    drawn = tuple(days(plan(start="2025-06-01", until="2025-06-03")))
    whole = list(lines(plan(until="2025-06-03")))

    assert ["2025-06-01", "2025-06-02", "2025-06-03"] == opened(drawn)
    kept = [line for day in drawn for line in day.lines if isinstance(line, bytes)]
    assert kept == [line for line in whole if not line.startswith(b'{"open_day"')]


@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_both_sides_of_a_batch_balance_on_one_day(seed: int) -> None:
    """What one line gives the others get (domain-rules 2)."""
    sums: defaultdict[str, int] = defaultdict(int)
    dates: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines(plan(seed, projects=60)):
        if b"budget.adjusted" not in line:
            continue
        data = json.loads(line)["data"]
        if data["adjustment_kind"] in {"virement", "distributed"}:
            sign = 1 if data["direction"] == "in" else -1
            sums[data["batch_number"]] += sign * fen(data["amount"])
            dates[data["batch_number"]].add(data["date"])

    assert sums
    assert {0} == set(sums.values())
    assert {1} == {len(found) for found in dates.values()}


def test_memory_does_not_grow_with_the_years() -> None:
    """Nothing is kept of days that are over."""
    peaks = Counter[int]()
    tracemalloc.start()
    try:
        for day in days(plan(projects=25, until="2029-12-31")):
            # How amounts are written is remembered within a bound of its own: not a day's matter.
            fen_to_wire.cache_clear()
            peaks[day.date.year] = max(peaks[day.date.year], tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()

    assert peaks[2029] < 1.3 * peaks[2026]


def test_a_city_that_begins_late_has_a_model_of_past_years() -> None:
    """Simulated, as it says; a city that lives through those years has to find its own."""
    late = [json.loads(line) for line in lines(plan(5, 4, "2026-01-01", "2026-01-02"))]
    (model,) = [one["data"] for one in late if one.get("type", "").endswith("model.published.v1")]

    assert (True, [2023, 2024, 2025]) == (model["simulated"], model["years"])
    assert not [one for one in events() if "forecast_model" in one["type"]]
