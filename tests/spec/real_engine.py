"""The engine of real parts: facts go through intake's door, Kafka and MongoDB to analysis.

It gives the same answers as PureEngine, or one of the two is wrong.
"""

import itertools
import json
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
from pydantic import TypeAdapter

from contracts.codec import encode
from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMade
from contracts.events.intake import DayOpened, JurisdictionRegistered
from deploy.local.datadir import Endpoints
from services.analysis.domain import Explanation
from tests.support import builders

_ASSESSMENT = TypeAdapter(AssessmentMade)
_numbers = itertools.count(1)
WAIT_SECONDS = 20


class RealEngine:
    """One jurisdiction of its own per specification, on a stack that all of them share."""

    def __init__(self, endpoints: Endpoints) -> None:
        """Begin without any fact; the jurisdiction is registered with the first."""
        self.jurisdiction = f"SPEC{next(_numbers)}"
        self.cut = ""
        self._known = False
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {endpoints.key}"}, timeout=2 * WAIT_SECONDS
        )
        self._intake, self._analysis = endpoints.intake, endpoints.analysis

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def given(self, *events: AnyEvent) -> None:
        """Send facts, in this order; each is accepted."""
        registering = any(isinstance(event.data, JurisdictionRegistered) for event in events)
        if not self._known and not registering:
            events = (builders.jurisdiction(), *events)
        self._known = True
        for facts, days in _parted(events):
            self._send(facts)
            for opened in days:
                self._open(opened)

    def assessment(
        self, project: str = builders.PROJECT, fiscal_year: int = 2026, as_of: str = "2026-06-30"
    ) -> AssessmentMade:
        """Ask analysis where a project stands."""
        found = self._get(project, "", fiscal_year, as_of)
        return _ASSESSMENT.validate_python(found["assessment"])

    def why(
        self,
        figure: str,
        project: str = builders.PROJECT,
        fiscal_year: int = 2026,
        as_of: str = "2026-06-30",
    ) -> Explanation:
        """Ask analysis for the facts that make a figure."""
        found = self._get(project, f"/why/{quote(figure, safe='')}", fiscal_year, as_of)
        return msgspec.convert(found, Explanation)

    def _send(self, events: list[AnyEvent]) -> None:
        if not events:
            return
        body = b"[" + b",".join(encode(self._moved(event)) for event in events) + b"]"
        answer = self._client.post(
            f"{self._intake}/v1/events",
            content=body,
            headers={
                "Content-Type": "application/cloudevents-batch+json",
                "Prefer": f"wait={WAIT_SECONDS}",
            },
        )
        document = answer.json()
        assert document["counts"]["accepted"] == len(events), document
        self.cut = document["position"]

    def _open(self, event: AnyEvent) -> None:
        answer = self._client.post(
            f"{self._intake}/v1/days",
            content=json.dumps(
                {
                    "jurisdiction": self.jurisdiction,
                    "date": event.data.date.isoformat(),
                    "jump": True,
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        assert answer.is_success, answer.text
        self.cut = answer.json()["position"]

    def _moved(self, event: AnyEvent) -> AnyEvent:
        return event.model_copy(
            update={"subject": self._here(event.subject), "id": f"{self.jurisdiction}-{event.id}"}
        )

    def _here(self, subject: str) -> str:
        return subject.replace(builders.JURISDICTION, self.jurisdiction, 1)

    def _get(self, project: str, rest: str, fiscal_year: int, as_of: str) -> dict[str, Any]:
        answer = self._client.get(
            f"{self._analysis}/v1/projects/{quote(self._here(project), safe='')}{rest}",
            params={
                "fiscal_year": fiscal_year,
                "as_of": str(as_of),
                "at_least": self.cut,
                "wait": WAIT_SECONDS,
            },
        )
        assert answer.is_success, answer.text
        document: dict[str, Any] = answer.json()
        return document


def _parted(events: tuple[AnyEvent, ...]) -> list[tuple[list[AnyEvent], list[AnyEvent]]]:
    """Part events where a day is opened: days have a door of their own."""
    found: list[tuple[list[AnyEvent], list[AnyEvent]]] = [([], [])]
    for event in events:
        if isinstance(event.data, DayOpened):
            found[-1][1].append(event)
        elif found[-1][1]:
            found.append(([event], []))
        else:
            found[-1][0].append(event)
    return found
