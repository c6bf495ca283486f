"""The sizing guide: more load never needs less, and the smallest deployment survives a loss."""

import dataclasses
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import sizing
from deploy.sizing import Load, plan, table

loads = st.builds(
    Load,
    projects=st.integers(1, 10_000_000),
    events_per_second=st.floats(0.1, 50_000, allow_nan=False),
    years=st.integers(1, 30),
)


@given(loads, loads)
def test_more_never_needs_less(one: Load, two: Load) -> None:
    """Instances, partitions, cores, memory and disk rise with projects, rate and years."""
    less = Load(
        min(one.projects, two.projects),
        min(one.events_per_second, two.events_per_second),
        min(one.years, two.years),
    )
    found, more = plan(less), plan(one)

    assert found.partitions <= more.partitions
    assert all(found.instances[name] <= more.instances[name] for name in found.instances)
    for name in ("mongod_cores", "shards", "broker_cores", "memory_mb", "store_gb", "topics_gb"):
        assert getattr(found, name) <= getattr(more, name)


@given(loads)
def test_one_process_of_each_may_be_lost(load: Load) -> None:
    """And no service has too many processes for its partitions without a word about it."""
    found = plan(load)

    assert min(found.instances.values()) >= 2
    assert found.partitions in sizing.PARTITIONS
    assert bool(found.warnings) == (
        sizing.PARTITIONS_PER_INSTANCE * max(found.instances.values()) > found.partitions
        or found.shards > 1
    )


def test_a_city_is_what_the_coefficients_say() -> None:
    """Reckoned by hand: 10,000 projects, 50 events a second, ten years."""
    found = plan(Load(10_000, 50))
    stored = 2_000_000 * 10 * sum(sizing.STORED_BYTES_PER_EVENT.values())

    assert found.events_per_year == 2_000_000
    assert found.instances == dict.fromkeys(sizing.SERVICES, 2)
    assert found.store_gb == -(-stored // 10**9)
    assert found.mongod_cores == round(50 * sizing.CPU_MS_PER_EVENT["mongod"] / 500, 1)


def test_the_day_comes_on_top_of_the_peak() -> None:
    """It opens while events come, and a process is no fuller for it than half."""
    busy, day = Load(1, 5_000), Load(900_000, 0.1)
    both = plan(Load(900_000, 5_000)).instances

    assert (
        both["analysis"] >= plan(busy).instances["analysis"] + plan(day).instances["analysis"] - 2
    )
    assert both["intake"] == plan(busy).instances["intake"]


def test_the_command_prints_the_plan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON."""
    words = ["sizing", "--projects", "20000", "--events-per-second", "100"]
    monkeypatch.setattr(sys, "argv", words)
    sizing.main()

    shown = json.loads(capsys.readouterr().out)
    expected = dataclasses.asdict(plan(Load(20_000, 100)))
    assert shown == {**expected, "warnings": list(expected["warnings"])}


def test_the_table_has_a_line_for_each_load() -> None:
    """A head, a rule, and the loads."""
    assert len(table().splitlines()) == 2 + len(sizing.LOADS)
