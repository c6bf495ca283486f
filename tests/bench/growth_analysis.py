"""Analysis alone at one size: fold, days, answers, memory, and a rebuild beside it.

The topic `ledger` is filled as intake's owners would, for the door is not the subject here.
"""

import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import psutil

from contracts.record import format_cut
from contracts.topics import TOPICS, partition_of
from deploy.local.stack import Stack
from services.chassis.publisher import ensure_topics
from services.chassis.settings import KafkaSettings
from tests.bench.builder import built
from tests.bench.contender import Run, Track
from tests.bench.events import JURISDICTION, SETUP_FACTS, YEAR, load
from tests.bench.growth_figures import (
    JURISDICTION_PROJECTS,
    MICROSECONDS,
    MILLISECONDS,
    Figures,
    Size,
    jurisdiction,
    shares,
)
from tests.bench.growth_folding import UNIT, emptied, fold, in_turns, tell
from tests.bench.growth_world import World, started
from tests.bench.lab import PARTITIONS, Lab, OutRecord
from tests.bench.latency import percentile
from tests.bench.reading import Ledger
from tests.bench.spent import cpu
from tests.bench.stages import limit, product
from tests.support import builders
from tests.support.eventually import eventually_async
from tests.support.stack import free_ports_from

PARTS: Final = ("fold", "sweep", "answers", "rebuild")
TURNS: Final = "in turns"
DAYS: Final = ("2026-06-29", "2026-06-30")
RESULTS: Final = 2
"""Facts of each project beside its registration, budget and payments: targets and a result."""
LEAST: Final = SETUP_FACTS + RESULTS
PART_SECONDS: Final = 420.0
WAIT_SECONDS: Final = 60
ROUNDS: Final = 30
STRIDE: Final = 7919
BATCH_RECORDS: Final = 10_000
"""Most entries of a batch: so that both sizes' backlogs are several of them. A backlog that is one
batch touches each project once, which flatters the small size."""
NUMBER: Final = slice(-13, -4)
"""Where a project's number stands in its name."""
TYPE: Final = (b'"type":"', b'"')


async def measure(
    size: Size, instances: int, parts: Sequence[str], *, turns: bool = False
) -> Figures:
    """Measure the parts that are asked for in a store of their own."""
    figures = Figures(size, instances, TURNS if turns else "")
    if size.entries < LEAST * size.projects:
        figures.fail("all", f"each project has {LEAST} facts at least")
        return figures
    with figures.part("stack"):
        async with _world(figures) as world:
            await _run(world, parts)
    return figures


@contextlib.asynccontextmanager
async def _world(figures: Figures) -> AsyncIterator[World]:
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-growth-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
    ):
        kafka = KafkaSettings(bootstrap_servers=stack.endpoints().kafka)
        await ensure_topics(kafka, {topic.name: {} for topic in TOPICS}, PARTITIONS)
        async with Lab.on(stack) as lab, Track.on(lab, Path(folder)) as track:
            ledger = Ledger()
            await lab.fill("ledger", records(ledger, figures.size, turns=figures.order == TURNS))
            first = product(stack, "analysis", "analysis.v1", "ledger")
            batches = {"DUALWATCH_ANALYSIS__BATCH_RECORDS": str(BATCH_RECORDS)}
            first = replace(first, environ={**first.environ, **batches})
            contenders = [first]
            for number in range(2, figures.instances + 1):
                port = {"DUALWATCH_ANALYSIS__PORT": str(free_ports_from())}
                environ = {**first.environ, **port}
                contenders.append(replace(first, name=f"product {number}", environ=environ))
            bound = ("--records-max", str(BATCH_RECORDS))
            hand = limit(stack, "projection", "ledger", [0] * PARTITIONS, *bound)
            yield World(stack, lab, track, ledger, figures, contenders, hand)


def records(ledger: Ledger, size: Size, *, turns: bool = False) -> Iterator[OutRecord]:
    """Give the ledger: jurisdictions everywhere, projects, budgets, payments, results.

    One jurisdiction's facts come after another's; with `turns` those of all projects in turns.
    """
    projects = [size.projects] if turns else shares(size.projects)
    for number in range(len(shares(size.projects))):
        yield from ledger.everywhere(builders.jurisdiction(jurisdiction(number)))
    first, left = 0, size.entries
    for place, count in enumerate(projects):
        # What does not divide comes with the last.
        mine = left if place == len(projects) - 1 else size.entries * count // size.projects
        yield from _of(ledger, range(first, first + count), mine)
        first, left = first + count, left - mine


def _of(ledger: Ledger, numbers: range, entries: int) -> Iterator[OutRecord]:
    """Give so many entries of these projects in turns: first what the bench's load says of them."""
    for fact in load(entries - RESULTS * len(numbers), len(numbers)):
        kind = fact.value.split(TYPE[0], 1)[1].split(TYPE[1], 1)[0].decode()
        name = name_of(numbers[int(fact.subject[NUMBER])])
        said = b'"subject":"%s"'
        value = fact.value.replace(said % fact.subject.encode(), said % name.encode(), 1)
        yield ledger.record(name, kind, value, partition_of(name, PARTITIONS))
    for number in numbers:
        yield ledger.of_project(builders.targets(subject=name_of(number)))
        yield ledger.of_project(builders.progress(str(number % 100), subject=name_of(number)))


def name_of(number: int) -> str:
    """Name a project as the load does, but in the jurisdiction that it is of here."""
    code = jurisdiction(number // JURISDICTION_PROJECTS)
    return f"{code}/{JURISDICTION}26T{number:09d}X003"


async def _run(world: World, parts: Sequence[str]) -> None:
    runs: list[Run] = []
    with world.figures.part("fold"):
        await in_turns(world, runs)
    await emptied(world, world.contenders[0])
    async with started(world, world.contenders) as processes:
        watched = [psutil.Process(process.pid) for process in processes]
        with world.figures.part("fold"):
            runs.append(await fold(world, world.contenders[0], processes))
        tell(world.figures, runs)
        ends = world.stack.endpoints()
        headers = {"Authorization": f"Bearer {ends.key}"}
        async with httpx.AsyncClient(
            base_url=ends.analysis, headers=headers, timeout=PART_SECONDS, trust_env=False
        ) as http:
            if "sweep" in parts:
                with world.figures.part("sweep"):
                    await _days(world, http, watched)
            if "answers" in parts:
                with world.figures.part("answers"):
                    await _answers(world, http)
            for number, process in enumerate(watched, 1):
                name = "analysis" if number == 1 else f"analysis {number}"
                world.figures.add("memory", name, process.memory_info().rss / 2**20, "MB")
            if "rebuild" in parts:
                with world.figures.part("rebuild"):
                    await _rebuild(world)


async def _days(world: World, http: httpx.AsyncClient, watched: Sequence[psutil.Process]) -> None:
    """Open two days; at each every project is assessed anew."""
    projects = world.figures.size.projects
    for name, day in zip(("first day", "next day"), DAYS, strict=True):
        opened = [
            record
            for number in range(len(shares(projects)))
            for record in world.ledger.everywhere(builders.day_opened(day, jurisdiction(number)))
        ]
        before, began = cpu(world.stack, watched), time.perf_counter()
        await world.lab.fill("ledger", opened)
        await _passed(http, world.ledger)
        seconds, spent = time.perf_counter() - began, cpu(world.stack, watched).since(before)
        unit, sloped = "ms a project", day == DAYS[-1]
        add = world.figures.add
        add("sweep", name, MILLISECONDS * seconds / projects, unit, projects, sloped=sloped)
        for whose, used in (("CPU", spent.own), ("mongod's CPU", spent.mongod)):
            each = MILLISECONDS * used / projects
            add("sweep", f"{name}, {whose}", each, unit, projects, sloped=sloped)


async def _passed(http: httpx.AsyncClient, ledger: Ledger) -> None:
    cut = format_cut(ledger.positions)

    async def reached() -> bool:
        answer = await http.get("/v1/position", params={"at_least": cut, "wait": WAIT_SECONDS})
        return answer.status_code == httpx.codes.OK

    await eventually_async(reached, PART_SECONDS, "everything assessed")


async def _answers(world: World, http: httpx.AsyncClient) -> None:
    """Ask for the overview of all and for one project, in turns."""
    of = {"jurisdiction": JURISDICTION, "fiscal_year": str(YEAR)}
    took: dict[str, list[float]] = {}
    for number in range(ROUNDS + 1):
        name = name_of(number * STRIDE % world.figures.size.projects)
        paths = {"overview": "/v1/overview", "project": f"/v1/projects/{name.replace('/', '%2F')}"}
        for what, path in paths.items():
            began = time.perf_counter()
            answer = await http.get(path, params=of if what == "overview" else {})
            seconds = time.perf_counter() - began
            assert answer.status_code == httpx.codes.OK, answer.text[:200]
            # What is kept in memory is made for the first.
            if number:
                took.setdefault(what, []).append(MILLISECONDS * seconds)
    for what, found in took.items():
        world.figures.add("answers", f"{what}, p50", percentile(found, 50), "ms", len(found))


async def _rebuild(world: World) -> None:
    """Let a process make the projection anew beside the live one, and compare both."""
    goal = sum(world.ledger.positions)
    found = await built(world.track, world.contenders[0], goal, PART_SECONDS)
    add = world.figures.add
    add("rebuild", "", MICROSECONDS * found.seconds / goal, UNIT, goal)
    add("rebuild", "CPU", MICROSECONDS * found.spent.own / goal, UNIT, goal)
    add("rebuild", "mongod's CPU", MICROSECONDS * found.spent.mongod / goal, UNIT, goal)
