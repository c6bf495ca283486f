"""What the databases of alerts hold, and how each collection comes back when it is lost."""

from typing import Final

from services.alerts.store import (
    commanding,
    days,
    decisions,
    filters,
    kept,
    packs,
    referrals,
    rollups,
    subscriptions,
    suppressions,
    trees,
    writing,
)
from services.chassis import fencing
from services.chassis.catalogue import Catalogue, Collection, Kept, merged

CATALOGUE: Final = Catalogue(
    database="dualwatch_alerts",
    collections={
        "alerts": Collection("alerts, and what people did with them", Kept.BACKUP),
        "cases": Collection("what each project was judged by last", Kept.BACKUP),
        "feeds": Collection("what was told, in order", Kept.BACKUP),
        "counters": Collection("last numbers of feeds and topic", Kept.BACKUP),
        "outbox": Collection("what is told on `alerts` next", Kept.BACKUP),
        "progress": Collection("how far each reader of a topic is", Kept.BACKUP),
        "answers": Collection("first answers of commands, 30 days", Kept.BACKUP),
        "dispositions": Collection("dispositions", Kept.BACKUP),
        "priority_lists": Collection("priority lists", Kept.BACKUP),
        "decided_lists": Collection("which list holds", Kept.BACKUP),
        "statements": Collection("what is stated to intake next", Kept.BACKUP),
        "filters": Collection("people's saved filters", Kept.BACKUP),
        "suppressions": Collection("suppressions", Kept.BACKUP),
        "subscriptions": Collection("subscriptions, webhook secrets sealed", Kept.BACKUP),
        "mailboxes": Collection("what is gathered for the next mail", Kept.BACKUP),
        "delivery_shards": Collection("who delivers what", Kept.BACKUP),
        "delivery_requests": Collection("deliveries out of turn", Kept.BACKUP),
        "deliveries": Collection("the log of deliveries", Kept.BACKUP),
        "kept": Collection("what is in quarantine, as told", Kept.BACKUP),
        "kept_groups": Collection("the same, counted", Kept.BACKUP),
        "rule_packs": Collection("published packs", Kept.BACKUP),
        "rule_parents": Collection("whose packs hold below", Kept.BACKUP),
        "jurisdictions": Collection("jurisdictions as facts say", Kept.BACKUP),
        "organisations": Collection("organisations as facts say", Kept.BACKUP),
        "opened_days": Collection("opened days by partition", Kept.BACKUP),
        "rollup_parts": Collection("a day's sums by partition", Kept.BACKUP),
        "rollup_judges": Collection("who judges a day", Kept.BACKUP),
        fencing.COLLECTION: Collection("sessions of live processes", Kept.AWAY),
    },
    indexes=merged(
        writing.INDEXES,
        commanding.INDEXES,
        days.INDEXES,
        decisions.INDEXES,
        filters.INDEXES,
        kept.INDEXES,
        packs.INDEXES,
        rollups.INDEXES,
        subscriptions.INDEXES,
        suppressions.INDEXES,
        trees.INDEXES,
        fencing.Fence.INDEXES,
    ),
)

REFERRALS: Final = Catalogue(
    database=referrals.DATABASE,
    collections={referrals.COLLECTION: Collection("referrals, each step chained", Kept.BACKUP)},
    indexes=merged(referrals.INDEXES),
    restricted=True,
)
