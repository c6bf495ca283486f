"""What a JVM has learned of Kafka: its classes, loaded and linked once and kept in a file.

With the file, in the user's cache beside the jars, Kafka starts with half the processor's time.
Nothing depends on it: without it, or for another JVM than made it, Kafka starts as ever.
`dualwatch up` makes it beside the stack that runs, `python -m deploy.local.learned` alone, and so
do the tests.
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from deploy.local import jars, kafka
from deploy.local.errors import NotReadyError, StackError
from deploy.local.kafka import Cluster, Node
from deploy.local.ports import LOOPBACK, Ports
from deploy.local.process import Command, Warden
from deploy.local.topology import KAFKA, Topology
from deploy.local.waiting import wait_until

TOPIC = "learned"
RECORDS = 100
LEARN_SECONDS = 180.0
"""Far more than the JVM takes, at its end, to write what it has learned."""
MODULE = "deploy.local.learned"
ASIDE_NICE = 19
"""Beside a stack it takes what the stack leaves of the processor."""
ASIDE_SECONDS = 1_800.0
"""Longest that it may take beside a stack that leaves little."""


def aside(log_file: Path) -> Command:
    """Give the command that lets the JVM learn beside a stack that runs."""
    return Command("kafka-learns", (sys.executable, "-m", MODULE, "--aside"), log_file)


def learn_if_possible(report: Callable[[str], None] = lambda _: None) -> None:
    """Learn before something is started, if this machine lets us; without it all starts as ever."""
    try:
        learn(free_ports(), report)
    except (StackError, OSError) as error:
        report(f"Kafka starts as ever: {error}")


def free_ports() -> Ports:
    """Give ports for a broker that nobody listens on now."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind((LOOPBACK, 0))
        return Ports(kafka=one.getsockname()[1], kafka_controller=other.getsockname()[1])


def learn(ports: Ports, report: Callable[[str], None] = lambda _: None) -> Path:
    """Let an empty broker run once and keep what its JVM has learned; done once for each user."""
    found = jars.jars(report)
    file = kafka.learned_file(found)
    if file.is_file():
        # The folder may be one that nobody may write to.
        return file
    with jars.exclusive(file.parent / "learned.lock"):
        if not file.is_file():
            report("letting the JVM learn how Kafka starts, once for this user")
            _learn_into(file, found, ports)
    return file


def _learn_into(file: Path, found: Sequence[Path], ports: Ports) -> None:
    """Write beside the file and rename, so that a file that exists is always whole."""
    warden = Warden()
    warden.open()
    try:
        with tempfile.TemporaryDirectory(prefix="learn-", dir=file.parent) as name:
            folder = Path(name)
            (part,) = Topology().parts(KAFKA, ports)
            cluster = Cluster((Node(part, ports.kafka_controller, folder / "1"),), tuple(found))
            cluster.prepare(warden)
            command = cluster.command(cluster.nodes[0], "kafka-learns", folder / "learn.log")
            java, *arguments = command.argv
            made = folder / file.name
            argv = (java, f"-XX:AOTCacheOutput={made}", *arguments)
            broker = warden.spawn(replace(command, argv=argv))
            _run(broker, cluster.bootstrap_servers)
            if not made.is_file():
                message = "Kafka's JVM has left nothing of what it learned"
                raise NotReadyError(message)
            made.rename(file)
    finally:
        warden.close()


def _run(broker: "subprocess.Popen[bytes]", address: str) -> None:
    """Return when the broker has answered and left in good order."""

    def answers() -> bool:
        if broker.poll() is not None:
            message = "Kafka ended instead of learning"
            raise NotReadyError(message)
        return kafka.answers(address)

    try:
        wait_until(answers, deadline_seconds=kafka.READY_SECONDS, what="the learning Kafka")
        asyncio.run(asyncio.wait_for(_use(address), kafka.READY_SECONDS))
        broker.terminate()
        broker.wait(LEARN_SECONDS)
    except (KafkaError, TimeoutError, subprocess.TimeoutExpired) as error:
        message = f"Kafka's JVM has learned nothing ({error!r})"
        raise NotReadyError(message) from error
    finally:
        broker.kill()


async def _use(address: str) -> None:
    """Do what services do: a topic, transactions, a group that reads and commits."""
    await _make_topic(address)
    async with AIOKafkaProducer(bootstrap_servers=address, transactional_id=TOPIC) as producer:
        for number in range(RECORDS):
            async with producer.transaction():
                await producer.send(TOPIC, str(number).encode())
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=address,
        group_id=TOPIC,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        enable_auto_commit=False,
    )
    async with consumer:
        for _ in range(RECORDS):
            await consumer.getone()
        await consumer.commit()


async def _make_topic(address: str) -> None:
    """Make the topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


def main() -> None:
    """Learn, and say so."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.learned", description=__doc__)
    parser.add_argument("--aside", action="store_true", help="take what others leave")
    if parser.parse_args().aside:
        os.nice(ASIDE_NICE)
    learn(free_ports(), lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201 - a command: it prints


if __name__ == "__main__":
    main()
