"""What tests ask of a running intake and analysis."""

from collections.abc import Sequence
from typing import Any, Self
from urllib.parse import quote

import httpx

from deploy.local.datadir import Endpoints

WAIT_SECONDS = 30
PAGE = 1_000


class Client:
    """Intake and analysis over HTTP, each answer checked."""

    def __init__(self, endpoints: Endpoints) -> None:
        """Connect to a stack."""
        self.endpoints = endpoints
        headers = {"Authorization": f"Bearer {endpoints.key}"}
        self.http = httpx.Client(headers=headers, timeout=2 * WAIT_SECONDS)

    def __enter__(self) -> Self:
        """Use it in a with statement."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.http.close()

    def send(self, events: Sequence[bytes]) -> dict[str, Any]:
        """Send events exactly as they are, as one batch; wait until all are decided."""
        answer = self.http.post(
            f"{self.endpoints.intake}/v1/events",
            content=b"[" + b",".join(events) + b"]",
            headers={
                "Content-Type": "application/cloudevents-batch+json",
                "Prefer": f"wait={WAIT_SECONDS}",
            },
        )
        found: dict[str, Any] = answer.json()
        assert found["counts"]["accepted"] == len(events), found
        return found

    def open_day(self, jurisdiction: str, date: str) -> str:
        """Open one day alone; give the cut that holds it."""
        answer = self.http.post(
            f"{self.endpoints.intake}/v1/days",
            json={"jurisdiction": jurisdiction, "date": date, "jump": True},
        )
        assert answer.is_success, answer.text
        return str(answer.json()["position"])

    def entries(self, stream: str) -> list[dict[str, Any]]:
        """Read a stream of the ledger."""
        found = self.get(f"{self.endpoints.intake}/v1/ledger/{quote(stream, safe='')}", limit=PAGE)
        items: list[dict[str, Any]] = found["items"]
        return items

    def project(self, project: str, cut: str, **asked: Any) -> dict[str, Any]:
        """Ask analysis for a project as of a date, once it has come to a cut."""
        address = f"{self.endpoints.analysis}/v1/projects/{quote(project, safe='')}"
        return self.get(address, at_least=cut, wait=WAIT_SECONDS, **asked)

    def get(self, address: str, **asked: Any) -> dict[str, Any]:
        """Ask for JSON."""
        answer = self.http.get(address, params=asked)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found
