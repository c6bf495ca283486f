"""All that must hold at the end of a run, whatever was done to it."""

from collections.abc import Sequence
from typing import Any, Final

import httpx
from pymongo import MongoClient
from pymongo.database import Database

from deploy.local.datadir import Endpoints
from tests.fault.net.inputlog import InputLog
from tests.fault.net.ledger import (
    ANSWER_SECONDS,
    PAGE_MAX,
    Entered,
    against_log,
    copies_complete,
    entered,
    same_in_store,
    sequences_gapless,
    spent_by_project,
)
from tests.fault.net.topics import Numbered, read_topics
from tests.support.city import YEAR, fen

NUMBERED: Final = ("ledger", "assessments", "alerts")
FAULTS_MAX: Final = 50
"""Faults of one kind that are told."""
FROZEN: Final = b'"frozen":true'
"""As an assessment writes it."""
FROZEN_COUNT: Final = "assessments of frozen projects"
LIST_PAGE: Final = 500


class Findings:
    """What was checked and what does not hold."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.faults: list[str] = []
        self.counts: dict[str, int] = {}

    def add(self, what: str, faults: Sequence[str]) -> None:
        """Add the faults of one invariant."""
        self.counts[f"faults: {what}"] = len(faults)
        self.faults += [f"{what}: {fault}" for fault in faults[:FAULTS_MAX]]


class NotListedError(Exception):
    """Analysis does not list what it should know."""


def check(
    endpoints: Endpoints, log: InputLog, town: str, findings: Findings | None = None
) -> Findings:
    """Check every invariant of the ledger and the topics; the figures are the oracle's part.

    What is found is added to `findings`, where there are some already.
    """
    findings = findings or Findings()
    topics = read_topics(endpoints.kafka, NUMBERED)
    findings.add("gapless positions", [fault for found in topics for fault in found.faults])
    found = entered([numbered for numbered in topics if numbered.topic == "ledger"])
    days = [(line.jurisdiction, line.date) for line in log.days_opened()]
    findings.add("exactly once", against_log(log, found, days))
    findings.add("readers at the end", _readers(endpoints, topics))
    findings.add("copies", copies_complete(found, sorted({name for name, _ in days})))
    findings.add("gapless sequences", sequences_gapless(found))
    findings.add("topic = store, chains", same_in_store(endpoints, found))
    findings.add("town's sums", _town(endpoints, found, town))
    findings.counts |= _counts(topics, found)
    return findings


def _readers(endpoints: Endpoints, topics: Sequence[Numbered]) -> list[str]:
    """Every stored progress on a topic with positions stands at the last of them."""
    ends = {(found.topic, found.partition): len(found.values) for found in topics}
    faults = []
    client: MongoClient[dict[str, Any]]
    with MongoClient(endpoints.mongo) as client:
        names = [name for name in client.list_database_names() if name.startswith("dualwatch_")]
        for name in names:
            database: Database[dict[str, Any]] = client[name]
            for document in database["progress"].find():
                _, topic, partition = document["_id"].split(":")
                end = ends.get((topic, int(partition)))
                if end is not None and document["position"] != end:
                    faults.append(f"{name}: {document['_id']} at {document['position']} of {end}")
    return faults


def _counts(topics: Sequence[Numbered], found: Entered) -> dict[str, int]:
    counts = {"events": found.count, "streams": len(found.streams)}
    for name in NUMBERED:
        parts = [numbered for numbered in topics if numbered.topic == name]
        counts[f"{name} records"] = sum(len(part.values) for part in parts)
        counts[f"{name} repeated"] = sum(part.repeated for part in parts)
    counts["times that a publisher was heard"] = found.heard.total()
    counts[FROZEN_COUNT] = sum(
        FROZEN in value for part in topics if part.topic == "assessments" for value in part.values
    )
    return counts


def _town(endpoints: Endpoints, found: Entered, town: str) -> list[str]:
    """The town's payments add up: the one sum that needs no oracle."""
    wanted = spent_by_project(found, town)
    try:
        shown = {row["project_id"]: fen(row["spent"]) for row in _projects(endpoints, town)}
    except NotListedError as error:
        # It may not even be known, where entries are missing.
        return [f"{town} cannot be listed: {error}"]
    return [
        f"{project}: {wanted.get(project, 0)} fen spent, {shown.get(project)} shown"
        for project in sorted(wanted.keys() | shown.keys())
        if wanted.get(project, 0) != shown.get(project)
    ]


def _projects(endpoints: Endpoints, town: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    headers = {"Authorization": f"Bearer {endpoints.key}"}
    params: dict[str, str | int] = {"jurisdiction": town, "fiscal_year": YEAR, "limit": LIST_PAGE}
    with httpx.Client(headers=headers, timeout=ANSWER_SECONDS, trust_env=False) as client:
        for _ in range(PAGE_MAX):
            answer = client.get(f"{endpoints.analysis}/v1/projects", params=params)
            if answer.is_error:
                raise NotListedError(answer.text)
            page = answer.json()
            rows += page["items"]
            if page["next"] is None:
                return rows
            params["after"] = page["next"]
    raise AssertionError(PAGE_MAX)
