"""Files are made off the loop, few at a time: a large form holds nobody else up."""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from contracts.vocabulary import FormLayout
from services.chassis import clock, metrics
from services.reporting.outputs.rendering import Content, FileFormat, Made, rendered

AT_ONCE_MAX: Final = 2
"""Files that are made at a time; others wait."""

FILES = metrics.counter(
    "dualwatch_reporting_files_total", "Files of papers made, by format.", ("format",)
)
SECONDS = metrics.histogram(
    "dualwatch_reporting_file_seconds",
    "Seconds until a file of a paper was made, its wait for room included, by format.",
    ("format",),
    metrics.WORK_BUCKETS,
)

P = ParamSpec("P")
T = TypeVar("T")


class Renderer:
    """Makes files in threads."""

    def __init__(self, at_once: int = AT_ONCE_MAX) -> None:
        """`at_once` threads are used at most."""
        self._room = asyncio.Semaphore(at_once)

    async def render(
        self, content: Content, wanted: FileFormat, layout: FormLayout | None = None
    ) -> Made:
        """Make the file of a form or a report."""
        began = clock.monotonic()
        made = await self.run(rendered, content, wanted, layout)
        SECONDS.labels(wanted.value).observe(clock.monotonic() - began)
        FILES.labels(wanted.value).inc()
        return made

    async def run(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Do something that takes long, in a thread, when there is room."""
        async with self._room:
            return await asyncio.to_thread(work, *args, **named)
