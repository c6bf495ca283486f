"""What the doctor says of a replica set."""

import datetime as dt
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest

from services.cli.findings import State
from services.cli.store import examining
from services.cli.store.client import Client

NOW: Final = dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC)


def told(behind: dt.timedelta) -> list[tuple[State, str]]:
    """Look at a primary and a secondary that is this far behind."""
    members: list[dict[str, Any]] = [
        {"name": "mongo-1", "state": 1, "health": 1, "optimeDate": NOW},
        {"name": "mongo-2", "state": 2, "health": 1, "optimeDate": NOW - behind},
    ]
    admin = SimpleNamespace(command=lambda _: {"members": members})
    found = examining.replica_set(cast("Client", SimpleNamespace(admin=admin)))
    return [(each.state, each.words) for each in found]


@pytest.mark.parametrize("seconds", [0, 29, -1])
def test_members_that_follow_are_well(seconds: int) -> None:
    """One may even seem ahead, for it is told by heartbeats."""
    assert [State.OK] == [state for state, _ in told(dt.timedelta(seconds=seconds))]


@pytest.mark.parametrize(
    ("behind", "words"),
    [(dt.timedelta(seconds=30), "30 s"), (dt.timedelta(days=3, seconds=5), "3 d")],
)
def test_one_that_is_behind_is_named(behind: dt.timedelta, words: str) -> None:
    """Also by whole days."""
    assert (State.WARNING, f"it is {words} behind the primary") in told(behind)
