"""What shows that a fault had an effect: owners, elections, brokers that the others miss.

It looks at the stores' own ports, behind the proxies.
"""

import asyncio
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.local import kafka
from deploy.local.probes import is_ready
from deploy.local.stack import Stack
from deploy.local.topology import KAFKA, MONGO, Part

LOOK_MS: Final = 1_500
Documents = MongoClient[dict[str, Any]]


class Observer:
    """Looks at one running stack."""

    def __init__(self, stack: Stack) -> None:
        """Nothing is connected between looks."""
        self._stack = stack
        self.mongods = [part for part in stack.parts() if part.kind == MONGO]
        self.brokers = [part for part in stack.parts() if part.kind == KAFKA]

    def primary(self) -> Part | None:
        """Give the member that is primary, if one says so."""
        for part in self.mongods:
            try:
                with direct(part) as client:
                    if client.admin.command("hello").get("isWritablePrimary"):
                        return part
            except PyMongoError:
                continue
        return None

    def term(self) -> int | None:
        """Give the highest election term that a member knows: every election raises it."""
        found = [self._status(part) for part in self.mongods]
        return max((int(status["term"]) for status in found if status), default=None)

    def misses(self, member: Part) -> bool:
        """Tell whether another member finds this one down."""
        for part in self.mongods:
            if part != member and (status := self._status(part)):
                found = {other["name"]: other["health"] for other in status["members"]}
                if not found.get(member.address, 1):
                    return True
        return False

    def step_down(self) -> str | None:
        """Make the primary give up its office; give its name."""
        part = self.primary()
        if part is None:
            return None
        try:
            with direct(part) as client:
                client.admin.command("replSetStepDown", 10, secondaryCatchUpPeriodSecs=5)
        except PyMongoError:
            return None
        return part.name

    def takes(self, service: str) -> int | None:
        """Count how often partitions of a service were taken by an owner: each rebalance adds.

        None where no member can say it.
        """
        return max(
            (found for part in self.mongods if (found := _takes(part, service)) is not None),
            default=None,
        )

    def brokers_alive(self, without: Part) -> set[int]:
        """Give the node ids that a broker other than this one counts as alive."""
        for part in self.brokers:
            if part != without:
                found = asyncio.run(_alive(part))
                if found:
                    return found
        return set()

    def serves(self, name: str) -> bool:
        """Tell whether a part answers as one that is ready does."""
        part = next(part for part in self._stack.parts() if part.name == name)
        if part.kind == KAFKA:
            return kafka.answers(part.own_address)
        if part.kind != MONGO:
            return is_ready(part.port)
        try:
            with direct(part) as client:
                hello = client.admin.command("hello")
        except PyMongoError:
            return False
        return bool(hello.get("isWritablePrimary") or hello.get("secondary"))

    def _status(self, part: Part) -> dict[str, Any] | None:
        try:
            with direct(part) as client:
                return client.admin.command("replSetGetStatus")
        except PyMongoError:
            return None


def _takes(part: Part, service: str) -> int | None:
    try:
        with direct(part) as client:
            found = client[f"dualwatch_{service}"]["progress"].find({}, {"epoch": 1})
            return sum(int(document.get("epoch", 0)) for document in found)
    except PyMongoError:
        return None


def direct(part: Part) -> Documents:
    """Give a client of this member alone, behind its proxy."""
    return MongoClient(
        part.own_address,
        directConnection=True,
        serverSelectionTimeoutMS=LOOK_MS,
        connectTimeoutMS=LOOK_MS,
        socketTimeoutMS=2 * LOOK_MS,
    )


async def _alive(part: Part) -> set[int]:
    client = AIOKafkaClient(bootstrap_servers=part.own_address, request_timeout_ms=LOOK_MS)
    try:
        await client.bootstrap()
        return {broker.nodeId for broker in client.cluster.brokers()}
    except Exception:  # noqa: BLE001 - whatever it is: this broker cannot be asked
        return set()
    finally:
        await client.close()
