"""Batches of virements and distributions: their sides, sums and days; how they are shown."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Flow, PrincipalKind, Role
from services.chassis import problems
from services.chassis.identity import Principal, deployment
from services.intake.api import batches as api
from services.intake.domain.batches import (
    DAYS_MAX,
    PUBLISHERS_MAX,
    Batch,
    BatchKind,
    BatchName,
    BatchState,
    Side,
    sides_of,
    state_of,
)
from services.intake.domain.chain import Entry
from services.intake.domain.decision import COPY_MARK
from services.intake.store.batch_documents import (
    batch_document,
    batch_of,
    side_document,
    side_of,
)
from services.intake.store.batches import Batches, Kept, KindCount, Wanted
from tests.support.hostile import event, wire
from tests.unit.intake.builders import day

PROJECT: Final = "J1/P1"
NAME: Final = BatchName("J1", 2026, BatchKind.VIREMENT, "TJ-1")
LARGEST_FEN: Final = 99_999_999_999_999_999


def adjusted(kind: str = "virement", **changes: Any) -> bytes:
    """Write a side that goes out, or what the arguments make of it."""
    data = {
        "date": "2026-05-06",
        "fiscal_year": 2026,
        "line": "L1",
        "adjustment_kind": kind,
        "direction": "out",
        "batch_number": "TJ-1",
        "amount": "12.50",
    }
    given_ = {name: value for name, value in {**data, **changes}.items() if value is not None}
    return wire(event(subject=PROJECT, thing="budget.adjusted", data=given_))


def entry(sequence: int, raw: bytes, kind: str = "dualwatch.budget.adjusted.v1") -> Entry:
    """Make an entry of the ledger."""
    return (sequence, 10 + sequence, 1_772_409_600_000, kind, "finance", raw, b"h")


def side(
    amount: int,
    direction: Flow = Flow.OUT,
    opened: str | None = "2026-05-06",
    sequence: int = 1,
    publisher: str = "finance",
) -> Side:
    """Make a side of the batch."""
    return Side(NAME, PROJECT, sequence, publisher, "L1", direction, amount, "2026-05-06", opened)


def batch(*sides: Side) -> Batch:
    """Take sides in, in order."""
    found = Batch(NAME)
    for one in sides:
        found = found.taken(one)
    return found


def test_two_sided_adjustments_are_sides_of_their_batch() -> None:
    """With who stated them, where and how much; other kinds have no other side."""
    entries = [
        (entry(1, adjusted()), PROJECT),
        (entry(2, adjusted(direction="in", amount="0.01", batch_number="TJ-2")), PROJECT),
        (entry(3, adjusted("distributed", fiscal_year=2027)), "J2/P9"),
        (entry(4, adjusted("supplement", direction=None)), PROJECT),
        (entry(5, adjusted("cut", direction=None, batch_number=None)), PROJECT),
        (entry(6, wire(event()), "dualwatch.expenditure.recorded.v1"), PROJECT),
        (entry(7, b"\xff"), PROJECT),
        (entry(8, adjusted(amount="much")), PROJECT),
    ]
    found, opened = sides_of(entries)

    assert {} == opened
    assert [
        Side(NAME, PROJECT, 1, "finance", "L1", Flow.OUT, 1250, "2026-05-06", None),
        ("TJ-2", 2, Flow.IN, 1),
        BatchName("J2", 2027, BatchKind.DISTRIBUTED, "TJ-1"),
    ] == [
        found[0],
        (found[1].batch.number, found[1].sequence, found[1].direction, found[1].amount),
        found[2].batch,
    ]
    assert 3 == len(found)


def test_a_side_is_of_the_last_day_opened_before_it_in_its_partition() -> None:
    """Whether the jurisdiction is at home there or its facts are copies."""
    opening = "dualwatch.day.opened.v1"
    entries = [
        (entry(1, adjusted()), PROJECT),
        (entry(1, day("2026-05-06", "J1"), opening), f"J1{COPY_MARK}2"),
        (entry(2, adjusted()), PROJECT),
        (entry(2, day("2026-05-07", "J1"), opening), "J1"),
        (entry(3, adjusted()), PROJECT),
        (entry(1, adjusted()), "J2/P1"),
    ]
    found, opened = sides_of(entries)

    assert [None, "2026-05-06", "2026-05-07", None] == [one.day for one in found]
    assert {"J1": "2026-05-07"} == opened


def test_what_makes_sides_one_batch_is_all_of_its_name() -> None:
    """Jurisdiction, fiscal year, kind, number: another of them is another batch."""
    others = [
        BatchName("J2", 2026, BatchKind.VIREMENT, "TJ-1"),
        BatchName("J1", 2027, BatchKind.VIREMENT, "TJ-1"),
        BatchName("J1", 2026, BatchKind.DISTRIBUTED, "TJ-1"),
        BatchName("J1", 2026, BatchKind.VIREMENT, "TJ-2"),
    ]

    assert 5 == len({NAME.id, *(one.id for one in others)})
    assert NAME.id == BatchName("J1", 2026, BatchKind.VIREMENT, "TJ-1").id


def test_sums_are_exact_beyond_what_a_database_counts() -> None:
    """As largest amounts come together; kept and read again they are the same."""
    found = batch(*(side(LARGEST_FEN, sequence=n) for n in range(1, 201)), side(1, Flow.IN))

    assert (1, 200 * LARGEST_FEN, 201) == (found.amount_in, found.amount_out, found.sides)
    assert found == batch_of(batch_document(found, NAME.id))
    assert side(LARGEST_FEN) == side_of(side_document(side(LARGEST_FEN), NAME.id), NAME)
    assert side(1, opened=None) == side_of(side_document(side(1, opened=None), NAME.id), NAME)


def test_a_batch_is_out_of_balance_since_it_left_it_last() -> None:
    """Days between which it balanced do not count; a part of the other side changes nothing."""
    out = side(100, opened="2026-05-06")
    part = side(40, Flow.IN, "2026-05-07")
    rest = side(60, Flow.IN, "2026-05-08")
    again = side(5, Flow.OUT, "2026-05-09")

    assert None is batch().since
    assert "2026-05-06" == batch(out).since
    assert "2026-05-06" == batch(out, part).since
    assert None is batch(out, part, rest).since
    assert "2026-05-09" == batch(out, part, rest, again).since
    assert "" == batch(side(1, opened=None)).since


def test_a_side_is_taken_back_by_one_of_the_other_direction() -> None:
    """The same number, the other direction: the way a wrong amount is undone."""
    wrong, back = side(100), side(100, Flow.IN, "2026-05-07")

    assert None is batch(wrong, back).since


SIDES: Final = st.lists(
    st.builds(
        side,
        st.sampled_from([0, 1, 2, 3]),
        st.sampled_from(Flow),
        st.sampled_from([None, "2026-05-06", "2026-05-07", "2026-05-08"]),
        publisher=st.sampled_from(["a", "b"]),
    ),
    max_size=6,
)


@given(SIDES, st.data())
def test_the_order_in_which_sides_are_read_does_not_matter(
    sides: list[Side], data: st.DataObject
) -> None:
    """Partitions are read one after the other, whatever came first."""
    other = data.draw(st.permutations(sides))
    found = batch(*sides)

    assert found == batch(*other)
    assert (found.since is None) == (found.amount_in == found.amount_out)


def test_days_and_publishers_of_one_batch_are_bounded() -> None:
    """The oldest days become one; sums stay."""
    moved = [
        side(1, opened=f"{2000 + n // 12}-{n % 12 + 1:02d}-01", publisher=f"p{n:04d}")
        for n in range(DAYS_MAX + 5)
    ]
    found = batch(*moved)

    assert (DAYS_MAX, PUBLISHERS_MAX) == (len(found.days), len(found.publishers))
    assert DAYS_MAX + 5 == found.amount_out
    assert ("2000-01-01", "2000-01-01") == (found.since, found.days[0][0])


@pytest.mark.parametrize(
    ("since", "settled", "expected"),
    [
        (None, "2026-05-07", BatchState.BALANCED),
        ("2026-05-06", None, BatchState.SETTLING),
        ("2026-05-06", "2026-05-06", BatchState.SETTLING),
        ("2026-05-06", "2026-05-07", BatchState.UNBALANCED),
        ("2026-05-06", "2026-05-05", BatchState.SETTLING),
        ("", None, BatchState.SETTLING),
        ("", "2026-05-06", BatchState.UNBALANCED),
    ],
)
def test_a_batch_is_work_once_the_next_day_is_opened(
    since: str | None, settled: str | None, expected: BatchState
) -> None:
    """In every partition: what could still balance it has been read then (domain-rules 17b)."""
    assert expected == state_of(since, settled)


class Known(Batches):
    """A store that knows one batch, and what it was asked."""

    def __init__(self) -> None:
        """Nothing is connected."""
        self.asked: list[Any] = []
        self.kept = Kept(batch(side(100), side(40, Flow.IN)), BatchState.UNBALANCED)

    async def behind(self) -> int:
        """Say that some of the ledger is not counted."""
        return 3

    async def settled(self, jurisdiction: str) -> str | None:
        """Name a day."""
        return "2026-05-07" if jurisdiction == "J1" else None

    async def page(
        self,
        scope: Mapping[str, Any],
        wanted: Wanted,
        after: tuple[str, str] | None,
        limit: int,
    ) -> Sequence[Kept]:
        """Find the one."""
        self.asked.append((dict(scope), wanted, after, limit))
        return [self.kept]

    async def counts(self, scope: Mapping[str, Any], wanted: Wanted) -> Sequence[KindCount]:
        """Count it."""
        self.asked.append((dict(scope), wanted))
        return [KindCount(BatchKind.VIREMENT, 1)]

    async def one(self, batch_id: str, scope: Mapping[str, Any]) -> Kept | None:
        """Find it by its id, for whom it is meant."""
        theirs = scope.get("w", ["finance"]) == ["finance"]
        return self.kept if batch_id == NAME.id and theirs else None

    async def sides(
        self, batch: BatchName, after: tuple[str, int] | None, limit: int
    ) -> Sequence[Side]:
        """Give its sides."""
        self.asked.append((batch, after, limit))
        return [side(100, sequence=4)]


async def ask(batches: Batches, asking: Principal, path: str = "", **query: Any) -> httpx.Response:
    """Ask a route as somebody."""
    app = FastAPI()
    problems.install(app)
    app.include_router(api.router(batches))

    @app.middleware("http")
    async def known(request: Any, go_on: Any) -> Any:
        request.state.principal = asking
        return await go_on(request)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        return await client.get(f"/v1/adjustment-batches{path}", params=query)


async def test_a_list_shows_sums_and_goes_on_behind_its_last() -> None:
    """To the fen; the next page begins behind day and id."""
    store = Known()
    query: dict[str, Any] = {
        "jurisdiction": "J1",
        "fiscal_year": 2026,
        "kind": "virement",
        "limit": 1,
    }
    first = (await ask(store, deployment(), **query)).json()
    [item] = first["items"]
    more = await ask(store, deployment(), **query, state="settling", after=first["next"])

    assert ("0.40", "1.00", "-0.60", "2026-05-06", 2) == (
        item["amount_in"],
        item["amount_out"],
        item["difference"],
        item["since"],
        item["sides"],
    )
    assert ("unbalanced", "TJ-1", ["finance"]) == (
        item["state"],
        item["batch_number"],
        item["publishers"],
    )
    assert ("2026-05-07", 3) == (first["settled"], first["behind"])
    wanted = Wanted("J1", 2026, BatchKind.VIREMENT)
    assert 200 == more.status_code
    assert [
        ({}, wanted, None, 1),
        ({}, wanted._replace(state=BatchState.SETTLING), ("2026-05-06", NAME.id), 1),
    ] == store.asked


async def test_the_sides_of_a_batch_are_listed() -> None:
    """By project and sequence; a token that is none of ours is refused."""
    store = Known()
    path = f"/{NAME.id}/sides"
    first = (await ask(store, deployment(), path, limit=1)).json()
    await ask(store, deployment(), path, after=first["next"])

    assert [
        {
            "project": PROJECT,
            "sequence": 4,
            "direction": "out",
            "amount": "1.00",
            "line": "L1",
            "date": "2026-05-06",
            "opened": "2026-05-06",
            "publisher": "finance",
        }
    ] == first["items"]
    assert [(NAME, None, 1), (NAME, (PROJECT, 4), api.PAGE_DEFAULT)] == store.asked
    assert 422 == (await ask(store, deployment(), path, after="4")).status_code
    assert 404 == (await ask(store, deployment(), f"/{'0' * 32}/sides")).status_code


@pytest.mark.parametrize(
    "query", [{}, {"jurisdiction": "J1", "state": "balanced"}, {"jurisdiction": "J1", "after": "x"}]
)
async def test_a_list_says_what_it_takes(query: dict[str, str]) -> None:
    """A jurisdiction, states that a list can be of, and its own tokens."""
    assert 422 == (await ask(Known(), deployment(), **query)).status_code


def somebody(name: str, *roles: Role, **bounds: Any) -> Principal:
    """Make a principal."""
    return Principal(name, PrincipalKind.SERVICE, frozenset(roles), **bounds)


ELSEWHERE: Final = somebody("else", Role.DATA_DESK, jurisdictions=frozenset({"J2"}))
PUBLISHER: Final = somebody("finance", Role.PUBLISHER, jurisdictions=frozenset({"J1"}))
OTHER: Final = somebody("other", Role.PUBLISHER, jurisdictions=frozenset({"J1"}))
NARROW: Final = somebody(
    "finance", Role.DATA_DESK, jurisdictions=frozenset({"J1"}), organisations=("D1",)
)


async def test_another_jurisdiction_is_answered_like_one_there_is_not() -> None:
    """Nothing is looked for there."""
    store = Known()
    listed = (await ask(store, ELSEWHERE, jurisdiction="J1")).json()
    counted = (await ask(store, ELSEWHERE, "/counts", jurisdiction="J1")).json()

    assert ([], [], 0, []) == (listed["items"], counted["items"], counted["total"], store.asked)
    assert 404 == (await ask(store, ELSEWHERE, f"/{NAME.id}")).status_code


async def test_a_publisher_sees_batches_that_are_wholly_its_own() -> None:
    """So does who is bound to organisations: a batch goes across them."""
    store = Known()
    await ask(store, PUBLISHER, "/counts", jurisdiction="J1")
    await ask(store, NARROW, "/counts", jurisdiction="J1")
    [publisher, narrow] = [scope for scope, _ in store.asked]

    assert {"w": ["finance"]} == publisher == narrow
    assert 200 == (await ask(store, PUBLISHER, f"/{NAME.id}")).status_code
    unseen = await ask(store, OTHER, f"/{NAME.id}")
    assert (404, "unknown_batch") == (unseen.status_code, unseen.json()["code"])
