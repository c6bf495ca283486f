"""Liveness by progress, readiness by dependency; a health page that names each."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from services.chassis import clock, metrics

LOOP_LIMIT_SECONDS: Final = 60.0
"""A loop that has not come round for this long is dead."""
CHECK_SECONDS: Final = 2.0
"""A dependency that takes longer to answer counts as away."""

Check = Callable[[], Awaitable[str | None]]
"""Gives None when all is well, else what is wrong in plain words."""


@dataclass
class Health:
    """What `/livez` and `/readyz` tell of one process."""

    _beats: dict[str, tuple[float, float]] = field(default_factory=dict)
    _checks: dict[str, Check] = field(default_factory=dict)
    _dead: dict[str, str] = field(default_factory=dict)
    _died: asyncio.Event = field(default_factory=asyncio.Event)
    _looking: "asyncio.Task[dict[str, str]] | None" = None

    def beat(self, loop: str, limit_seconds: float = LOOP_LIMIT_SECONDS) -> None:
        """Say that a loop came round; if it does not again within the limit, we are not live."""
        self._beats[loop] = (clock.monotonic(), limit_seconds)

    def renew(self, loop: str) -> None:
        """Say within a loop's long turn that it gets on; one that has ended stays ended.

        What is in hand when a partition goes to another process may speak once more after that.
        """
        if loop in self._beats:
            self.beat(loop, self._beats[loop][1])

    def rest(self, loop: str) -> None:
        """Say that a loop has ended on purpose."""
        self._beats.pop(loop, None)
        metrics.LOOP_AGE.remove(loop)
        metrics.LOOP_LIMIT.remove(loop)

    def dead(self, what: str, why: str) -> None:
        """Say that something has ended that should not have; only a restart helps."""
        self._dead[what] = why
        self._died.set()

    def is_dead(self) -> bool:
        """Whether something has ended that only a restart brings back."""
        return self._died.is_set()

    async def death(self) -> None:
        """Return when something has ended that only a restart brings back."""
        await self._died.wait()

    def check(self, name: str, check: Check) -> None:
        """Add a dependency to readiness."""
        self._checks[name] = check

    def liveness(self) -> dict[str, str]:
        """Return each loop as `ok` or what is wrong with it."""
        present = clock.monotonic()
        found = dict(self._dead)
        for loop, (beat, limit) in self._beats.items():
            age = present - beat
            metrics.LOOP_AGE.labels(loop).set(age)
            metrics.LOOP_LIMIT.labels(loop).set(limit)
            found[loop] = "ok" if age <= limit else f"no progress for {age:.0f} s"
        return found

    async def readiness(self) -> dict[str, str]:
        """Return each dependency as `ok` or what is wrong with it."""
        answers = await asyncio.gather(*(_answer(check) for check in self._checks.values()))
        found = dict(zip(self._checks, answers, strict=True))
        for check, state in found.items():
            metrics.READY.labels(check).set(state == "ok")
        return found

    def look(self) -> None:
        """Have the readiness metric renewed soon; who reads metrics does not wait for it."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self.readiness(), name="readiness")


async def _answer(check: Check) -> str:
    try:
        # Not wait_for: before Python 3.12 it may swallow a cancellation.
        async with asyncio.timeout(CHECK_SECONDS):
            return await check() or "ok"
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"
