"""Questions that come while one is under way are one question.

Lanes of a round ask the same collections at nearly the same time, and each question costs client
and server more than what it finds. The first is asked at once; those that come meanwhile are asked
together once it is answered. So no answer is older than its question.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

KEYS_MAX: Final = 4_000
"""Most keys of questions that are joined; one that has more by itself is asked by itself."""


class Joined(Generic[K, V]):
    """Asks about keys."""

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        """`ask` gives what it finds of keys; what it does not find it leaves out."""
        self._ask = ask
        self._turn = asyncio.Lock()
        self._next: _Question[K, V] | None = None

    async def of(self, keys: Iterable[K]) -> dict[K, V]:
        """Give what is found of these keys; every asker is told an error of the question."""
        wanted = dict.fromkeys(keys)
        if not wanted:
            return {}
        question = self._next
        if question is None or len(question.keys) + len(wanted) > KEYS_MAX:
            question = self._next = _Question()
            question.answer = asyncio.create_task(self._answer(question), name="joined-question")
            question.answer.add_done_callback(_seen)
        question.keys |= wanted
        # The others want it all the same.
        found = await asyncio.shield(question.answer)
        return {key: found[key] for key in wanted if key in found}

    async def _answer(self, question: "_Question[K, V]") -> Mapping[K, V]:
        async with self._turn:
            if self._next is question:
                self._next = None
            return await self._ask(list(question.keys))


class _Question(Generic[K, V]):
    """A question that is not asked yet, and then its answer."""

    answer: "asyncio.Task[Mapping[K, V]]"

    def __init__(self) -> None:
        self.keys: dict[K, None] = {}


def _seen(answer: "asyncio.Task[Mapping[K, V]]") -> None:
    """Note an error even where everybody who asked is gone."""
    if not answer.cancelled():
        answer.exception()
