"""What `dualwatch_reporting` holds, and how each collection comes back when it is lost."""

from typing import Final

from services.chassis import answers, fencing, statements
from services.chassis.catalogue import Catalogue, Collection, Kept, merged
from services.reporting.store import (
    boards,
    campaigns,
    days,
    downloads,
    handed,
    names,
    opening,
    papers,
    reminding,
    telling,
)

_AGAIN: Final = "asked for again by whoever wants it"

CATALOGUE: Final = Catalogue(
    database="dualwatch_reporting",
    collections={
        campaigns.COLLECTION: Collection("campaigns", Kept.BACKUP),
        papers.COLLECTION: Collection("forms and reports as they stand, drafts too", Kept.BACKUP),
        papers.FIGURES: Collection("figures that they are filled with", Kept.BACKUP),
        papers.EDITIONS: Collection("what was handed in, frozen", Kept.BACKUP),
        papers.STATED: Collection("what they stated to intake", Kept.BACKUP),
        papers.STEPS: Collection("every step of each paper", Kept.BACKUP),
        opening.COLLECTION: Collection("campaigns that are being opened", Kept.BACKUP),
        opening.ASKED: Collection("of whom they ask what", Kept.BACKUP),
        boards.URGINGS: Collection("who was urged when", Kept.BACKUP),
        boards.URGED_LAST: Collection("for what each was urged last", Kept.BACKUP),
        reminding.PROGRESS: Collection("how far reminding is", Kept.BACKUP),
        reminding.REMINDED: Collection("who was reminded of what", Kept.BACKUP),
        handed.COLLECTION: Collection(
            "forms of no campaign and summaries, as handed out", Kept.BACKUP
        ),
        "feed": Collection("what was told, in order", Kept.BACKUP),
        "counters": Collection("last numbers of feed and topic", Kept.BACKUP),
        "outbox": Collection("what is told on `reports` next", Kept.BACKUP),
        "statements": Collection("what is stated to intake next", Kept.BACKUP),
        "answers": Collection("first answers of commands, 30 days", Kept.BACKUP),
        "progress": Collection("how far each reader of a topic is", Kept.BACKUP),
        "alerts": Collection("alerts as told", Kept.BACKUP),
        "jurisdictions": Collection("jurisdictions as facts say", Kept.BACKUP),
        "organisations": Collection("organisations' names", Kept.BACKUP),
        days.COLLECTION: Collection("opened days", Kept.BACKUP),
        downloads.COLLECTION: Collection("bundles of files of 7 days", Kept.AWAY, _AGAIN),
        downloads.PARTS: Collection("what is in them", Kept.AWAY, _AGAIN),
        f"{downloads.BUCKET}.files": Collection("the bundles (GridFS)", Kept.AWAY, _AGAIN),
        f"{downloads.BUCKET}.chunks": Collection("their bytes", Kept.AWAY, _AGAIN),
        fencing.COLLECTION: Collection("sessions of live processes", Kept.AWAY),
    },
    indexes=merged(
        names.INDEXES,
        telling.INDEXES,
        campaigns.INDEXES,
        papers.INDEXES,
        opening.INDEXES,
        days.INDEXES,
        boards.INDEXES,
        reminding.INDEXES,
        handed.INDEXES,
        downloads.INDEXES,
        answers.Answers.INDEXES,
        statements.INDEXES,
        fencing.Fence.INDEXES,
    ),
)
