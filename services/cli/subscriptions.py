"""`dualwatch subscriptions`: what of a feed is sent to oneself, and what became of it."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from contracts.codec import encode_json
from contracts.vocabulary import Aspect, Severity
from services.chassis import clock
from services.cli.client import Client, document, segment
from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, JsonFlag, print_json, print_rows, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Subscriptions: alerts sent to oneself.", no_args_is_help=True)

JSON_TYPE: Final = {"content-type": "application/json"}
TEST_SECONDS: Final = 60.0
"""Longest that the outcome of a test is waited for."""
POLLS_MAX: Final = 1_000
POLL_SECONDS: Final = 0.2
SUBSCRIPTION_COLUMNS: Final = (
    Column("subscription", "subscription_id"),
    Column("name", "name"),
    Column("jurisdiction", "jurisdiction"),
    Column("channel", "channel"),
    Column("to", "address"),
    Column("state", "state"),
    Column("reason", "reason"),
    Column("cursor", "cursor", "number"),
    Column("failures", "attempts_failed", "number"),
    Column("version", "version", "number"),
)
DELIVERY_COLUMNS: Final = (
    Column("delivery", "delivery_id"),
    Column("kind", "kind"),
    Column("status", "status"),
    Column("tries", "tries", "number"),
    Column("answered", "answered"),
    Column("error", "error"),
    Column("ms", "duration_ms", "number"),
    Column("at", "updated"),
    Column("note", "note"),
)


class Language(StrEnum):
    """In which language mails are written."""

    ZH = "zh"
    EN = "en"


Name = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="Subscription id.")]
Rules = Annotated[list[str] | None, typer.Option("--rule", help="Only these rules; repeatable.")]
Projects = Annotated[
    list[str] | None, typer.Option("--project", help="Only these projects; repeatable.")
]
Organisations = Annotated[
    list[str] | None,
    typer.Option("--organisation", metavar="O", help="Only what is in these subtrees; repeatable."),
]
Aspects = Annotated[
    list[Aspect] | None, typer.Option("--aspect", help="Only these aspects; repeatable.")
]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Only what happened so: raised, cleared, escalated …; repeatable."),
]
AtLeast = Annotated[
    Severity | None, typer.Option("--severity-at-least", help="Only from this severity on.")
]
Muted = Annotated[bool, typer.Option("--muted", help="Also what is suppressed or inhibited.")]
Window = Annotated[
    int | None,
    typer.Option("--window", metavar="SECONDS", min=1, help="Gather so long for one mail."),
]
After = Annotated[
    int | None, typer.Option("--after", metavar="CURSOR", min=0, help="Go on behind this cursor.")
]
Version = Annotated[
    int | None, typer.Option("--version", min=1, help="Only if this is the present version.")
]


@app.command("create")
def create(  # noqa: PLR0913 - an option for each thing a subscription is made of
    context: typer.Context,
    jurisdiction: Annotated[str, typer.Argument(metavar="JURISDICTION", help="Whose feed.")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="https://… or an e-mail's.")],
    *,
    name: Annotated[str, typer.Option("--name", help="Its name for people.")] = "",
    rule: Rules = None,
    project: Projects = None,
    organisation: Organisations = None,
    aspect: Aspects = None,
    kind: Kinds = None,
    severity_at_least: AtLeast = None,
    muted: Muted = False,
    language: Annotated[Language, typer.Option("--language", help="Of mails.")] = Language.ZH,
    window: Window = None,
    after: After = None,
    as_json: JsonFlag = False,
) -> None:
    """Subscribe to a feed; prints the secret of a webhook: this once, it is shown nowhere."""
    wanted = _filter(rule, project, organisation, aspect, kind, severity_at_least)
    form: dict[str, Any] = {
        "name": name or address,
        "jurisdiction": jurisdiction,
        "channel": "webhook" if "://" in address else "email",
        "address": address,
        "language": language.value,
        "filter": {**wanted, "muted": muted},
        **_given(window_seconds=window, after=after),
    }
    key = {"idempotency-key": clock.new_id().hex()}
    with client_of(context) as client:
        found = _send(client, "POST", "/v1/subscriptions", form, key)
    show(found, as_json=as_json, title=str(found["subscription_id"]))
    if "secret" in found and not as_json:
        say("keep the secret: it is not shown again")


@app.command("list")
def list_subscriptions(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List one's own."""
    with client_of(context) as client:
        found = list(client.items(Service.ALERTS, "/v1/subscriptions"))
    show(found, as_json=as_json, columns=SUBSCRIPTION_COLUMNS)


@app.command("show")
def show_subscription(context: typer.Context, name: Name, *, as_json: JsonFlag = False) -> None:
    """Show one: its filter, how far it is, what fails."""
    with client_of(context) as client:
        found = client.get(Service.ALERTS, _path(name))
    show(found, as_json=as_json, title=name)


@app.command("change")
def change(  # noqa: PLR0913 - an option for each thing that can be changed
    context: typer.Context,
    subscription: Name,
    *,
    name: Annotated[str | None, typer.Option("--name", help="Its name for people.")] = None,
    address: Annotated[str | None, typer.Option("--address", help="Where to.")] = None,
    language: Annotated[Language | None, typer.Option("--language", help="Of mails.")] = None,
    window: Window = None,
    after: After = None,
    version: Version = None,
    as_json: JsonFlag = False,
) -> None:
    """Change one; what is left out stays."""
    form = _given(name=name, address=address, language=language, window_seconds=window, after=after)
    _change(context, subscription, form, version, as_json=as_json)


@app.command("pause")
def pause(
    context: typer.Context,
    subscription: Name,
    *,
    version: Version = None,
    as_json: JsonFlag = False,
) -> None:
    """Send nothing for now."""
    _change(context, subscription, {"state": "paused"}, version, as_json=as_json)


@app.command("resume")
def resume(
    context: typer.Context,
    subscription: Name,
    *,
    after: After = None,
    version: Version = None,
    as_json: JsonFlag = False,
) -> None:
    """Go on behind the last entry that was delivered, also after it was disabled."""
    form = {"state": "active", **_given(after=after)}
    _change(context, subscription, form, version, as_json=as_json)


@app.command("remove")
def remove(context: typer.Context, subscription: Name, *, version: Version = None) -> None:
    """Remove one with its log."""
    with client_of(context) as client:
        answer = client.send(
            Service.ALERTS, "DELETE", _path(subscription), headers=_expecting(version)
        )
        if answer.content:
            document(Service.ALERTS, answer)
    say(f"{subscription} is removed")


@app.command("rotate")
def rotate(
    context: typer.Context,
    subscription: Name,
    *,
    version: Version = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw a new secret for a webhook; for a day the former one signs as well."""
    with client_of(context) as client:
        # Not repeated by itself: each time another secret would be drawn.
        answer = client.send(
            Service.ALERTS,
            "POST",
            f"{_path(subscription)}/rotate",
            headers=_expecting(version),
            patience_seconds=0,
        )
        found = document(Service.ALERTS, answer)
    show(found, as_json=as_json, title=subscription)


@app.command("test")
def try_out(context: typer.Context, subscription: Name, *, as_json: JsonFlag = False) -> None:
    """Have a test sent, and wait for what becomes of it; exit code 1 if it does not arrive."""
    with client_of(context) as client:
        asked = _send(client, "POST", f"{_path(subscription)}/test", {})
        _wait(client, subscription, str(asked["delivery_id"]), as_json=as_json)


@app.command("deliveries")
def deliveries(
    context: typer.Context,
    subscription: Name,
    *,
    status: Annotated[
        str | None, typer.Option("--status", help="delivered, waiting, failed or withheld.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List what was delivered, or was not; the last first."""
    with client_of(context) as client:
        path = f"{_path(subscription)}/deliveries"
        found = list(client.items(Service.ALERTS, path, {"status": status}))
    if as_json:
        print_json(found)
    else:
        print_rows([_flat(one) for one in found], DELIVERY_COLUMNS)


@app.command("replay")
def replay(
    context: typer.Context,
    subscription: Name,
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="Its id in the log.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Have a delivery sent once more, under the same id."""
    with client_of(context) as client:
        path = f"{_path(subscription)}/deliveries/{segment(delivery)}/replay"
        found = _send(client, "POST", path, {})
    show(found, as_json=as_json, title=delivery)


def _wait(client: Client, subscription: str, delivery: str, *, as_json: bool) -> None:
    give_up = client.monotonic() + TEST_SECONDS
    path = f"{_path(subscription)}/deliveries"
    for _ in range(POLLS_MAX):
        page = client.get(Service.ALERTS, path, {"limit": 20})
        found = [one for one in page["items"] if one["delivery_id"] == delivery]
        if found:
            show(found[0] if as_json else _flat(found[0]), as_json=as_json, title=delivery)
            if found[0]["status"] != "delivered":
                message = "the test did not arrive"
                raise CliError(message, ExitCode.FAILED_CHECK)
            return
        if client.monotonic() > give_up:
            break
        client.pause(POLL_SECONDS)
    message = f"the test was not sent within {TEST_SECONDS:g} s; see `deliveries`"
    raise CliError(message, ExitCode.TIMEOUT)


def _change(
    context: typer.Context,
    subscription: str,
    form: dict[str, Any],
    version: int | None,
    *,
    as_json: bool,
) -> None:
    with client_of(context) as client:
        found = _send(client, "PATCH", _path(subscription), form, _expecting(version))
    show(found, as_json=as_json, title=subscription)


def _send(
    client: Client,
    method: str,
    path: str,
    form: dict[str, Any],
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    answer = client.send(
        Service.ALERTS,
        method,
        path,
        content=encode_json(form),
        headers={**JSON_TYPE, **(headers or {})},
    )
    found: dict[str, Any] = document(Service.ALERTS, answer)
    return found


def _filter(
    rule: list[str] | None,
    project: list[str] | None,
    organisation: list[str] | None,
    aspect: list[Aspect] | None,
    kind: list[str] | None,
    severity_at_least: Severity | None,
) -> dict[str, Any]:
    named = _given(
        rules=rule, projects=project, organisations=organisation, aspects=aspect, kinds=kind
    )
    return {**named, **_given(severity_at_least=severity_at_least)}


def _given(**named: Any) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value is not None}


def _expecting(version: int | None) -> dict[str, str]:
    return {} if version is None else {"if-match": f'"{version}"'}


def _path(name: str) -> str:
    return f"/v1/subscriptions/{segment(name)}"


def _flat(found: dict[str, Any]) -> dict[str, Any]:
    last = found["attempts"][-1] if found["attempts"] else {}
    plain = {name: found[name] for name in ("delivery_id", "kind", "status", "tries", "updated")}
    return {
        **plain,
        "note": found["note"],
        "answered": last.get("status"),
        "error": last.get("error"),
        "duration_ms": last.get("duration_ms"),
    }
