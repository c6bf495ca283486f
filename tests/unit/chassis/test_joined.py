"""Questions that come while one is under way are one question."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from services.chassis import joined
from services.chassis.joined import Joined
from tests.support.eventually import eventually_async


class Store:
    """Answers once it may; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may = asyncio.Event()
        self.failure: Exception | None = None

    async def ask(self, keys: Sequence[int]) -> Mapping[int, str]:
        """Know of even numbers."""
        self.asked.append(sorted(keys))
        await self.may.wait()
        if self.failure is not None:
            raise self.failure
        return {key: str(key) for key in keys if key % 2 == 0}


async def test_what_comes_during_a_question_is_asked_together_after_it() -> None:
    """Never with it: its answer may be older than they are."""
    store = Store()
    questions = Joined(store.ask)
    first = asyncio.create_task(questions.of([1, 2]))
    await eventually_async(lambda: store.asked)
    later = [asyncio.create_task(questions.of(keys)) for keys in ([2, 4], [3], [4, 6])]
    await asyncio.sleep(0)
    store.may.set()

    assert await first == {2: "2"}
    assert await asyncio.gather(*later) == [{2: "2", 4: "4"}, {}, {4: "4", 6: "6"}]
    assert store.asked == [[1, 2], [2, 3, 4, 6]]


async def test_nothing_is_no_question() -> None:
    """The store would have to answer it."""
    store = Store()

    assert await Joined(store.ask).of([]) == {}
    assert store.asked == []


async def test_no_question_becomes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there are two; one that is too long by itself is asked as it is."""
    monkeypatch.setattr(joined, "KEYS_MAX", 4)
    store = Store()
    store.may.set()
    questions = Joined(store.ask)
    await asyncio.gather(*(questions.of(keys) for keys in ([1, 2, 3], [4, 5], [6, 7, 8, 9, 10])))

    assert store.asked == [[1, 2, 3], [4, 5], [6, 7, 8, 9, 10]]


async def test_an_error_is_told_to_everybody_who_asked_and_to_nobody_else() -> None:
    """The next question is asked anew."""
    store = Store()
    store.may.set()
    store.failure = ConnectionError("gone")
    questions = Joined(store.ask)
    found = await asyncio.gather(questions.of([2]), questions.of([4]), return_exceptions=True)
    store.failure = None

    assert [type(error) for error in found] == [ConnectionError, ConnectionError]
    assert await questions.of([2]) == {2: "2"}


async def test_who_is_cancelled_takes_the_answer_from_nobody() -> None:
    """The others asked the same question."""
    store = Store()
    questions = Joined(store.ask)
    gone, stays = (asyncio.create_task(questions.of([key])) for key in (2, 4))
    await eventually_async(lambda: store.asked)
    gone.cancel()
    await asyncio.wait([gone])
    store.may.set()

    assert gone.cancelled()
    assert await stays == {4: "4"}
