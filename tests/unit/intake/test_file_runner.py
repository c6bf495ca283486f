"""Taking in an uploaded file: what it brings about is found again by the file's id."""

import datetime as dt
from dataclasses import replace
from typing import Any, cast

from services.chassis.health import Health
from services.chassis.tracing import context_here
from services.intake.api import file_runner
from services.intake.api.file_runner import FileRunner
from services.intake.store.files import Files, State, UploadedFile
from tests.support.hostile import event, wire

FILE = UploadedFile(
    "0f" * 16,
    "city",
    "a.csv",
    "",
    1,
    "",
    "340100",
    State.RUNNING,
    dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
)


async def test_its_events_carry_the_files_id() -> None:
    """Through the ledger to the webhook, as the id of a request does; and none after it."""
    seen: list[tuple[tuple[str, bytes], ...]] = []

    class Once(FileRunner):
        """Takes one chunk."""

        async def _take_in(self, file: UploadedFile) -> UploadedFile | None:
            taken = file_runner._taken(file, 0, [wire(event())])
            seen.extend(one.origin.context for one in taken.submissions)
            return None

    await Once(cast("Files", None), cast("Any", None), Health()).turn(replace(FILE, chunks=1))

    assert [(("x-correlation-id", FILE.file_id.encode()),)] == seen
    assert () == context_here()
