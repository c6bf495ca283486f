"""Whether dead receivers delay the others: `python -m tests.bench.webhooks`.

Alerts runs as its own process and delivers one feed to many webhooks on this machine. In turns it
has receivers that are well alone, and the same with dead ones and slow ones beside them: ports
where nobody listens, receivers that never answer, receivers that take seconds. Printed is how long
an entry takes from its commit to a receiver that is well, and the ratios between both. Exit code 1
if something is lost, comes out of order, or a ratio is above its bound.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from contracts.topics import TOPICS
from deploy.local.stack import Stack
from services.alerts.domain.subscriptions import (
    Channel,
    Language,
    Sealed,
    Standing,
    State,
    Subscription,
    Wanted,
)
from services.alerts.store.sealing import Seal
from services.alerts.store.subscriptions import CHANGES, document_of, shard_of
from services.chassis.identity import DEPLOYMENT
from services.chassis.mongo import Mongo
from services.chassis.publisher import ensure_topics
from services.chassis.settings import KafkaSettings, MongoSettings
from tests.bench.latency import percentile, percentiles
from tests.integration.alerts.subscribing import known, tell
from tests.support.eventually import eventually_async
from tests.support.receiving import Received, Receiver, receiving
from tests.support.recorded import record
from tests.support.stack import free_ports_from

KEY: Final = "a-key-for-the-bench-only"
PARTITIONS: Final = 4
RATIO_MAX: Final = 1.5
"""How much longer an entry may take to well receivers when dead and slow ones are beside them."""
SLOW_SECONDS: Final = 2.0
READY_SECONDS: Final = 90.0
DRAIN_SECONDS: Final = 60.0


@dataclass
class Round:
    """One turn: what was sent when, and what came when."""

    sent: dict[int, float] = field(default_factory=dict)
    took_ms: list[float] = field(default_factory=list)
    orders: dict[int, list[int]] = field(default_factory=dict)
    """By receiver: the cursors in the order in which they came."""

    def taker(self, number: int) -> Receiver:
        """Make a receiver that is well."""

        async def answer(found: Received) -> int:
            cursor = json.loads(found.body)["cursor"]
            if cursor in self.sent:
                self.took_ms.append(1_000 * (time.monotonic() - self.sent[cursor]))
            self.orders.setdefault(number, []).append(cursor)
            return 204

        return Receiver(answer)


def main() -> int:
    """Run the turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--targets", type=int, default=100, help="receivers in all")
    parser.add_argument("--dead", type=int, default=10, help="of them dead or slow")
    parser.add_argument("--entries", type=int, default=30, help="entries of a turn")
    parser.add_argument("--rate", type=float, default=1.0, help="entries a second")
    parser.add_argument("--turns", type=int, default=3, help="turns of each kind")
    parser.add_argument("--record", type=Path, help="append a line to this file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dualwatch-bench-") as folder:
        stack = Stack(Path(folder) / "data", ports_from=free_ports_from(), services=())
        with stack, process(stack, Path(folder) / "log") as url:
            return asyncio.run(bench(stack, url, asked))


@contextlib.contextmanager
def process(stack: Stack, log: Path) -> Iterator[str]:
    """Run alerts; give where it is."""
    places = stack.endpoints()
    topics: dict[str, dict[str, str]] = {topic.name: {} for topic in TOPICS}
    kafka = KafkaSettings(bootstrap_servers=places.kafka)
    asyncio.run(ensure_topics(kafka, topics, PARTITIONS))
    port = free_ports_from()
    environment = {
        "PATH": os.environ["PATH"],
        "DUALWATCH_KEY": KEY,
        "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS": places.kafka,
        "DUALWATCH_MONGO__URL": places.mongo,
        "DUALWATCH_ALERTS__PORT": str(port),
        "DUALWATCH_ALERTS__WEBHOOKS__ALLOW": "127.0.0.0/8",
        "DUALWATCH_ALERTS__WEBHOOKS__HTTP": "true",
        "DUALWATCH_ALERTS__WEBHOOKS__PORTS": "1024-65535",
    }
    with log.open("wb") as out:
        command = [sys.executable, "-m", "services.alerts"]
        running = subprocess.Popen(command, env=environment, stdout=out, stderr=out)  # noqa: S603 - our own
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait()


async def bench(stack: Stack, url: str, asked: argparse.Namespace) -> int:
    """Take turns, so that a busy moment of the machine hits both kinds alike."""
    mongo = Mongo(MongoSettings(url=stack.endpoints().mongo), "dualwatch_alerts")
    async with httpx.AsyncClient(timeout=10) as client:
        await eventually_async(lambda: _ready(client, url), deadline_seconds=READY_SECONDS)
    well = asked.targets - asked.dead
    plain: list[Round] = []
    beside: list[Round] = []
    for turn in range(asked.turns):
        plain.append(await take_turn(mongo, f"plain-{turn}", well, 0, asked))
        beside.append(await take_turn(mongo, f"beside-{turn}", well, asked.dead, asked))
    mongo.close()
    if asked.record:
        about = {"bench": "webhooks", "targets": asked.targets, "rate": asked.rate}
        record(asked.record, figures(plain, beside, well, asked), **about)
    return report(plain, beside, well, asked)


async def _ready(client: httpx.AsyncClient, url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await client.get(f"{url}/readyz")).status_code == httpx.codes.OK
    return False


async def take_turn(
    mongo: Mongo, jurisdiction: str, well: int, dead: int, asked: argparse.Namespace
) -> Round:
    """Deliver a feed of its own to receivers of its own."""
    found = Round()
    await known(mongo, jurisdiction)
    await mongo.db["subscriptions"].delete_many({})
    async with contextlib.AsyncExitStack() as opened:
        takers = [found.taker(number) for number in range(well)]
        urls = [(await opened.enter_async_context(_listening(taker))).url for taker in takers]
        urls += [await _dead(opened, number) for number in range(dead)]
        await subscribe(mongo, jurisdiction, urls)
        (first,) = await tell(mongo, jurisdiction)
        await _all_have(found, well, first)
        for _ in range(asked.entries):
            began = time.monotonic()
            (cursor,) = await tell(mongo, jurisdiction)
            found.sent[cursor] = time.monotonic()
            await asyncio.sleep(max(0.0, 1 / asked.rate - (time.monotonic() - began)))
        await _all_have(found, well, first + asked.entries)
    return found


@contextlib.asynccontextmanager
async def _listening(taker: Receiver) -> AsyncIterator[Receiver]:
    async with receiving(taker.answer) as receiver:
        yield receiver


async def _all_have(found: Round, well: int, cursor: int) -> None:
    def have() -> bool:
        return sum(cursor in order for order in found.orders.values()) == well

    await eventually_async(have, deadline_seconds=DRAIN_SECONDS, what=f"cursor {cursor}")


async def _dead(opened: contextlib.AsyncExitStack, number: int) -> str:
    """Make a receiver that is dead, silent or slow, in turns."""

    async def answer(_: Received) -> int:
        if number % 3 == 1:
            await asyncio.Event().wait()
        await asyncio.sleep(SLOW_SECONDS)
        return 204

    receiver = await opened.enter_async_context(receiving(answer))
    return f"http://127.0.0.1:{free_ports_from()}/" if number % 3 == 0 else receiver.url


async def subscribe(mongo: Mongo, jurisdiction: str, urls: Sequence[str]) -> None:
    """Subscribe all, past the bound of one owner."""
    seal = Seal(KEY)
    documents = []
    for number, url in enumerate(urls):
        name = f"{number:032x}"
        name = f"{(number * 2_654_435_761) % 2**32:08x}{name[8:]}"
        made = Subscription(
            id=name,
            owner=DEPLOYMENT,
            name=f"receiver {number}",
            jurisdiction=jurisdiction,
            wanted=Wanted(),
            channel=Channel.WEBHOOK,
            address=url,
            language=Language.ZH,
            window_seconds=1,
            state=State.ACTIVE,
            reason=None,
            version=1,
            created_ms=0,
            changed_ms=0,
            line=name,
            shard=shard_of(name),
            secrets=(Sealed(seal.close(bytes(32), name)),),
            standing=Standing(turn=hash(jurisdiction) % 1_000_000),
        )
        documents.append(document_of(made))
    await mongo.db["subscriptions"].insert_many(documents)
    await mongo.db["counters"].update_one({"_id": CHANGES}, {"$inc": {"n": 1}}, upsert=True)


def figures(
    plain: Sequence[Round], beside: Sequence[Round], well: int, asked: argparse.Namespace
) -> list[dict[str, Any]]:
    """Give a figure for the well receivers alone, and one for them beside the dead and slow ones.

    `whole`: each of them had all entries once and in order.
    """
    return [
        {
            "receivers": well,
            "dead": dead,
            "n": sum(len(one.took_ms) for one in rounds),
            **percentiles([ms for one in rounds for ms in one.took_ms]),
            "whole": all(_whole(one, well, asked.entries) for one in rounds),
        }
        for dead, rounds in ((0, plain), (asked.dead, beside))
    ]


def _whole(one: Round, well: int, entries: int) -> bool:
    wanted = list(range(1, entries + 2))
    return len(one.orders) == well and all(order == wanted for order in one.orders.values())


def report(
    plain: Sequence[Round], beside: Sequence[Round], well: int, asked: argparse.Namespace
) -> int:
    """Print both kinds and their ratios; give the exit code."""
    whole = all(_whole(one, well, asked.entries) for one in (*plain, *beside))
    took = [[ms for one in kind for ms in one.took_ms] for kind in (plain, beside)]
    print(f"{well} receivers that are well, {asked.rate:g} entries/s to each")
    print("| | deliveries | p50 ms | p99 ms | max ms |\n|---|---|---|---|---|")
    for name, found in zip(("alone", f"with {asked.dead} dead or slow"), took, strict=True):
        cells = " | ".join(f"{percentile(found, percent):.1f}" for percent in (50, 99, 100))
        print(f"| {name} | {len(found)} | {cells} |")
    ratios = [percentile(took[1], p) / percentile(took[0], p) for p in (50, 99)]
    print(f"ratio p50 {ratios[0]:.2f}, p99 {ratios[1]:.2f} (at most {RATIO_MAX}); ", end="")
    print("nothing lost, all in order" if whole else "SOMETHING IS LOST OR OUT OF ORDER")
    return 0 if whole and max(ratios) <= RATIO_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
