"""Liveness by loops: who beats, who has ended, and who may not come back."""

from unittest import mock

from services.chassis import clock, metrics
from services.chassis.health import Health
from tests.support.eventually import eventually_async

LOOP = "analysis.v1:ledger-0"
NAMES = ("progress_age", "limit")


def at(seconds: float) -> "mock._patch[mock.Mock]":
    """Let it be so late."""
    return mock.patch.object(clock, "monotonic", return_value=seconds)


def test_a_loop_that_gets_on_within_its_turn_is_alive() -> None:
    """A long day sweep is one call, and no stuck one."""
    health = Health()
    with at(0):
        health.beat(LOOP, 20)
    with at(19):
        health.renew(LOOP)
    with at(38):
        assert {LOOP: "ok"} == health.liveness()


def test_what_a_loop_says_after_its_end_does_not_count() -> None:
    """A sweep in hand speaks once more when its partition is another's: nobody beats for it."""
    health = Health()
    with at(0):
        health.beat(LOOP, 20)
        health.rest(LOOP)
        health.renew(LOOP)
    with at(330):
        assert {} == health.liveness()


def shown(name: str, label: str, value: str) -> float | None:
    """What the metrics say."""
    return metrics.REGISTRY.get_sample_value(name, {label: value})


def test_metrics_tell_of_loops_that_are_there() -> None:
    """Each with its age and its limit; one that has ended is told of no more."""
    health = Health()
    with at(0):
        health.beat(LOOP, 20)
    with at(30):
        health.liveness()

    told = [shown(f"dualwatch_loop_{what}_seconds", "loop", LOOP) for what in NAMES]
    health.rest(LOOP)
    after = [shown(f"dualwatch_loop_{what}_seconds", "loop", LOOP) for what in NAMES]

    assert [30, 20] == told
    assert [None, None] == after


async def test_metrics_tell_what_a_process_lacks() -> None:
    """Whoever reads nothing but metrics has it looked at, and does not wait."""
    health, state = Health(), "away"

    async def check() -> str | None:
        return state or None

    health.check("a-store", check)
    health.look()
    await eventually_async(lambda: shown("dualwatch_ready", "check", "a-store") == 0)
    state = ""
    health.look()
    await eventually_async(lambda: shown("dualwatch_ready", "check", "a-store") == 1)
