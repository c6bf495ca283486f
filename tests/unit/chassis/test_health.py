"""Liveness by loops: who beats, who has ended, and who may not come back."""

from unittest import mock

from services.chassis import clock
from services.chassis.health import Health

LOOP = "analysis.v1:ledger-0"


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
