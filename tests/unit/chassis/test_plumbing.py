"""Clock, logs, metrics, whole starts and stops, cuts, chunks of the outbox."""

import asyncio
import json
import logging

import pytest
import structlog

from contracts.record import Mark
from services.chassis import clock, metrics, outbox
from services.chassis.cuts import wait_until_reached
from services.chassis.log import VALUE_LENGTH_MAX, configure, get_logger
from services.chassis.outbox import Marked
from services.chassis.problems import ProblemError
from services.chassis.settings_observing import LogSettings
from services.chassis.whole import started, stopped, whole


def test_pauses_double_within_bounds() -> None:
    """Between half and all of it."""
    for attempt, most in ((1, 0.1), (2, 0.2), (4, 0.8), (5, 1.0), (10_000, 1.0)):
        for _ in range(50):
            assert most / 2 <= clock.backoff(attempt, 0.1, 1.0) <= most


def test_time_and_ids() -> None:
    """UTC; 16 bytes."""
    assert clock.now().utcoffset() is not None
    assert abs(clock.now().timestamp() * 1_000 - clock.now_ms()) < 1_000
    assert len({clock.new_id() for _ in range(10)}) == 10
    assert len(clock.new_id()) == 16


def test_logs_are_json_with_what_is_bound(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours and those of libraries; long values are cut."""
    root = logging.getLogger()  # noqa: TID251 - the test puts back what it changes
    before, level = list(root.handlers), root.level
    try:
        configure("own", LogSettings(format="json"))
        with structlog.contextvars.bound_contextvars(correlation_id="c1"):
            get_logger("ours").warning("it_happened", project_count=3, long="x" * 100_000)
        logging.getLogger("theirs").warning("it %s", "happened")  # noqa: TID251 - a library's
        ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    finally:
        root.handlers, root.level = before, level
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()

    assert (ours["event"], ours["project_count"], ours["level"]) == ("it_happened", 3, "warning")
    assert (ours["service"], ours["correlation_id"], ours["logger"]) == ("own", "c1", "ours")
    assert len(ours["long"]) <= VALUE_LENGTH_MAX + 3
    assert (theirs["event"], theirs["service"]) == ("it happened", "own")


def test_the_catalogue_is_complete_and_names_nobody() -> None:
    """Each metric once, with a sentence."""
    names = [declared.name for declared in metrics.CATALOGUE]
    collected = {family.name for family in metrics.REGISTRY.collect()}

    assert len(names) == len(set(names))
    assert collected == {name.removesuffix("_total") for name in names}
    for declared in metrics.CATALOGUE:
        assert declared.name.startswith(("dualwatch_", "process_", "python_gc_"))
        assert declared.says.endswith(".")


class Client:
    """Something that is started and stopped."""

    def __init__(self, *, fails: bool = False, hangs: bool = False) -> None:
        self.fails, self.hangs = fails, hangs
        self.opened = asyncio.Event()
        self.stops = 0

    async def start(self) -> None:
        """Do as told."""
        self.opened.set()
        if self.hangs:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        if self.fails:
            message = "no"
            raise ConnectionError(message)

    async def stop(self) -> None:
        """Count."""
        self.stops += 1


async def test_a_start_that_fails_is_stopped() -> None:
    """Then the failure is raised; what starts well is left running."""
    well, ill = Client(), Client(fails=True)
    await started(well.start(), well.stop)
    with pytest.raises(ConnectionError):
        await started(ill.start(), ill.stop)

    assert (well.stops, ill.stops) == (0, 1)


async def test_a_start_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """TimeoutError after the limit."""
    monkeypatch.setattr("services.chassis.whole.SETTLE_SECONDS", 0.01)
    client = Client(hangs=True)
    with pytest.raises(TimeoutError, match="not started"):
        await started(client.start(), client.stop, 0.01)

    assert client.stops == 1


async def test_a_cancelled_start_is_finished_and_stopped() -> None:
    """Even when it is cancelled again while it is put in order."""
    client = Client()
    task = asyncio.create_task(started(client.start(), client.stop))
    await client.opened.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert client.stops == 1


async def test_what_is_whole_runs_to_its_end() -> None:
    """The cancellation comes afterwards; results and errors come through."""
    done = []

    async def work() -> str:
        await asyncio.sleep(0)
        done.append(1)
        return "done"

    async def fail() -> None:
        raise KeyError

    task = asyncio.create_task(whole(work()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [1]
    assert await whole(work()) == "done"
    with pytest.raises(KeyError):
        await whole(fail())


async def test_a_stop_is_bounded() -> None:
    """False when it failed or was given up."""
    client = Client(fails=True, hangs=True)

    assert await stopped(client.stop())
    assert not await stopped(client.start(), 0.01)
    client.hangs = False
    assert not await stopped(client.start())


class FakeProgress:
    """Positions that grow with every look."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.looks = 0

    async def positions(self, partitions: int) -> list[int]:
        """Give as many as were looked at."""
        self.looks += 1
        return [self.looks] * partitions


async def test_a_cut_is_waited_for() -> None:
    """Until it is reached."""
    progress = FakeProgress(2)

    assert await wait_until_reached(progress, None, 0) == "1-1"  # type: ignore[arg-type]
    assert await wait_until_reached(progress, "3-1", 5) == "3-3"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("partitions", "cut", "code"),
    [(2, "900-1", "not_reached"), (0, "1-1", "not_reached"), (2, "1", "invalid_cut")],
)
async def test_a_cut_that_is_not_reached(partitions: int, cut: str, code: str) -> None:
    """A problem; so is what is no cut of this deployment."""
    with pytest.raises(ProblemError) as told:
        await wait_until_reached(FakeProgress(partitions), cut, 0.01)  # type: ignore[arg-type]

    assert told.value.problem.code == code


def test_outbox_chunks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """By bytes and by count; nothing is lost between them."""
    monkeypatch.setattr(outbox, "CHUNK_BYTES_MAX", 1_000)
    monkeypatch.setattr(outbox, "CHUNK_RECORDS_MAX", 4)
    records = [
        Marked(b"k", b"x" * n, Mark(n, 0, 0, n, "t")) for n in (10, 900, 5, 5, 5, 5, 5, 2000)
    ]

    chunks = list(outbox._chunks(records))

    assert [len(chunk) for chunk in chunks] == [1, 1, 4, 1, 1]
    assert [record for chunk in chunks for record in chunk] == records
    assert outbox._chunks([]) == []
