"""Rebuilds under load: projections made anew beside the live one; at rest they are its equals."""

import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import httpx
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from deploy.local.process import Command
from deploy.local.stack import Stack
from services.analysis.store.documents import unpacked

STATES: Final = ("heads", "years", "jurisdictions", "organisations", "parked")
"""What follows from the ledger alone, one document each."""
CHANCE: Final = frozenset({"assessed", "due", "unmeasured"})
"""Fields that hang on when a year was assessed."""
BEGIN_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.5
LOOK_MS: Final = 1_000
ANSWER_SECONDS: Final = 5.0
Documents = Database[dict[str, Any]]


class Rebuilds:
    """The rebuilds of one run."""

    def __init__(self, stack: Stack, ports: list[int]) -> None:
        """As many at once as there are ports."""
        self._stack = stack
        self._free = list(ports)
        self.started: dict[str, int] = {}
        """Name and port."""

    def start(self) -> int:
        """Begin one; give how many entries it has folded when it has begun, 0 if it has not."""
        if not self._free:
            return 0
        name, port = f"anew{len(self.started) + 1}", self._free.pop(0)
        self.started[name] = port
        own = {"DUALWATCH_ANALYSIS__PORT": str(port), "DUALWATCH_ANALYSIS__REBUILD": name}
        self._stack.add(
            Command(
                name=f"rebuild-{name}",
                argv=(sys.executable, "-m", "services.analysis"),
                log_file=self._stack.data.logs / f"rebuild-{name}.log",
                environ={**self._stack.environment(), **own},
            )
        )
        over, pause = time.monotonic() + BEGIN_SECONDS, threading.Event()
        while not (folded := self._folded(name)) and time.monotonic() < over:
            pause.wait(LOOK_SECONDS)
        return folded

    def unrest(self, ledger: str) -> list[str]:
        """Say which has not come to this cut of the ledger."""
        found = []
        for name, port in self.started.items():
            headers = {"Authorization": f"Bearer {self._stack.endpoints().key}"}
            url = f"http://127.0.0.1:{port}/v1/position"
            answer = httpx.get(
                url, params={"at_least": ledger}, headers=headers, timeout=ANSWER_SECONDS
            )
            if answer.json().get("due") != 0:
                found.append(f"{name}: {answer.text[:300]}")
        return found

    def differences(self) -> list[str]:
        """Compare what each has kept with what the live projection has."""
        faults: list[str] = []
        client: MongoClient[dict[str, Any]]
        with MongoClient(self._stack.endpoints().mongo) as client:
            live = dict(_kept(client["dualwatch_analysis"])) if self.started else {}
            for name in self.started:
                anew = dict(_kept(client[f"dualwatch_analysis_{name}"]))
                faults += [
                    f"{name}: {key} is {str(anew.get(key))[:200]}, live {str(live.get(key))[:200]}"
                    for key in sorted(live.keys() | anew.keys())
                    if live.get(key) != anew.get(key)
                ]
        return faults

    def _folded(self, name: str) -> int:
        client: MongoClient[dict[str, Any]]
        address = self._stack.endpoints().mongo
        try:
            with MongoClient(address, serverSelectionTimeoutMS=LOOK_MS) as client:
                database: Documents = client[f"dualwatch_analysis_{name}"]
                return sum(int(found["position"]) for found in database["progress"].find())
        except PyMongoError:
            return 0


def _kept(database: Documents) -> Iterator[tuple[str, Any]]:
    """Yield all that a projection keeps and that does not hang on chance, by name."""
    for name in STATES:
        for found in database[name].find():
            known = {key: value for key, value in found.items() if key not in CHANCE}
            yield f"{name} {found['_id']}", known
    entries: dict[str, list[Any]] = {}
    # How many entries a document holds is how many came at once: that is no part of it.
    for found in database["entries"].find().sort("_id"):
        entries.setdefault(str(found["_id"]["p"]), []).extend(unpacked(found))
    yield from ((f"entries of {project}", kept) for project, kept in entries.items())
