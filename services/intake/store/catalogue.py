"""What `dualwatch_intake` holds, and how each collection comes back when it is lost."""

from typing import Final

from services.chassis.catalogue import Catalogue, Collection, Kept, merged
from services.intake.store import batches, evidence, files
from services.intake.store import documents as docs
from services.intake.store.checkpoints import CHECKPOINTS
from services.intake.store.lease import LEASES
from services.intake.store.numbers import NUMBERS, REACHED
from services.intake.store.operations import OPERATIONS

_LEDGER: Final = "topic `ledger`: `dualwatch ledger restore`"
_NUMBERS: Final = "the ledger, by itself"

CATALOGUE: Final = Catalogue(
    database="dualwatch_intake",
    collections={
        docs.ENTRIES: Collection("every accepted fact, its bytes", Kept.TOPIC, _LEDGER),
        docs.STREAMS: Collection("the head of each stream's chain", Kept.TOPIC, _LEDGER),
        docs.CLAIMS: Collection("ids and documents that are taken", Kept.TOPIC, _LEDGER),
        docs.JURISDICTIONS: Collection("jurisdictions as facts say", Kept.TOPIC, _LEDGER),
        docs.ORGANISATIONS: Collection("where organisations stand", Kept.TOPIC, _LEDGER),
        docs.LEADS: Collection("which unit leads a project", Kept.TOPIC, _LEDGER),
        NUMBERS: Collection("entries by their document's number", Kept.TOPIC, _NUMBERS),
        REACHED: Collection("how far that is", Kept.TOPIC, _NUMBERS),
        batches.BATCHES: Collection("sums of batches of virements", Kept.TOPIC, _NUMBERS),
        batches.SIDES: Collection("entries that batches are made of", Kept.TOPIC, _NUMBERS),
        batches.DAYS: Collection("days opened among them", Kept.TOPIC, _NUMBERS),
        batches.REACHED: Collection("how far batches are counted", Kept.TOPIC, _NUMBERS),
        docs.PROGRESS: Collection("how far each reader of a topic is", Kept.BACKUP),
        docs.DEPLOYMENT: Collection("the number of partitions", Kept.BACKUP),
        docs.PRINCIPALS: Collection("principals, hashes of their keys", Kept.BACKUP),
        docs.PRINCIPAL_LOG: Collection("who changed what about them", Kept.BACKUP),
        docs.KEY_USES: Collection("when keys were last used", Kept.BACKUP),
        docs.ACCOUNTS: Collection("hashes of passwords", Kept.BACKUP),
        docs.SIGN_IN_TRIES: Collection("tries to sign in of late", Kept.AWAY),
        docs.QUARANTINE: Collection("refused events, their bytes, acts on them", Kept.BACKUP),
        docs.QUARANTINE_COMMANDS: Collection("first answers of commands", Kept.BACKUP),
        "outbox": Collection("what is told of the quarantine next", Kept.BACKUP),
        docs.REQUESTS: Collection("requests of 30 days, for receipts", Kept.BACKUP),
        docs.VERDICTS: Collection("verdicts of 30 days, for receipts", Kept.BACKUP),
        files.FILES: Collection("uploaded files of 14 days: what they became", Kept.BACKUP),
        files.CHUNKS: Collection("their events, redacted", Kept.BACKUP),
        files.REJECTS: Collection("their rejected rows, sealed", Kept.BACKUP),
        evidence.FILES: Collection("evidence files by their hash", Kept.BACKUP),
        evidence.USES: Collection("who attached them to which project", Kept.BACKUP),
        f"{evidence.BUCKET}.files": Collection("evidence files (GridFS)", Kept.BACKUP),
        f"{evidence.BUCKET}.chunks": Collection("their bytes", Kept.BACKUP),
        CHECKPOINTS: Collection("signed checkpoints; also in their directory", Kept.BACKUP),
        LEASES: Collection("who does what only one does", Kept.AWAY),
        OPERATIONS: Collection("when the last backup was made", Kept.AWAY),
    },
    indexes=merged(
        docs.INDEXES,
        evidence.INDEXES,
        files.INDEXES,
        batches.INDEXES,
        {NUMBERS: [], REACHED: []},
    ),
    clustered=(*docs.CLUSTERED, NUMBERS),
)
