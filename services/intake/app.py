"""Wiring: the only place where intake's doors, owners and store meet."""

import asyncio
from importlib.metadata import version
from pathlib import Path
from typing import Final

from contracts.topics import (
    LEDGER,
    PUBLISH_ALERTS,
    PUBLISH_DEMO,
    PUBLISH_PREFIX,
    PUBLISH_REPORTING,
    SUBMISSIONS,
    TOPICS,
)
from services.chassis.described import describe
from services.chassis.identity import Permission
from services.chassis.identity_topic import follow
from services.chassis.log import get_logger
from services.chassis.publisher import ensure_topics, partitions_of
from services.chassis.redundancy import Redundancy
from services.chassis.service import Service
from services.intake.api import (
    batches,
    catalogues,
    desk,
    documents,
    events,
    evidence,
    passwords,
    proofs,
    quarantine,
    sign_ins,
)
from services.intake.api import days as days_api
from services.intake.api import files as files_api
from services.intake.api import ledger as ledger_api
from services.intake.api import principals as principals_api
from services.intake.api import rebuilds as rebuilds_api
from services.intake.api.account_desk import AccountDesk
from services.intake.api.claiming import Claiming
from services.intake.api.described import SCHEMAS
from services.intake.api.file_runner import FileRunner
from services.intake.api.limits import Limits
from services.intake.domain.rates import Rate, Rates
from services.intake.domain.redaction import Redactor
from services.intake.handlers import balancing, door, ledger, numbering
from services.intake.handlers.backlog import BacklogWatch
from services.intake.handlers.checkpoints import LEASE_SECONDS, Notary
from services.intake.handlers.clock import DayClock
from services.intake.handlers.evidence import Sweeper
from services.intake.handlers.rebuilding import Rebuilder, Restorer
from services.intake.settings import IntakeSettings
from services.intake.store.accounts import MongoAccounts, Tries
from services.intake.store.archive import Archive
from services.intake.store.batches import Batches
from services.intake.store.board import Board
from services.intake.store.checkpoints import Checkpoints
from services.intake.store.days import Days
from services.intake.store.deployment import (
    PartitionsChangedError,
    check_partitions,
    prepare_store,
)
from services.intake.store.desk import MongoDesk
from services.intake.store.evidence import MongoEvidence
from services.intake.store.exporting import Export
from services.intake.store.files import Files
from services.intake.store.lease import Lease
from services.intake.store.ledger import MongoLedger
from services.intake.store.numbers import Numbers
from services.intake.store.operations import Operations
from services.intake.store.passwords import Passwords
from services.intake.store.principals import MongoPrincipals, PublisherScopes
from services.intake.store.reading import MongoReader, Reader
from services.intake.store.rebuilds import Rebuilds
from services.intake.store.sealing import Seal
from services.intake.store.settling import Settling
from services.intake.store.signing import Signer
from services.intake.store.submissions import Submissions
from services.intake.store.telling import SYSTEM, Principals

VERSION: Final = version("dualwatch")
_OWN_TOPICS: Final = (PUBLISH_DEMO, PUBLISH_ALERTS, PUBLISH_REPORTING)
OWN_PUBLISHERS: Final = frozenset(
    {*(topic.name.removeprefix(PUBLISH_PREFIX) for topic in _OWN_TOPICS), SYSTEM}
)
"""Publishers that belong to the deployment: nobody registers them."""

log = get_logger(__name__)


def create_app(settings: IntakeSettings) -> Service:
    """Put intake together; nothing is connected before it starts."""
    service = Service(settings, "Dualwatch intake", VERSION)
    board = Board()
    reader = MongoReader(service.mongo, settings.partitions)
    settling = Settling(reader, board)
    submissions = Submissions(service.publisher, settings.partitions)
    days = Days(submissions)
    principals = MongoPrincipals(service.mongo)
    own_names = OWN_PUBLISHERS | {settings.publisher}
    publishers = PublisherScopes(principals, service.directory, own_names)
    owner = _own(service, settings, board, publishers)
    redactor = _redactor(settings)

    def kafka_door(topic: str) -> door.KafkaDoor:
        return door.KafkaDoor(
            topic, service.mongo, submissions, settling, settings.hold_seconds, redactor
        )

    service.prepare(lambda: _prepare(service, settings))
    ahead = settings.read_ahead_bytes
    service.broker.subscribe_pattern(door.PATTERN, door.GROUP, kafka_door, door.LIMITS, ahead)
    _keep_time(service, settings, owner, days)
    http_door = events.Door(
        reader,
        submissions,
        settling,
        settings.publisher,
        settings.hold_seconds,
        Limits(
            Rates(Rate(settings.requests_per_second, settings.requests_burst)),
            Rates(Rate(settings.events_per_second, settings.events_burst)),
        ),
        redactor,
    )
    describe(service.app, SCHEMAS)
    service.include(events.router(http_door), Permission.PUBLISH)
    _take_files(service, settings, http_door)
    _keep_evidence(service, settings, reader)
    service.include(ledger_api.position_router(reader), Permission.POSITION)
    # Before the entries: a project's id must not be what it is called.
    _prove(service, settings, reader)
    service.include(ledger_api.router(reader), Permission.LEDGER)
    service.include(quarantine.router(reader), Permission.QUARANTINE)
    _keep_apart(service, MongoDesk(service.mongo, submissions, board), redactor)
    _open_days(service, reader, settling, days)
    _give_out_keys(service, settings, principals, own_names)
    return service


def _own(
    service: Service, settings: IntakeSettings, board: Board, publishers: PublisherScopes
) -> ledger.LedgerOwner:
    """Add the owner of the ledger's partitions, and what makes topic and store of each other."""
    store = MongoLedger(service.mongo, settings.partitions, service.publisher)
    rebuilds = Rebuilds(service.mongo)
    restorer = Restorer(settings.kafka, store, rebuilds, settings.partitions, service.health)
    last_position = ledger.last_ledger_position(settings.kafka)
    owner = ledger.LedgerOwner(
        store, service.publisher, board, settings.partitions, last_position, publishers, restorer
    )

    async def make_topic() -> None:
        await ensure_topics(
            settings.kafka, {LEDGER.name: LEDGER.configuration}, settings.partitions
        )

    service.broker.subscribe(
        SUBMISSIONS.name,
        ledger.GROUP,
        owner,
        ledger.LIMITS,
        settings.read_ahead_bytes,
        store.rounds,
    )
    service.task("rebuilds", Rebuilder(owner, rebuilds, make_topic, service.health).run)
    service.include(rebuilds_api.router(rebuilds, settings.partitions), Permission.REBUILD)
    return owner


def _keep_time(
    service: Service, settings: IntakeSettings, owner: ledger.LedgerOwner, days: Days
) -> None:
    """Open days that have come, and give every partition its copy of a jurisdiction's facts."""
    clock = DayClock(owner.owned, days, settings.partitions, service.health, settings.clock_seconds)
    service.task("clock", clock.run)
    service.task("copies", owner.heal)
    _watch_stores(service, settings)


def _watch_stores(service: Service, settings: IntakeSettings) -> None:
    """Add what tells of lost copies, of disks, certificates and backups; for all services."""
    redundancy = Redundancy(settings.kafka, settings.mongo, service.mongo)
    redundancy.add("backup", Operations(service.mongo).look)
    service.task("redundancy", redundancy.run)


def _open_days(service: Service, reader: Reader, settling: Settling, days: Days) -> None:
    """Add the calendar, and the opening of days by hand."""
    service.include(days_api.calendar_router(reader), Permission.POSITION)
    service.include(days_api.router(reader, settling, days), Permission.DAYS)


def _take_files(service: Service, settings: IntakeSettings, door: events.Door) -> None:
    """Add the file door: upload, preview, start, progress, rejects."""
    secret = settings.people_key.get_secret_value() if settings.people_key else settings.key
    files = Files(service.mongo, Seal(secret))
    reading = asyncio.Semaphore(files_api.READING_MAX)
    desk = files_api.FileDesk(files, door.reader, door.redactor, settings.publisher, reading)
    service.prepare(files.prepare)
    service.include(catalogues.router(), Permission.POSITION)
    service.include(files_api.presets_router(), Permission.FILES)
    service.include(files_api.router(desk), Permission.FILES)
    service.task("files", FileRunner(files, door, service.health).run)


def _prove(service: Service, settings: IntakeSettings, reader: MongoReader) -> None:
    """Add what proves that the ledger is what was written; checkpoints if there is a key."""
    checkpoints, key = None, settings.checkpoint_key
    if key is not None:
        archive = Archive(Path(settings.checkpoints))
        checkpoints = Checkpoints(service.mongo, settings.partitions, archive, Signer(key))
        lease = Lease(service.mongo, "checkpoints", LEASE_SECONDS)
        notary = Notary(checkpoints, lease, service.health, settings.checkpoint_seconds)
        service.prepare(checkpoints.prepare)
        service.task("checkpoints", notary.run)
    verification = ledger_api.verification_router(reader, checkpoints)
    export = proofs.export_router(Export(service.mongo, settings.partitions))
    service.include(verification, Permission.VERIFY, in_part=False)
    service.include(export, Permission.VERIFY, in_part=False)
    service.include(proofs.router(checkpoints), Permission.VERIFY)
    _follow_ledger(service, settings)
    # Whoever may read an entry may have it proved: a proof tells no more than its stream does.
    service.include(proofs.proof_router(checkpoints, reader), Permission.LEDGER)


def _follow_ledger(service: Service, settings: IntakeSettings) -> None:
    """Add what is made up behind the ledger: entries by number, batches that do not balance."""
    numbers = Numbers(service.mongo, settings.partitions)
    service.prepare(numbers.prepare)
    lease = Lease(service.mongo, "document numbers", numbering.LEASE_SECONDS)
    service.task("document numbers", numbering.Numbering(numbers, lease, service.health).run)
    service.include(documents.router(numbers), Permission.LEDGER)
    counted = Batches(service.mongo, settings.partitions)
    service.prepare(counted.prepare)
    lease = Lease(service.mongo, "adjustment batches", balancing.LEASE_SECONDS)
    service.task("adjustment batches", balancing.Balancing(counted, lease, service.health).run)
    service.include(batches.router(counted), Permission.QUARANTINE)


def _give_out_keys(
    service: Service,
    settings: IntakeSettings,
    store: MongoPrincipals,
    own_names: frozenset[str],
) -> None:
    """Add what makes principals known, here and everywhere."""
    telling = Principals(store, service.publisher, settings.partitions)
    service.key_used.append(telling.used)
    service.task("telling of principals", telling.run)
    tokens = follow(service).tokens

    async def make_topic(publisher: str) -> None:
        kept = {f"{PUBLISH_PREFIX}{publisher}": PUBLISH_DEMO.configuration}
        await ensure_topics(settings.kafka, kept, settings.partitions)

    accounts = MongoAccounts(service.mongo)
    desk = principals_api.Desk(store, accounts, telling, service.directory, make_topic, own_names)
    service.include(principals_api.me_router(accounts), Permission.POSITION)
    service.include(principals_api.log_router(store), Permission.AUDIT)
    service.include(principals_api.router(desk), Permission.KEYS)
    people = AccountDesk(desk, Passwords(), Tries(service.mongo, settings.key))
    service.include(passwords.own_router(people), Permission.POSITION)
    service.include(passwords.router(people), Permission.KEYS)
    claiming = None if tokens is None else Claiming(desk, tokens, settings.oidc)
    service.include(sign_ins.router(people, claiming), Permission.KEYS)


def _keep_apart(service: Service, store: MongoDesk, redactor: Redactor) -> None:
    """Add what the data desk does with what was refused."""
    service.task("quarantine", BacklogWatch(store).run)
    service.include(desk.router(desk.Desk(store, redactor)), Permission.RELEASE)


def _keep_evidence(service: Service, settings: IntakeSettings, reader: Reader) -> None:
    """Add the evidence files."""
    store = MongoEvidence(service.mongo)
    rate = Rate(settings.evidence_bytes_per_second, settings.evidence_bytes_burst)
    cabinet = evidence.Cabinet(store, reader, Rates(rate))
    service.prepare(store.prepare)
    service.task("evidence", Sweeper(store).run)
    service.include(evidence.upload_router(cabinet), Permission.ATTACH)
    service.include(evidence.router(cabinet), Permission.EVIDENCE)


def _redactor(settings: IntakeSettings) -> Redactor:
    if settings.people_key is None:
        log.warning("people_key_missing", variable="DUALWATCH_INTAKE__PEOPLE_KEY")
        return Redactor(None)
    return Redactor(settings.people_key.get_secret_value())


async def _prepare(service: Service, settings: IntakeSettings) -> None:
    """Create the store and the topics; a number of partitions that differs ends the process."""
    try:
        await prepare_store(service.mongo, settings.partitions)
        await ensure_topics(
            settings.kafka,
            {topic.name: topic.configuration for topic in TOPICS},
            settings.partitions,
        )
        found = await partitions_of(settings.kafka, [topic.name for topic in TOPICS])
        check_partitions(found, settings.partitions)
    except PartitionsChangedError as error:
        log.exception("partitions_changed")
        service.health.dead("deployment", str(error))
        raise
