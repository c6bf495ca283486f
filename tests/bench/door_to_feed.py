"""Payments at a steady rate from the door to the feed, and through the minimal chain beside it.

Each `alerting`-th payment spends more than its project's budget, so that alerts are raised, and is
timed at each stage: the door's answer, the topics `ledger`, `assessments` and `alerts`, and the
feed as server-sent events. Day sweeps are apart: the day is open before.
"""

import asyncio
import contextlib
import itertools
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts.topics import ALERTS, partition_of
from deploy.local.stack import Stack
from tests.bench.contender import Contender, Track
from tests.bench.events import jurisdiction_registered
from tests.bench.lab import PARTITIONS, Lab
from tests.support.eventually import NotEventuallyError, eventually_async
from tests.support.hostile import BATCH, event, wire

TICK_SECONDS: Final = 0.04
REQUEST_EVENTS: Final = 500
TRIES_MAX: Final = 100
AGAIN: Final = frozenset({httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS})
READY_SECONDS: Final = 240.0
LATE_SECONDS: Final = 60.0
"""Longest anything sent may still take at the end."""
JURISDICTION: Final = "610100"
TODAY: Final = "2026-06-30"
YEAR: Final = 2026
LINKS: Final = ("chain-1", "chain-2", "chain-3", "chain-4")
FEED: Final = "feed"
STAGES: Final = ("door", "ledger", "assessments", "alerts", FEED)
DATABASE: Final = "bench_chain"

Seen = dict[str, float]
"""When what belongs to a project was seen first, in seconds of one clock."""


@dataclass(frozen=True)
class Load:
    """What is sent."""

    rate: int
    """Payments a second."""
    seconds: int
    alerting: int
    """Each so many-th raises an alert."""
    projects: int
    """Projects of the other payments."""

    @property
    def events(self) -> int:
        """Count the payments."""
        return self.rate * self.seconds


@dataclass
class Times:
    """When each thing that is timed was sent, and seen at each stage."""

    sent: Seen = field(default_factory=dict)
    at: dict[str, Seen] = field(default_factory=dict)
    sending_seconds: float = 0.0
    """How long it took until the last was on its way."""

    def see(self, stage: str, name: str) -> None:
        """Remember when it was seen at a stage for the first time since it was sent."""
        if name in self.sent:
            self.at.setdefault(stage, {}).setdefault(name, time.perf_counter())

    def took(self, stage: str) -> list[float]:
        """Give the milliseconds from sending to a stage."""
        seen = self.at.get(stage, {})
        return [1_000 * (seen[name] - sent) for name, sent in self.sent.items() if name in seen]

    def in_order(self, stage: str) -> list[float]:
        """Give the milliseconds to a stage in the order of sending."""
        seen = self.at.get(stage, {})
        order = sorted((sent, name) for name, sent in self.sent.items() if name in seen)
        return [1_000 * (seen[name] - sent) for sent, name in order]

    def through(self, stage: str) -> bool:
        """Whether everything that was sent was seen at a stage."""
        return 0 < len(self.sent) == len(self.at.get(stage, {}))


async def chain(lab: Lab, track: Track, load: Load) -> Times:
    """Send through the minimal chain."""
    await lab.renew(*LINKS)
    await lab.empty(DATABASE)
    kafka = lab.stack.endpoints().kafka
    times = Times()
    async with contextlib.AsyncExitStack() as held:
        for source, target in itertools.pairwise(LINKS):
            await held.enter_async_context(track.running(_link(lab.stack, source, target)))
        await eventually_async(lambda: _taken(lab), READY_SECONDS, "the chain's links run")
        await held.enter_async_context(_watching(kafka, times, LINKS[1:]))
        producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
        await producer.start()
        held.push_async_callback(producer.stop)

        async def send(numbers: range) -> None:
            sent = []
            for number in numbers:
                fact = payment(number, f"{JURISDICTION}/C{number}", "12.50")
                name = fact["subject"]
                times.sent[name] = time.perf_counter()
                sent.append(
                    producer.send_and_wait(
                        LINKS[0],
                        wire(fact),
                        key=name.encode(),
                        partition=partition_of(name, PARTITIONS),
                    )
                )
            await asyncio.gather(*sent)

        times.sending_seconds = await _steadily(load, send)
        await eventually_async(lambda: times.through(LINKS[-1]), LATE_SECONDS, "the chain's end")
    return times


def _link(stack: Stack, source: str, target: str) -> Contender:
    ends = stack.endpoints()
    argv = (
        *(sys.executable, "-m", "tests.bench.chain", source, target),
        *("--kafka", ends.kafka, "--mongo", ends.mongo, "--database", DATABASE),
    )
    return Contender(source, argv, DATABASE, "limit", source, {})


async def _taken(lab: Lab) -> bool:
    ids = [f"limit:{link}:{number}" for link in LINKS[:-1] for number in range(PARTITIONS)]
    return all(await lab.progress(DATABASE, ids))


async def product(stack: Stack, load: Load, times: Times) -> None:
    """Send through the product; what was seen until something fails is in `times`."""
    ends = stack.endpoints()
    headers = {"Authorization": f"Bearer {ends.key}"}
    async with (
        httpx.AsyncClient(headers=headers, timeout=READY_SECONDS, trust_env=False) as http,
        contextlib.AsyncExitStack() as held,
    ):
        await _prepare(http, ends, list(projects(load)))
        watched = ("ledger", "assessments", "alerts")
        await held.enter_async_context(_watching(ends.kafka, times, watched))
        await held.enter_async_context(_following(http, ends.alerts, times))

        async def send(numbers: range) -> None:
            facts = [_payment(number, load) for number in numbers]
            present = time.perf_counter()
            timed = [fact["subject"] for fact in facts if _is_timed(fact["subject"])]
            times.sent |= dict.fromkeys(timed, present)
            await _post(http, ends.intake, facts)
            for name in timed:
                times.see("door", name)

        times.sending_seconds = await _steadily(load, send)
        # What is later than that is told in the table, and fails the bench.
        with contextlib.suppress(NotEventuallyError):
            await eventually_async(lambda: all(map(times.through, STAGES)), LATE_SECONDS)


def projects(load: Load) -> Iterator[str]:
    """Name the projects: some that are paid again and again, one for each alert."""
    yield from (f"{JURISDICTION}/B{number}" for number in range(load.projects))
    yield from (f"{JURISDICTION}/A{number}" for number in range(0, load.events, load.alerting))


def _is_timed(subject: str) -> bool:
    return subject.startswith(f"{JURISDICTION}/A")


def _payment(number: int, load: Load) -> dict[str, Any]:
    if number % load.alerting == 0:
        return payment(number, f"{JURISDICTION}/A{number}", "2000000.00")
    return payment(number, f"{JURISDICTION}/B{number % load.projects}", "12.50")


def payment(number: int, subject: str, amount: str) -> dict[str, Any]:
    """Make a payment; the budgets are of one million yuan."""
    data = {"date": TODAY, "fiscal_year": YEAR, "amount": amount, "channel": "treasury_payment"}
    document = {"kind": "payment_certificate", "number": f"ZF{number:09d}", "line": "1"}
    data |= {"line": "L1", "payee": {"name": "陕西水利工程有限公司"}, "document": document}
    return event(f"latency-{number}", subject, "expenditure.recorded", data)


def _known(name: str) -> list[dict[str, Any]]:
    """Make the facts that a project exists and has a budget."""
    day = f"{YEAR}-01-01"
    registered: dict[str, Any] = {"date": day, "name": "堤防维修工程", "lead_unit": "610100027001"}
    registered |= {"department": "610100027", "project_class": "construction", "start_year": YEAR}
    budget: dict[str, Any] = {"date": day, "fiscal_year": YEAR, "line": "L1"}
    budget |= {"amount": "1000000.00", "account": "general_public", "channel": "treasury_payment"}
    budget |= {"unit": "610100027001"}
    return [
        event(f"registered-{name}", name, "project.registered", registered),
        event(f"budget-{name}", name, "budget.approved", budget),
    ]


async def _prepare(http: httpx.AsyncClient, ends: Any, names: Sequence[str]) -> None:
    """State what there is before the payments, open the day, wait until all is judged."""
    await _post(http, ends.intake, [json.loads(jurisdiction_registered())], wait=True)
    facts = [fact for name in names for fact in _known(name)]
    for first in range(0, len(facts), REQUEST_EVENTS):
        await _post(http, ends.intake, facts[first : first + REQUEST_EVENTS], wait=True)
    answer = await http.post(
        f"{ends.intake}/v1/days",
        json={"jurisdiction": JURISDICTION, "date": TODAY, "jump": True},
        headers={"Prefer": "wait=60"},
    )
    assert answer.is_success, answer.text
    ledger = (await http.get(f"{ends.intake}/v1/position")).json()["position"]
    assessed = await _passed(http, ends.analysis, ledger)
    await _passed(http, ends.alerts, assessed["assessments"])


async def _passed(http: httpx.AsyncClient, address: str, cut: str) -> dict[str, str]:
    async def reached() -> dict[str, str] | None:
        answer = await http.get(f"{address}/v1/position", params={"at_least": cut, "wait": 30})
        return answer.json() if answer.is_success else None

    found: dict[str, str] = await eventually_async(reached, READY_SECONDS, f"{address} at {cut}")
    return found


async def _post(
    http: httpx.AsyncClient, intake: str, facts: list[dict[str, Any]], *, wait: bool = False
) -> None:
    headers = {"Content-Type": BATCH} | ({"Prefer": "wait=60"} if wait else {})
    for tries_left in reversed(range(TRIES_MAX)):
        answer = await http.post(f"{intake}/v1/events", content=wire(facts), headers=headers)
        if answer.is_success:
            return
        # A door that is away or asks to wait costs time, which is measured; events are sent again.
        if not tries_left or answer.status_code not in AGAIN:
            raise AssertionError(answer.text)
        await asyncio.sleep(TICK_SECONDS)


async def _steadily(load: Load, send: Callable[[range], Any]) -> float:
    """Call `send` with the numbers that are due, at a steady rate, whatever the answers take.

    Give how long it took until the last was on its way.
    """
    began, sent, total = time.perf_counter(), 0, load.events
    async with asyncio.TaskGroup() as group:
        while sent < total:
            due = min(total, int((time.perf_counter() - began) * load.rate))
            if due > sent:
                group.create_task(send(range(sent, due)))
                sent = due
            await asyncio.sleep(TICK_SECONDS)
        return time.perf_counter() - began


@contextlib.asynccontextmanager
async def _watching(kafka: str, times: Times, topics: Sequence[str]) -> AsyncIterator[None]:
    """Time what appears on topics, by the subject of each event."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="latest"
    )
    await consumer.start()
    parts = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
    consumer.assign(parts)
    for part in parts:
        await consumer.position(part)

    async def watch() -> None:
        while True:
            for tp, records in (await consumer.getmany(timeout_ms=1_000)).items():
                for record in records:
                    # The key is the subject; alerts are keyed by their jurisdiction.
                    if tp.topic == ALERTS.name:
                        name = json.loads(record.value)["subject"]
                    else:
                        name = record.key.decode()
                    times.see(tp.topic, name)

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        await consumer.stop()


@contextlib.asynccontextmanager
async def _following(http: httpx.AsyncClient, alerts: str, times: Times) -> AsyncIterator[None]:
    """Time what the feed streams."""
    headers = {"Accept": "text/event-stream"}
    address = f"{alerts}/v1/feeds/{JURISDICTION}?cursor=now"
    async with http.stream("GET", address, headers=headers) as stream:
        lines = stream.aiter_lines()
        await anext(lines)

        async def follow() -> None:
            async for line in lines:
                if line.startswith("data: "):
                    told = json.loads(line.removeprefix("data: "))
                    if "subject" in told:
                        times.see(FEED, told["subject"])

        task = asyncio.create_task(follow())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
