"""How each collection grows, by which key it would be sharded, and what of it may be thrown away.

The table of docs/scale.md is made from here; tests hold it against the catalogues and a real
MongoDB: what grows is never read whole.
"""

from dataclasses import dataclass
from typing import Final

from pymongo import IndexModel

from services.alerts.store import catalogue as alerts
from services.analysis.store import catalogue as analysis
from services.chassis.catalogue import Catalogue
from services.intake.store import catalogue as intake
from services.reporting.store import catalogue as reporting

CATALOGUES: Final = (
    intake.CATALOGUE,
    analysis.CATALOGUE,
    alerts.CATALOGUE,
    alerts.REFERRALS,
    reporting.CATALOGUE,
)

BOUNDED: Final = "partitions, tenants, people, rules or processes: it stays small"
EVENTS: Final = "events"
PROJECTS: Final = "projects and years"
BATCHES: Final = "batches"
ADJUSTMENTS: Final = "virements and distributions"
ALERTS: Final = "alerts"
DAYS: Final = "days"
WORK: Final = "what people do"
PAPERS: Final = "campaigns and units"
REFUSED: Final = "refused events"
FILES: Final = "files"
PASSING: Final = "what is under way: it empties itself"

HASHED: Final = "`_id`, hashed"


@dataclass(frozen=True)
class Growth:
    """How one collection grows."""

    with_what: str
    shard_key: str = ""
    """Empty: it is not sharded, and lies on the database's first shard."""
    goes: str = ""
    """When documents of it go; empty: they stay."""


DAYS_30: Final = "30 days"
GROWTH: Final[dict[str, dict[str, Growth]]] = {
    "dualwatch_intake": {
        "entries": Growth(EVENTS, "`_id.s`"),
        "streams": Growth(PROJECTS, "`_id`"),
        "claims": Growth(EVENTS, HASHED),
        "verdicts": Growth(EVENTS, "`r`, hashed", DAYS_30),
        "requests": Growth(EVENTS, HASHED, DAYS_30),
        "document_numbers": Growth(EVENTS, "`_id`"),
        "adjustment_batches": Growth(ADJUSTMENTS),
        "adjustment_sides": Growth(ADJUSTMENTS, "`_id`"),
        "leads": Growth(PROJECTS, "`_id`"),
        "quarantine": Growth(REFUSED),
        "quarantine_commands": Growth(WORK, goes=DAYS_30),
        "principal_log": Growth(WORK),
        "sign_in_tries": Growth(WORK, goes="minutes"),
        "files": Growth(FILES, goes="14 days"),
        "file_chunks": Growth(FILES, goes="14 days"),
        "file_rejects": Growth(FILES, goes="14 days"),
        "evidence_known": Growth(FILES),
        "evidence_uses": Growth(FILES),
        "evidence.files": Growth(FILES),
        "evidence.chunks": Growth(FILES, "`files_id`"),
        "checkpoints": Growth("hours"),
        "outbox": Growth(PASSING),
    },
    "dualwatch_analysis": {
        "heads": Growth(PROJECTS, "`_id`"),
        "years": Growth(PROJECTS, "`_id.p`"),
        "rows": Growth(PROJECTS, "`_id.p`"),
        "entries": Growth(EVENTS, "`_id.p`"),
        "parked": Growth("broken entries"),
        "moments": Growth(BATCHES),
        "outbox": Growth(PASSING),
    },
    "dualwatch_alerts": {
        "alerts": Growth(ALERTS),
        "cases": Growth(PROJECTS, "`_id`"),
        "feeds": Growth(ALERTS),
        "answers": Growth(WORK, goes=DAYS_30),
        "dispositions": Growth(WORK),
        "priority_lists": Growth(WORK),
        "decided_lists": Growth(WORK),
        "filters": Growth(WORK),
        "suppressions": Growth(WORK),
        "subscriptions": Growth(WORK),
        "mailboxes": Growth(PASSING),
        "deliveries": Growth(ALERTS, goes="as its setting says"),
        "delivery_requests": Growth(PASSING),
        "kept": Growth(REFUSED),
        "kept_groups": Growth(REFUSED),
        "opened_days": Growth(DAYS),
        "rollup_parts": Growth(DAYS),
        "rollup_judges": Growth(DAYS),
        "statements": Growth(PASSING),
        "outbox": Growth(PASSING),
    },
    "dualwatch_reporting": {
        "campaigns": Growth(PAPERS),
        "papers": Growth(PAPERS),
        "figures": Growth(PAPERS),
        "editions": Growth(PAPERS),
        "stated": Growth(PAPERS),
        "paper_steps": Growth(PAPERS),
        "openings": Growth(PAPERS),
        "asked": Growth(PAPERS),
        "urgings": Growth(PAPERS),
        "urged_last": Growth(PAPERS),
        "reminded": Growth(PAPERS),
        "handed_out": Growth(PAPERS),
        "feed": Growth(PAPERS),
        "answers": Growth(WORK, goes=DAYS_30),
        "alerts": Growth(ALERTS),
        "opened_days": Growth(DAYS),
        "statements": Growth(PASSING),
        "outbox": Growth(PASSING),
        "downloads": Growth(FILES, goes="7 days"),
        "download_parts": Growth(FILES, goes="7 days"),
        "bundles.files": Growth(FILES, goes="7 days"),
        "bundles.chunks": Growth(FILES, goes="7 days"),
    },
    "dualwatch_referrals": {"referrals": Growth(WORK)},
}
SMALL: Final = Growth(BOUNDED)


def growth(catalogue: Catalogue, collection: str) -> Growth:
    """Say how a collection grows; one that is not named stays small."""
    return GROWTH.get(catalogue.database, {}).get(catalogue.named(collection), SMALL)


def grows(database: str, collection: str) -> bool:
    """Say whether a collection grows with what is entered, so that it may not be read whole."""
    found = next(each for each in CATALOGUES if each.database == database)
    return growth(found, collection).with_what not in {BOUNDED, PASSING}


def table() -> str:
    """Write the table of all collections that grow."""
    lines = ["| collection | grows with | goes after | shard key | indexes |", "|" + "---|" * 5]
    for catalogue in CATALOGUES:
        service = catalogue.database.removeprefix("dualwatch_")
        for name in catalogue.collections:
            found = growth(catalogue, name)
            if found is not SMALL:
                lines.append(
                    f"| `{service}.{name}` | {found.with_what} | {found.goes or 'never'} "
                    f"| {found.shard_key or '–'} | {_indexes(catalogue, name)} |"
                )
    return "\n".join(lines)


def _indexes(catalogue: Catalogue, name: str) -> str:
    first = "`_id` (clustered)" if name in catalogue.clustered else "`_id`"
    return ", ".join([first, *(f"`{_keys(model)}`" for model in catalogue.indexes.get(name, ()))])


def _keys(model: IndexModel) -> str:
    return ", ".join(key if way == 1 else f"-{key}" for key, way in model.document["key"].items())
