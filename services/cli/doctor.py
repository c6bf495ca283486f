"""`dualwatch doctor`: whether every part is there, in plain words."""

from typing import Any, Final

import httpx
import typer

from services.cli.client import Client, problem_of
from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, JsonFlag, show
from services.cli.places import Service
from services.cli.session import client_of

COLUMNS: Final = (Column("part", "service"), Column("well", "ok"), Column("", "words"))


def doctor(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Look at every service and say what is wrong and what to do about it."""
    with client_of(context) as client:
        findings = [examine(client, service) for service in Service]
    show(findings, as_json=as_json, columns=COLUMNS)
    if not all(finding["ok"] for finding in findings):
        message = "not everything is well"
        raise CliError(message, ExitCode.FAILED_CHECK)


def examine(client: Client, service: Service) -> dict[str, Any]:
    """Ask one service whether it lives, is ready, and knows our key."""
    try:
        url = client.places.url(service)
        return {"service": service, "url": url, **_condition(client, service)}
    except CliError as error:
        return {"service": service, "url": None, "ok": False, "words": str(error)}


def _condition(client: Client, service: Service) -> dict[str, Any]:
    for path, otherwise in (
        ("/livez", "it runs but makes no progress: see its log, restart it"),
        ("/readyz", "it runs but something it needs is missing"),
    ):
        answer = client.look(service, path)
        if answer.is_error:
            return {"ok": False, "words": f"{otherwise}{_failing(answer)}"}
    if client.look(service, "/v1/position").status_code == httpx.codes.UNAUTHORIZED:
        return {"ok": False, "words": "it is ready but refuses the key: is DUALWATCH_KEY its key?"}
    return {"ok": True, "words": "ready"}


def _failing(answer: httpx.Response) -> str:
    """Name the failing checks of a health answer, whatever else it says."""
    found = problem_of(answer)
    checks = found.get("checks", found)
    failing = [
        f"{name}: {state}"
        for name, state in (checks.items() if isinstance(checks, dict) else ())
        if isinstance(state, str) and state != "ok"
    ]
    return f" ({'; '.join(failing) or answer.status_code})"
