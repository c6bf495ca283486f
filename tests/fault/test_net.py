"""The net: a seed's load and faults on the full topology; nothing is lost, doubled or wrong."""

from pathlib import Path
from typing import Final

import pytest

from tests.fault.net.run import Order, run
from tests.fault.net.schedule import Kind, schedule

SHORT: Final = Order(seed=756, events=2_500, faults=5, days=12)
LONG: Final = [Order(seed, events=20_000, faults=20, days=60) for seed in (11, 12, 13)]
EFFECTIVE_SHARE: Final = 0.8


def test_one_seed_under_faults(tmp_path: Path) -> None:
    """Real processes, three brokers, three members, two of each service: about two minutes."""
    _holds(SHORT, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("order", LONG, ids=lambda order: f"seed-{order.seed}")
def test_more_seeds_under_more_faults(order: Order, tmp_path: Path) -> None:
    """Every kind of fault comes round at least once."""
    _holds(order, tmp_path)


def test_a_seed_always_stands_for_the_same_schedule() -> None:
    """So a run that fails can be done again; another seed does other things."""
    faults = len(Kind) + 3

    assert schedule(7, faults) == schedule(7, faults)
    assert schedule(7, faults) != schedule(8, faults)
    assert {fault.kind for fault in schedule(7, faults)} == set(Kind)


def _holds(order: Order, folder: Path) -> None:
    outcome = run(order, folder, lambda _: None)

    assert outcome.differences == 0, "\n".join(outcome.lines())
    assert outcome.effective.total() >= EFFECTIVE_SHARE * order.faults
    assert outcome.findings.counts["events"] >= EFFECTIVE_SHARE * order.events
