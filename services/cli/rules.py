"""`dualwatch rules`: packs of rules checked, tested, published, read and explained."""

import hashlib
import json
import secrets
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.events.intake.decisions import PACK_LENGTH_MAX
from services.alerts.packs.checking import outcomes_of
from services.alerts.packs.loader import PackError, read_form
from services.chassis import clock
from services.cli.client import Client, segment
from services.cli.errors import CliError, ExitCode
from services.cli.options import Jurisdiction, NoWait, read_day
from services.cli.output import Column, JsonFlag, print_json, print_rows, say, show
from services.cli.passing import wait_until_passed
from services.cli.places import Service
from services.cli.publish import RUN_ID_BYTES
from services.cli.publishing import Item, Sender
from services.cli.rules_backtest import backtest
from services.cli.rules_book import EVALUATOR, checked, published_book, read_pack, shipped_rules
from services.cli.rules_explain import explain
from services.cli.rules_starter import STARTER
from services.cli.session import client_of

app = typer.Typer(help="Rule packs: check, test, publish, explain.", no_args_is_help=True)
app.command("explain")(explain)
app.command("backtest")(backtest)

SOURCE: Final = "urn:dualwatch:rules"
PACK_TYPE: Final = "dualwatch.rule_pack.published.v1"
FAULT_COLUMNS: Final = (
    Column("line", "line", "number"),
    Column("column", "column", "number"),
    Column("fault", "fault"),
)
TEST_COLUMNS: Final = (
    Column("rule", "rule"),
    Column("test", "test"),
    Column("expected", "expected", "light"),
    Column("answer", "answer", "light"),
    Column("passed", "passed"),
)
RULE_COLUMNS: Final = (
    Column("rule", "rule_id"),
    Column("aspect", "aspect"),
    Column("scope", "scope"),
    Column("severity", "severity", "light"),
    Column("article", "article"),
    Column("title", "title_en"),
    Column("标题", "title_zh"),
    Column("layers", "layer_names"),
)
PACK_COLUMNS: Final = (
    Column("pack", "pack"),
    Column("version", "version"),
    Column("of", "owner"),
    Column("extends", "extends"),
    Column("from", "effective_from"),
    Column("to", "effective_to"),
    Column("rules", "rules", "number"),
    Column("overrides", "overrides", "number"),
    Column("in effect", "in_effect"),
)

PackFile = Annotated[Path, typer.Argument(metavar="FILE", help="Pack, YAML.")]
Department = Annotated[
    str | None, typer.Option("--department", metavar="D", help="Department's own layer too.")
]


def _below(client: Client | None, jurisdiction: str | None, department: str | None) -> Any:
    today = clock.now().date()
    if client is None or jurisdiction is None:
        return shipped_rules(today)
    return published_book(client, jurisdiction).at(department, today).rules


@app.command("check")
def check(
    context: typer.Context,
    file: PackFile,
    *,
    jurisdiction: Jurisdiction = None,
    department: Department = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a pack: form, types, facts, tests, what it changes of the layers below it.

    Without --jurisdiction it is laid upon the shipped packs, and no service is asked.
    """
    content = read_pack(file)
    if jurisdiction is None:
        found = checked(content, _below(None, None, None))
    else:
        with client_of(context) as client:
            found = checked(content, _below(client, jurisdiction, department))
    faults = [
        {"line": place.line, "column": place.column, "fault": place.fault} for place in found.faults
    ]
    if as_json:
        print_json(faults)
    elif faults:
        print_rows(faults, FAULT_COLUMNS)
    if faults:
        message = f"{file}: {len(faults)} faults"
        raise CliError(message, ExitCode.FAILED_CHECK)
    say(f"{file}: {found.pack} version {found.version} is without fault")


@app.command("test")
def run_tests(file: PackFile, *, as_json: JsonFlag = False) -> None:
    """Run the inline tests of a pack, those of its overrides too."""
    content = read_pack(file)
    try:
        found = outcomes_of(content, _below(None, None, None), EVALUATOR)
    except PackError as error:
        message = f"{file} is faulty, see `dualwatch rules check`: {'; '.join(error.faults[:3])}"
        raise CliError(message, ExitCode.FAILED_CHECK) from error
    rows = [
        {
            "rule": one.rule,
            "test": one.test,
            "expected": one.expected,
            "answer": one.answer,
            "passed": one.passed,
        }
        for one in found
    ]
    show(rows, as_json=as_json, columns=TEST_COLUMNS)
    failed = sum(not one.passed for one in found)
    if failed:
        message = f"{failed} of {len(found)} tests failed"
        raise CliError(message, ExitCode.FAILED_CHECK)
    say(f"{len(found)} tests passed")


@app.command("init")
def init(file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")]) -> None:
    """Write a pack to begin with: an override of the shipped pack, and a rule of one's own."""
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(STARTER)
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
    say(f"{file}: check it with `dualwatch rules check {file}`")


@app.command("list")
def list_rules(
    context: typer.Context,
    *,
    jurisdiction: Jurisdiction = None,
    department: Department = None,
    packs: Annotated[bool, typer.Option("--packs", help="List packs instead of rules.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """List the rules in force, or the packs they are from."""
    asked = {"jurisdiction": jurisdiction}
    with client_of(context) as client:
        if packs:
            items = client.get(Service.ALERTS, "/v1/rules/packs", asked)["items"]
        else:
            asked["department"] = department
            found = client.get(Service.ALERTS, "/v1/rules", asked)
            items = found["items"]
            for part in found["ignored"]:
                say(f"ignored: {part['layer']}: {part['why']}")
    if not as_json:
        for item in items:
            item["layer_names"] = ", ".join(item.get("layers", ()))
            item["owner"] = item.get("organisation") or item.get("jurisdiction") or "shipped"
    show(items, as_json=as_json, columns=PACK_COLUMNS if packs else RULE_COLUMNS)


@app.command("show")
def show_rule(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Rule id.")],
    *,
    jurisdiction: Jurisdiction = None,
    department: Department = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a rule as it is in force: text, conditions, parameters with their layers."""
    asked = {"jurisdiction": jurisdiction, "department": department}
    with client_of(context) as client:
        found = client.get(Service.ALERTS, f"/v1/rules/{segment(rule)}", asked)
    show(found, as_json=as_json, title=rule)


@app.command("publish")
def publish(
    context: typer.Context,
    file: PackFile,
    *,
    jurisdiction: Annotated[str, typer.Option("--jurisdiction", metavar="J", help="Whose pack.")],
    department: Annotated[
        str | None, typer.Option("--department", metavar="D", help="Department whose pack it is.")
    ] = None,
    effective_from: Annotated[
        str | None,
        typer.Option(
            "--effective-from",
            metavar="DATE",
            parser=read_day,
            help="First day it judges; default: as the pack says.",
        ),
    ] = None,
    no_wait: NoWait = False,
    as_json: JsonFlag = False,
) -> None:
    """State a pack as a fact, after it was checked against the layers below it."""
    content = read_pack(file)
    if len(content.decode(errors="replace")) > PACK_LENGTH_MAX:
        message = f"{file} has more than {PACK_LENGTH_MAX:,} characters, the most of one event"
        raise CliError(message, ExitCode.USAGE)
    with client_of(context) as client:
        found = checked(content, _below_own(client, content, jurisdiction, department))
        if found.faults:
            print_rows(
                [{"line": p.line, "column": p.column, "fault": p.fault} for p in found.faults],
                FAULT_COLUMNS,
            )
            message = f"{file} was not published: {len(found.faults)} faults"
            raise CliError(message, ExitCode.FAILED_CHECK)
        fact = _fact(client, content, jurisdiction, department, effective_from)
        _refuse_taken(client, fact, department)
        _send(client, fact, no_wait=no_wait)
    told = {key: value for key, value in fact["data"].items() if key != "content"}
    show(told, as_json=as_json, title=str(file))


def _refuse_taken(client: Client, fact: dict[str, Any], department: str | None) -> None:
    """Refuse other words under a version that was published."""
    data = fact["data"]
    asked = {"jurisdiction": fact["subject"]}
    items = client.get(Service.ALERTS, "/v1/rules/packs", asked)["items"]
    for item in items:
        same = (item["jurisdiction"], item["organisation"], item["pack"], item["version"]) == (
            fact["subject"],
            department,
            data["pack"],
            str(data["version"]),
        )
        if same and item["sha256"] != data["sha256"]:
            message = f"version {data['version']} was published with another content: raise it"
            raise CliError(message, ExitCode.REFUSED)


def _below_own(
    client: Client, content: bytes, jurisdiction: str, department: str | None
) -> list[Any]:
    """Return what a pack is laid upon: everything below but its own earlier versions."""
    try:
        form = read_form(content)
    except PackError:
        return list(_below(None, None, None))
    book = published_book(client, jurisdiction).book
    day = form.effective_from
    mine = (jurisdiction, department or "", form.id)
    published = book.published
    kept = {key: layer for key, layer in published.layers.items() if key[:3] != mine}
    other = type(book)(book.shipped, type(published)(kept, published.parents))
    return list(other.at(jurisdiction, department, day).rules)


def _fact(
    client: Client,
    content: bytes,
    jurisdiction: str,
    department: str | None,
    effective_from: str | None,
) -> dict[str, Any]:
    form = read_form(content)
    if not form.version.isdecimal():
        message = f"a published version is a whole number, not {form.version}"
        raise CliError(message, ExitCode.USAGE)
    data: dict[str, Any] = {
        "date": _today(client, jurisdiction),
        "pack": form.id,
        "version": int(form.version),
        "effective_from": effective_from or form.effective_from.isoformat(),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": content.decode(),
    }
    if department is not None:
        data["organisation"] = department
    if form.effective_to is not None:
        data["effective_to"] = form.effective_to.isoformat()
    told = json.dumps([jurisdiction, data], sort_keys=True)
    return {
        "specversion": "1.0",
        "id": hashlib.sha256(told.encode()).hexdigest(),
        "source": SOURCE,
        "type": PACK_TYPE,
        "subject": jurisdiction,
        "time": f"{data['date']}T00:00:00Z",
        "data": data,
    }


def _today(client: Client, jurisdiction: str) -> str:
    items = client.get(Service.ANALYSIS, "/v1/jurisdictions")["items"]
    known = next((item for item in items if item["jurisdiction"] == jurisdiction), None)
    if known is None:
        message = f"there is no jurisdiction {jurisdiction}"
        raise CliError(message, ExitCode.REFUSED)
    today = known.get("today")
    return str(today or clock.now().date().isoformat())


def _send(client: Client, fact: dict[str, Any], *, no_wait: bool) -> None:
    sender = Sender(client, secrets.token_hex(RUN_ID_BYTES))
    sender.send([Item(json.dumps(fact, ensure_ascii=False).encode(), "the pack")])
    tally = sender.finish()
    if tally.unread or tally.quarantined:
        told = "; ".join(tally.unread) or "see dualwatch quarantine list"
        message = f"intake did not take the pack: {told}"
        raise CliError(message, ExitCode.REFUSED)
    say("published" if tally.accepted else "was published already")
    if not no_wait:
        wait_until_passed(client, str(tally.position))
