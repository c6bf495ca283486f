"""A webhook's line step by step, with a store and a receiver that keep what they are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from contracts.vocabulary import PrincipalKind, Role
from services.alerts.delivery import lines, webhook_line
from services.alerts.delivery.lines import World
from services.alerts.delivery.tail import Tail
from services.alerts.delivery.webhook_line import WebhookLine
from services.alerts.delivery.webhooks import Sender
from services.alerts.domain.delivery import Attempt, LogKind, Outcome
from services.alerts.domain.subscriptions import (
    Entry,
    Reason,
    Sealed,
    Standing,
    State,
    Subscription,
    Wanted,
)
from services.alerts.store.deliveries import DeliveryStore, Logged, Move, Request
from services.alerts.store.sealing import Seal
from services.chassis.identity import Principal
from services.chassis.mongo import SupersededError
from tests.unit.alerts.test_subscriptions import entry, subscription

SEAL = Seal("a key of sufficient length")
OWNER = Principal(
    "bureau", PrincipalKind.STAFF, frozenset({Role.PERFORMANCE_DIVISION}), frozenset({"340700"})
)
PUBLISHER = Principal(
    "bureau", PrincipalKind.PUBLISHER, frozenset({Role.PUBLISHER}), frozenset({"340700"})
)
ELSEWHERE = Principal(
    "bureau", PrincipalKind.STAFF, frozenset({Role.PERFORMANCE_DIVISION}), frozenset({"999"})
)


@dataclass
class Books:
    """The store: a feed, and what was recorded."""

    feed: list[Entry] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    logged: list[Logged] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    superseded: bool = False
    present: Subscription | None = None

    async def entries(self, _jurisdiction: str, after: int, limit: int) -> list[Entry]:
        """Give what follows on a cursor."""
        return [one for one in self.feed if one.cursor > after][:limit]

    async def named(self, wanted: Sequence[tuple[str, int]]) -> list[Entry]:
        """Give entries by cursor."""
        return [one for one in self.feed if (one.jurisdiction, one.cursor) in wanted]

    async def subscription(self, _name: str) -> Subscription | None:
        """Give the subscription as it is now."""
        return self.present

    async def prune(self, _name: str) -> None:
        """Forget nothing."""

    async def record(self, _epoch: int, **told: Any) -> None:
        """Keep what is told, unless the lease is lost."""
        if self.superseded:
            raise SupersededError
        self.moves += told.get("moves", ())
        self.logged += told.get("logged", ())
        if told.get("answered"):
            self.answered.append(told["answered"])


@dataclass
class Post:
    """The receiver: statuses to answer, and the ids it was sent."""

    statuses: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    signatures: list[int] = field(default_factory=list)
    """How many each had."""

    async def send(self, _url: str, headers: Mapping[str, str], _body: bytes) -> Attempt:
        """Answer once."""
        self.ids.append(headers["webhook-id"])
        self.signatures.append(len(headers["webhook-signature"].split()))
        status = self.statuses.pop(0) if self.statuses else 200
        outcome = Outcome.GONE if status == 410 else Outcome.FAILED
        return Attempt(Outcome.DELIVERED if status == 200 else outcome, 1, 1, status)


@dataclass
class Scene:
    """A line and what is around it."""

    books: Books = field(default_factory=Books)
    post: Post = field(default_factory=Post)
    principals: dict[str, Principal] = field(default_factory=lambda: {"bureau": OWNER})
    known: bool = True

    def line(self, *requests: Request, **changes: Any) -> WebhookLine:
        """Make the line of one subscription."""
        name = "ab" * 16
        fields = {
            "wanted": Wanted(),
            "secrets": (Sealed(SEAL.close(b"s" * 32, name)),),
            "standing": Standing(cursor=0, turn=1),
            **changes,
        }
        store = cast("DeliveryStore", self.books)
        world = World(store, Tail(store), self.principals.get, lambda: self.known)
        made = WebhookLine(name, 3, 7, world, sender=cast("Sender", self.post), seal=SEAL)
        made.set([subscription(**fields)], requests)
        return made


def cursors(scene: Scene) -> list[int]:
    """Give what was sent, by cursor."""
    return [int(name.rpartition("_")[2]) for name in scene.post.ids]


async def run_dry(line: WebhookLine) -> float | None:
    """Step until there is nothing to do at once."""
    for _ in range(100):
        pause = await line.step()
        if pause != 0.0:
            return pause
    raise AssertionError(line)


@pytest.mark.moves("dualwatch_alerts_deliveries_total", "dualwatch_alerts_delivery_seconds")
async def test_entries_go_out_one_after_the_other() -> None:
    """Each is recorded before the next one is sent."""
    scene = Scene(Books([entry(cursor=n) for n in (1, 2, 3)]))
    pause = await run_dry(scene.line())

    assert ([1, 2, 3], None) == (cursors(scene), pause)
    assert [1, 2, 3] == [move.cursor for move in scene.books.moves]
    assert {LogKind.EVENT} == {line.kind for line in scene.books.logged}


async def test_a_failure_waits_and_nothing_overtakes_it() -> None:
    """The pause is the schedule's; the cursor stays."""
    scene = Scene(Books([entry(cursor=n) for n in (1, 2)]), Post([500]))
    pause = await run_dry(scene.line())

    assert pause is not None
    assert 4 < pause <= 6
    assert ([1], 0, 1) == (
        cursors(scene),
        scene.books.moves[0].cursor,
        scene.books.moves[0].attempt,
    )


@pytest.mark.moves("dualwatch_alerts_subscriptions_stopped_total")
@pytest.mark.parametrize(
    ("standing", "status", "reason"),
    [
        (Standing(turn=1), 410, Reason.GONE),
        (Standing(turn=1, attempt=9, failing_since_ms=5), 500, Reason.EXHAUSTED),
    ],
)
async def test_what_is_given_up_is_disabled_and_said(
    standing: Standing, status: int, reason: Reason
) -> None:
    """With a notice in the log; nothing is sent any more."""
    scene = Scene(Books([entry(cursor=1)]), Post([status]))
    line = scene.line(standing=standing)

    assert await run_dry(line) is None
    assert await run_dry(line) is None
    (move,) = scene.books.moves
    assert (State.DISABLED, reason, 0) == (move.state, move.reason, move.cursor)
    assert [LogKind.EVENT, LogKind.NOTICE] == [one.kind for one in scene.books.logged]
    assert [1] == cursors(scene)


async def test_nothing_is_sent_while_nobody_knows_who_may_see_it() -> None:
    """The principals are not read yet, or not any more."""
    scene = Scene(Books([entry(cursor=1)]), known=False)

    assert lines.UNKNOWN_SECONDS == await scene.line().step()
    assert [] == scene.post.ids


@pytest.mark.parametrize(
    ("principals", "secrets", "reason"),
    [
        ({}, None, Reason.REVOKED),
        ({"bureau": PUBLISHER}, None, Reason.REVOKED),
        ({"bureau": ELSEWHERE}, None, Reason.REVOKED),
        ({"bureau": OWNER}, (Sealed(b"x" * 60),), Reason.SECRET),
    ],
)
async def test_who_may_not_have_it_any_more_is_paused(
    principals: dict[str, Any], secrets: tuple[Sealed, ...] | None, reason: Reason
) -> None:
    """Revoked, or without a secret that can be opened."""
    scene = Scene(Books([entry(cursor=1)]), principals=principals)
    line = scene.line(**({} if secrets is None else {"secrets": secrets}))

    assert await run_dry(line) is None
    (move,) = scene.books.moves
    assert (State.PAUSED, reason, 0) == (move.state, move.reason, move.cursor)
    assert [] == scene.post.ids
    assert reason == line.members[line.name].reason


async def test_a_former_secret_that_cannot_be_opened_stops_nothing() -> None:
    """Its owner rotated because the deployment's key was changed: the new one signs alone."""
    scene = Scene(Books([entry(cursor=1)]))
    name = "ab" * 16
    present = Sealed(SEAL.close(b"s" * 32, name))
    former = (Sealed(b"x" * 60, 2**60), Sealed(SEAL.close(b"t" * 32, name), 2**60))

    assert await run_dry(scene.line(secrets=(present, *former))) is None
    assert ([1], [2]) == (cursors(scene), scene.post.signatures)


async def test_what_is_not_wanted_is_passed_over_with_few_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One write for many; not seen: another jurisdiction's, another organisation's."""
    monkeypatch.setattr(webhook_line, "PASSED_MAX", 50)
    scene = Scene(Books([entry(cursor=n, muted=True) for n in range(1, 121)]))
    pause = await run_dry(scene.line())

    assert [] == scene.post.ids
    assert pause is None or pause > 0
    assert 1 <= len(scene.books.moves) <= 3


async def test_tests_and_repetitions_come_before_what_waits() -> None:
    """A repetition of what may not be seen any more is withheld."""
    scene = Scene(
        Books([entry(cursor=1), entry(cursor=2, project="999/P")]),
        Post([200, 200]),
    )
    name = "ab" * 16
    requests = [
        Request(f"{name}_t1", name, LogKind.TEST, ()),
        Request(f"{name}_1", name, LogKind.EVENT, (("340700", 1),)),
        Request(f"{name}_2", name, LogKind.EVENT, (("340700", 2),)),
    ]
    line = scene.line(*requests, standing=Standing(turn=1, attempt=1, next_ms=10**14))
    await run_dry(line)

    assert [f"{name}_t1", f"{name}_1"] == scene.post.ids
    assert [request.id for request in requests] == scene.books.answered
    assert ["delivered", "delivered", "withheld"] == [one.status for one in scene.books.logged]


async def test_a_lost_lease_ends_the_line() -> None:
    """Whoever holds it now has raised the epoch."""
    scene = Scene(Books([entry(cursor=1)], superseded=True))
    line = scene.line()
    scene.books.present = replace(line.members[line.name], standing=Standing(turn=1, epoch=8))
    await line.run()

    assert line.lost


async def test_what_its_owner_moved_is_taken_over() -> None:
    """A new turn begins where he says; a new name alone moves nothing."""
    scene = Scene(Books([entry(cursor=n) for n in (1, 2, 3)]))
    line = scene.line()
    await run_dry(line)
    one = line.members[line.name]
    line.set([replace(one, name="Other", standing=Standing(0, turn=1))], [])
    await run_dry(line)
    assert [1, 2, 3] == cursors(scene)
    line.set([replace(one, standing=Standing(2, turn=2))], [])
    await run_dry(line)

    assert [1, 2, 3, 3] == cursors(scene)
