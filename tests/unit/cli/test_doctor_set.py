"""What the doctor says of a replica set."""

import datetime as dt
import time
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest

from services.cli.findings import State
from services.cli.store import examining
from services.cli.store.client import WINDOW, Client

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


def last_backup(note: dict[str, Any] | None) -> list[tuple[State, str]]:
    """Look at what is noted of backups; the server keeps a moment for 300 s."""
    notes = SimpleNamespace(find_one=lambda _: note)
    admin = SimpleNamespace(command=lambda _: {WINDOW: 300})
    databases = {"dualwatch_intake": {"operations": notes}}
    client = type("Server", (dict,), {"admin": admin})(databases)
    return [(each.state, each.words) for each in examining.backups(cast("Client", client))]


@pytest.mark.parametrize(
    ("hours", "seconds", "state", "words"),
    [
        (1, 20, State.OK, "its moment took 20 s, the server keeps one for 5 min"),
        (1, 200, State.WARNING, "its moment took 3 min"),
        (40, 20, State.WARNING, "40 h old"),
    ],
)
def test_a_backup_that_is_old_or_hardly_fits_is_told(
    hours: int, seconds: int, state: State, words: str
) -> None:
    """Before it fails for good, which it would do when it is needed most."""
    made = dt.datetime.fromtimestamp(time.time() - 3_600 * hours, dt.UTC)
    (found,) = last_backup({"made": made, "snapshot_seconds": seconds})

    assert state == found[0]
    assert words in found[1]


def test_no_backup_is_told() -> None:
    """Nobody may have thought of it."""
    assert [(State.WARNING, "none was ever noted")] == last_backup(None)


@pytest.mark.parametrize(("members", "state"), [(1, State.OK), (3, State.WARNING)])
def test_a_short_oplog_is_told_where_somebody_follows_it(members: int, state: State) -> None:
    """A single member's is full for good within hours, and limits nobody."""
    ends = {"earliestOptime": SimpleNamespace(time=100), "latestOptime": SimpleNamespace(time=700)}
    answers = {
        "serverStatus": {"oplog": ends},
        "replSetGetStatus": {"members": [{}] * members},
        "collStats": {"size": 95, "maxSize": 100},
    }
    server = SimpleNamespace(command=lambda name, *_, **__: answers[name])
    client = type("Server", (dict,), {"admin": server})({"local": server})
    (found,) = examining.oplog(cast("Client", client))

    assert state == found.state
