"""Every service's own copy of the principals: the topic read whole at the start, then followed.

Without a group: each process needs all of it. A key that is revoked stops opening doors as soon
as its record is read, mostly within a second. While Kafka is away nothing can be read, so after
`STALE_SECONDS_MAX` nobody but the deployment itself is let in any more.
"""

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from contracts import codec
from contracts.envelope import AnyEvent
from contracts.topics import PRINCIPALS
from services.chassis import clock, metrics
from services.chassis.identity import Key, Principal
from services.chassis.identity_keys import Directory
from services.chassis.identity_tokens import Tokens
from services.chassis.log import get_logger
from services.chassis.publisher import REQUEST_TIMEOUT_MS, START_SECONDS, partitions_of
from services.chassis.records import Record
from services.chassis.service import Service
from services.chassis.settings import KafkaSettings
from services.chassis.whole import started, stopped, whole

log = get_logger(__name__)

STALE_SECONDS_MAX: Final = 60.0
"""Longest that keys are judged by what may be out of date: how long one that was revoked may go
on opening doors while Kafka does not answer this process."""
CHECK_SECONDS: Final = 2.0
"""How often the broker is asked whether everything has been read."""
POLL_MS: Final = 500
POLL_RECORDS_MAX: Final = 1_000
ANSWER_SECONDS: Final = 10.0
"""Longest the broker may take to say where the topic ends."""
RETRY_SECONDS: Final = (0.25, 2.0)
REGISTERED: Final = "dualwatch.principal.registered.v1"
REVOKED: Final = "dualwatch.principal.revoked.v1"

UNREADABLE: Final = metrics.counter(
    "dualwatch_principals_unreadable_total",
    "Records about principals that cannot be read: such a principal is let in no more.",
)
KNOWN: Final = metrics.gauge(
    "dualwatch_principals_known", "Principals that this process knows, revoked ones left out."
)


def follow(service: Service) -> "Following":
    """Let a service follow the topic as long as it runs; readiness says whether it does."""
    found = Following(service.settings.kafka, service.directory)
    service.task("principals", found.run)
    service.health.check("principals", found.ready)
    if service.settings.oidc.issuer:
        tokens = Tokens(service.settings.oidc, service.directory)
        service.directory.tokens = tokens.of
        found.tokens = tokens
        service.task("keys of the OpenID provider", tokens.run)
        service.at_stop(tokens.close)
    return found


class Following:
    """Keeps a directory up to date from the topic `principals`."""

    def __init__(self, settings: KafkaSettings, directory: Directory) -> None:
        """Nothing is known before `run`."""
        self.settings = settings
        self.directory = directory
        self.tokens: Tokens | None = None
        """Checks an OpenID provider's tokens, where one is trusted."""
        self._versions: dict[str, int] = {}
        self._fresh: float | None = None
        directory.current = self.current

    def current(self) -> bool:
        """Whether the whole topic was read lately enough to judge keys by it."""
        return self._fresh is not None and clock.monotonic() - self._fresh <= STALE_SECONDS_MAX

    async def ready(self) -> str | None:
        """Readiness check."""
        if self._fresh is None:
            return "the principals are not read yet"
        return None if self.current() else "the principals cannot be read any more"

    async def run(self) -> None:
        """Read for ever; whatever happens, begin anew."""
        attempt = 0
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError, TimeoutError) as error:
                attempt = 1 if self.current() else attempt + 1
                log.warning("principals_not_read", attempt=attempt, reason=repr(error))
            await asyncio.sleep(clock.backoff(attempt, *RETRY_SECONDS))

    def take(self, record: Record) -> None:
        """Learn what one record says."""
        name = (record.key or b"").decode(errors="replace")
        try:
            event = codec.decode(record.value or b"")
            version = int(event.data.version)
        except (ValueError, AttributeError, codec.UnknownEventTypeError) as error:
            # Of a newer release, or not one of ours: whom it is about is known no more.
            UNREADABLE.inc()
            log.warning("principal_unreadable", principal=name, reason=type(error).__name__)
            self.directory.forget(name)
            return
        if event.subject != name or version < self._versions.get(name, 0):
            return
        self._versions[name] = version
        if event.type == REGISTERED:
            self.directory.put(principal_of(event))
        elif event.type == REVOKED:
            self.directory.forget(name)
        KNOWN.set(len(self.directory))

    async def _follow(self) -> None:
        partitions = (await partitions_of(self.settings, [PRINCIPALS.name]))[PRINCIPALS.name]
        if not partitions:
            msg = f"topic {PRINCIPALS.name} is not there yet"
            raise ConnectionError(msg)
        parts = [TopicPartition(PRINCIPALS.name, number) for number in range(partitions)]
        consumer = AIOKafkaConsumer(
            **self.settings.client,
            enable_auto_commit=False,
            group_id=None,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        await started(consumer.start(), consumer.stop, START_SECONDS)
        try:
            consumer.assign(parts)
            await consumer.seek_to_beginning(*parts)
            while True:
                await self._read_on(consumer, parts)
        finally:
            await whole(stopped(consumer.stop()))

    async def _read_on(self, consumer: AIOKafkaConsumer, parts: list[TopicPartition]) -> None:
        """Read up to where the topic ended, then what comes until the next check."""
        asked = clock.monotonic()
        async with asyncio.timeout(ANSWER_SECONDS):
            ends = await consumer.end_offsets(parts)
        behind = await self._behind(consumer, ends)
        while behind or clock.monotonic() - asked < CHECK_SECONDS:
            if not behind:
                self._fresh = max(asked, self._fresh or asked)
            if behind and clock.monotonic() - asked > STALE_SECONDS_MAX:
                msg = "the broker gives out no records"
                raise TimeoutError(msg)
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=POLL_RECORDS_MAX)
            for records in found.values():
                for record in records:
                    self.take(record)
            behind = behind and await self._behind(consumer, ends)
        self._fresh = asked

    async def _behind(self, consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
        return any([await consumer.position(part) < end for part, end in ends.items()])


def principal_of(event: AnyEvent) -> Principal:
    """Read a principal's state."""
    data = event.data
    return Principal(
        id=event.subject,
        kind=data.kind,
        roles=frozenset(data.roles),
        jurisdictions=None if data.jurisdictions is None else frozenset(data.jurisdictions),
        organisations=tuple(data.organisations),
        within=frozenset(data.within),
        keys=tuple(
            Key(key.key_id, key.sha256, key.created, key.expires, key.revoked) for key in data.keys
        ),
    )
