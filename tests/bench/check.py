"""Kill the limit while it works: were its state not exact, its speed would mean nothing."""

from collections.abc import Sequence
from random import Random  # noqa: TID251 - seeded
from typing import Final

from tests.bench import check_ledger, check_projection
from tests.bench.contender import Track
from tests.bench.events import load
from tests.bench.lab import Lab
from tests.bench.trial import Trial

EVENTS: Final = 30_000
PROJECTS: Final = 500
KILLS: Final = 8
"""While the facts come for the first time."""
KILLS_AGAIN: Final = 3
"""While they come again and nothing is published."""
SEED: Final = 20261129


async def check(lab: Lab, track: Track, stages: Sequence[str]) -> None:
    """Check stage by stage; AssertionError says what is not exact."""
    for stage in stages:
        trial = await (_ledger if stage == "ledger" else _projection)(lab, track)
        told = f", which left {trial.unpublished} records to publish" if trial.unpublished else ""
        print(f"{stage}: exact after {trial.kills} kills{told}; a stopped owner gave way")


async def _ledger(lab: Lab, track: Track) -> Trial:
    cases = check_ledger.cases(list(load(EVENTS, PROJECTS)))
    first = check_ledger.sent(cases)
    again = check_ledger.sent_again(cases)
    await lab.renew("submissions", "ledger")
    await lab.fill("submissions", check_ledger.records(first))
    trial = Trial(lab, track, "ledger", "submissions")
    await lab.empty(trial.contender.database)
    await _disturb(trial, 0, len(first))
    assert trial.unpublished, "no kill found anything unpublished: what follows one was not tried"
    await lab.fill("submissions", check_ledger.records(again))
    await trial.kill_at(_moments(len(first), len(first) + len(again), KILLS_AGAIN))
    await trial.finish()
    await check_ledger.verify(lab, cases, first, again)
    return trial


async def _projection(lab: Lab, track: Track) -> Trial:
    facts = check_projection.with_returns(load(EVENTS, PROJECTS))
    records = list(check_projection.republished(facts))
    await lab.renew("ledger")
    await lab.fill("ledger", records)
    trial = Trial(lab, track, "projection", "ledger")
    await lab.empty(trial.contender.database)
    await _disturb(trial, 0, len(records))
    await trial.finish()
    await check_projection.verify(lab, facts)
    reached = await trial.positions()
    await lab.fill("ledger", [check_projection.beyond(facts, reached)])
    await trial.fail()
    assert reached == await trial.positions(), "it went on over a gap"
    return trial


async def _disturb(trial: Trial, start: int, end: int) -> None:
    """Kill it half of the times, hand over to a second one, kill it the other half."""
    middle = (start + end) // 2
    further = middle + (end - middle) // 4
    await trial.kill_at(_moments(start, middle, KILLS // 2))
    await trial.supersede_at(middle, further)
    await trial.kill_at(_moments(further, end, KILLS - KILLS // 2))


def _moments(start: int, end: int, kills: int) -> list[int]:
    # The counts are drawn once for all; what is in hand when they are reached differs each time.
    return sorted(Random(SEED + start).sample(range(start + 1, end), kills))
