"""What a JVM has learned of Kafka: its classes, loaded and linked once and kept in a file.

With the file, in the user's cache beside the jars, Kafka starts with half the processor's time.
Nothing depends on it: without it, or for another JVM than made it, Kafka starts as ever.
`python -m deploy.local.learned` makes it, and so do the tests.
"""

import asyncio
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
from deploy.local.errors import NotReadyError
from deploy.local.kafka import Cluster, Node
from deploy.local.ports import Ports
from deploy.local.process import Warden
from deploy.local.topology import KAFKA, Topology
from deploy.local.waiting import wait_until

TOPIC = "learned"
RECORDS = 100
LEARN_SECONDS = 180.0
"""Far more than the JVM takes, at its end, to write what it has learned."""


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


if __name__ == "__main__":
    learn(Ports(), lambda text: print(text, file=sys.stderr))  # noqa: T201 - a command: it prints
