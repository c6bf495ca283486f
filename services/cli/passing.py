"""Waiting until analysis, alerts and reporting have passed what was published."""

from typing import Any, Final

import httpx

from services.cli.client import Client, Params, document
from services.cli.errors import CliError, ExitCode
from services.cli.places import Service

PASSING_SECONDS_MAX: Final = 300.0
"""Longest wait for all services together."""
HELD_SECONDS: Final = 20
"""How long a service is asked to hold its answer at a time."""
DUE_PAUSE_SECONDS: Final = 0.1
AWAY_SECONDS_MAX: Final = 60.0
"""How long a service may be away (restarting) meanwhile."""
ASKED_MAX: Final = 10_000


def wait_until_passed(client: Client, cut: str, limit_seconds: float = PASSING_SECONDS_MAX) -> None:
    """Return when all services have passed the ledger's `cut`; CliError (timeout) if they do not.

    Each service answers with its own positions; the next one is asked for those.
    """
    passing = _Passing(client, client.monotonic() + limit_seconds)
    analysed = passing.reached(Service.ANALYSIS, {"at_least": cut})
    judged = passing.reached(Service.ALERTS, {"at_least": analysed["assessments"]})
    passing.reached(
        Service.REPORTING,
        {
            "at_least_assessments": analysed["assessments"],
            "at_least_alerts": judged["alerts"],
        },
    )


class _Passing:
    def __init__(self, client: Client, give_up: float) -> None:
        self._client = client
        self._give_up = give_up

    def reached(self, service: Service, params: Params) -> dict[str, Any]:
        """Ask for the service's position until it is far enough and nothing is due there."""
        for _ in range(ASKED_MAX):
            left = self._give_up - self._client.monotonic()
            if left <= 0:
                break
            held = max(1, min(HELD_SECONDS, int(left)))
            answer = self._client.send(
                service,
                "GET",
                "/v1/position",
                params={**params, "wait": held},
                wait_seconds=held,
                patience_seconds=min(AWAY_SECONDS_MAX, left),
            )
            # 409: not there yet, the wait is over.
            if answer.status_code != httpx.codes.CONFLICT:
                position: dict[str, Any] = document(service, answer)
                if not position.get("due"):
                    return position
            self._client.pause(DUE_PAUSE_SECONDS)
        message = f"{service} has not yet passed {dict(params)}; it goes on by itself"
        raise CliError(message, ExitCode.TIMEOUT)
