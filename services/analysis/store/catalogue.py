"""What `dualwatch_analysis` holds: all of it follows from the ledger."""

from typing import Final

from services.analysis.store.generations import GENERATIONS, LIVE, OF_GENERATION
from services.analysis.store.writing import CLUSTERED, INDEXES, SHARED
from services.chassis.catalogue import Catalogue, Collection, Kept, merged

_LEDGER: Final = "topic `ledger`, by itself"

CATALOGUE: Final = Catalogue(
    database="dualwatch_analysis",
    collections={
        "heads": Collection("projects: what is static of them", Kept.TOPIC, _LEDGER),
        "years": Collection("projects' fiscal years, folded", Kept.TOPIC, _LEDGER),
        "rows": Collection("their last assessments", Kept.TOPIC, _LEDGER),
        "entries": Collection("a copy of each project's entries", Kept.TOPIC, _LEDGER),
        "parked": Collection("entries that could not be folded", Kept.TOPIC, _LEDGER),
        "jurisdictions": Collection("jurisdictions as facts say", Kept.TOPIC, _LEDGER),
        "organisations": Collection("organisations as facts say", Kept.TOPIC, _LEDGER),
        "moments": Collection("which position was reached when", Kept.TOPIC, _LEDGER),
        "progress": Collection("how far each partition is", Kept.TOPIC, _LEDGER),
        "outbox": Collection("what is told on `assessments` next", Kept.TOPIC, _LEDGER),
        GENERATIONS: Collection("generations of the projection", Kept.TOPIC, _LEDGER),
        LIVE: Collection("which of them answers", Kept.TOPIC, _LEDGER),
    },
    indexes=merged(INDEXES, SHARED, {GENERATIONS: [], LIVE: []}),
    clustered=CLUSTERED,
    generations=OF_GENERATION,
)
