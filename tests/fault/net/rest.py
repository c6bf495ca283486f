"""Waiting until all is at rest: readers at the end of their topics, nothing due or unsent."""

import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from deploy.local.datadir import Endpoints
from tests.fault.net.rebuilds import Rebuilds
from tests.fault.net.topics import end_offsets

TOPICS: Final = ("publish.demo", "submissions")
"""Read by offset. Of topics with positions what comes twice is passed over, offset and all."""
DATABASES: Final = ("intake", "analysis", "alerts", "reporting")
ANSWER_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 1.0
SELECTION_MS: Final = 3_000
PLAIN: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here is asked by TLS: to read all the machine's certificates takes longer than to ask."""


@dataclass(frozen=True)
class Rest:
    """How the wait went."""

    seconds: float
    unrest: tuple[str, ...]
    """What was not at rest when the wait was given up."""


def wait_for_rest(
    endpoints: Sequence[Endpoints],
    rebuilds: Rebuilds,
    limit_seconds: float,
    tell: Callable[[str], None],
) -> Rest:
    """Return once nothing moves any more, or when the limit is over."""
    began, pause = time.monotonic(), threading.Event()
    while True:
        seen = unrest(endpoints, rebuilds)
        lasted = time.monotonic() - began
        if not seen:
            break
        if lasted > limit_seconds:
            tell(f"not at rest after {lasted:.0f} s: {seen}")
            break
        # To look is work for all of them: not too often.
        pause.wait(LOOK_SECONDS)
    return Rest(lasted, tuple(seen))


def unrest(endpoints: Sequence[Endpoints], rebuilds: Rebuilds) -> list[str]:
    """Say what is not at rest."""
    try:
        found = [*_lags(endpoints[0]), *_positions(endpoints), *_readiness(endpoints)]
        with _client(endpoints[0]) as client:
            ledger = _asked(client, f"{endpoints[0].intake}/v1/position")["position"]
        return [*found, *rebuilds.unrest(ledger)]
    except (PyMongoError, KafkaError, httpx.HTTPError, OSError) as error:
        return [repr(error)]


def _lags(endpoints: Endpoints) -> list[str]:
    """Compare stored offsets with the ends of their topics, and look into the outboxes."""
    ends = end_offsets(endpoints.kafka, TOPICS)
    found: list[str] = []
    client: MongoClient[dict[str, Any]]
    with MongoClient(endpoints.mongo, serverSelectionTimeoutMS=SELECTION_MS) as client:
        for name in DATABASES:
            database: Database[dict[str, Any]] = client[f"dualwatch_{name}"]
            for document in database["progress"].find():
                _, topic, partition = document["_id"].split(":")
                end = ends.get((topic, int(partition)), 0)
                if topic in TOPICS and (document["offset"] or 0) != end:
                    found.append(f"{document['_id']} at {document['offset']} of {end}")
            waiting = database["outbox"].count_documents({})
            if waiting:
                found.append(f"{waiting} in the outbox of {name}")
    return found


def _positions(endpoints: Sequence[Endpoints]) -> list[str]:
    """Ask every process whether it has passed what the one before has made."""
    found: list[str] = []
    for places in endpoints:
        with _client(places) as client:
            ledger = _asked(client, f"{places.intake}/v1/position")["position"]
            analysed = _asked(client, f"{places.analysis}/v1/position", at_least=ledger)
            if analysed.get("due") != 0:
                found.append(f"analysis: {analysed}")
                continue
            cut = analysed["assessments"]
            judged = _asked(client, f"{places.alerts}/v1/position", at_least=cut)
            if "alerts" not in judged or "title" in judged:
                found.append(f"alerts: {judged}")
                continue
            wanted = {"at_least_assessments": cut, "at_least_alerts": judged["alerts"]}
            told = _asked(client, f"{places.reporting}/v1/position", **wanted)
            if "title" in told:
                found.append(f"reporting: {told}")
    return found


def _readiness(endpoints: Sequence[Endpoints]) -> list[str]:
    found: list[str] = []
    for places in endpoints:
        with _client(places) as client:
            for name in DATABASES:
                for page in ("readyz", "livez"):
                    answer = client.get(f"{getattr(places, name)}/{page}")
                    if not answer.is_success:
                        found.append(f"{name} {page}: {answer.text[:300]}")
    return found


def _client(places: Endpoints) -> httpx.Client:
    headers = {"Authorization": f"Bearer {places.key}"}
    return httpx.Client(headers=headers, timeout=ANSWER_SECONDS, trust_env=False, verify=PLAIN)


def _asked(client: httpx.Client, url: str, **params: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(url, params=params).json()
    return found
