"""`dualwatch rules explain`: why a rule says what it says of a project."""

import datetime as dt
from typing import Annotated, Any, Final

import typer

from contracts.events.analysis import AssessmentMade
from services.alerts.domain.facts import SPECS, Facts, Scope, complete, describe
from services.alerts.domain.judging import Verdict, ask
from services.alerts.domain.measured import project_facts, within_assessment
from services.alerts.domain.rules import Rule
from services.cli.client import Client, Params, document, segment
from services.cli.errors import CliError, ExitCode
from services.cli.options import AsOf
from services.cli.output import Column, JsonFlag, print_json, print_rows, say
from services.cli.places import Service
from services.cli.rules_book import published_book
from services.cli.session import client_of

ENTRIES_MAX: Final = 50
"""Most entries that are shown of one figure."""
MONEY: Final = ("spent", "adjusted_budget", "committed", "carryover", "expected_spent", "requested")
"""Facts whose entries analysis tells under the same name, in this order."""

FACT_COLUMNS: Final = (
    Column("fact", "fact"),
    Column("value", "value"),
    Column("meaning", "meaning"),
)
PARAMETER_COLUMNS: Final = (
    Column("parameter", "name"),
    Column("value", "value"),
    Column("unit", "unit"),
    Column("meaning", "meaning_en"),
    Column("layer", "layer"),
)
ANSWER_COLUMNS: Final = (
    Column("about", "subject"),
    Column("answer", "answer", "light"),
    Column("error", "error"),
)
ENTRY_COLUMNS: Final = (
    Column("sequence", "sequence", "number"),
    Column("date", "date"),
    Column("type", "type"),
    Column("amount", "amount", "money"),
    Column("line", "line"),
    Column("document", "document"),
)


def explain(
    context: typer.Context,
    rule: Annotated[str | None, typer.Argument(metavar="[RULE]", help="Rule id.")] = None,
    *,
    alert: Annotated[
        str | None, typer.Option("--alert", metavar="ID", help="The alert to explain.")
    ] = None,
    project: Annotated[
        str | None, typer.Option("--project", metavar="P", help="Project, with RULE.")
    ] = None,
    as_of: AsOf = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what a rule makes of a project: facts, text, parameters and their layers, entries."""
    with client_of(context) as client:
        subject = None
        if alert is not None:
            told = client.get(Service.ALERTS, f"/v1/alerts/{segment(alert)}")
            rule, project, subject = told["rule_id"], told["project_id"], told["scope_subject"]
            as_of = as_of or told["as_of"]
        if rule is None or project is None:
            message = "give --alert, or RULE and --project"
            raise CliError(message, ExitCode.USAGE)
        found = explained(client, rule, project, as_of, subject)
    if as_json:
        print_json(found)
        return
    _show(found)


def explained(
    client: Client, rule: str, project: str, as_of: str | None, subject: str | None
) -> dict[str, Any]:
    """Judge a project again by what is in force, and say by which facts."""
    jurisdiction = project.split("/", 1)[0]
    page = client.get(Service.ANALYSIS, "/v1/assessments", {"scope": project, "as_of": as_of})
    if not page["items"]:
        message = f"there is nothing about {project} in fiscal year {page['fiscal_year']}"
        raise CliError(message, ExitCode.REFUSED)
    made = AssessmentMade.model_validate(page["items"][0]["assessment"])
    rules = published_book(client, jurisdiction).at(made.department, made.date).rules
    known = next((one for one in rules if one.id == rule), None)
    if known is None:
        message = f"there is no rule {rule} in force in {jurisdiction} on {made.date}"
        raise CliError(message, ExitCode.REFUSED)
    if known.scope in {Scope.UNIT, Scope.DEPARTMENT, Scope.QUARANTINE, Scope.PAPERS}:
        message = f"{rule} looks at a {known.scope}, not at a project: see `dualwatch rules show`"
        raise CliError(message, ExitCode.USAGE)
    judged = [
        (verdict, facts)
        for verdict, facts in answers(known, project, made)
        if subject in {None, verdict.subject}
    ]
    params = {"jurisdiction": jurisdiction, "department": made.department}
    text = client.get(Service.ALERTS, f"/v1/rules/{segment(rule)}", params)
    return {
        "rule": text,
        "project_id": project,
        "as_of": made.date.isoformat(),
        "cut": page["cut"],
        "answers": [_answer(known, verdict, facts) for verdict, facts in judged],
        "entries": _entries(client, known, project, made.date, judged),
    }


def answers(rule: Rule, project: str, made: AssessmentMade) -> list[tuple[Verdict, Facts]]:
    """Ask a rule about everything of its scope in an assessment."""
    shared = complete(project_facts(made))
    known = [
        (subject, shared | complete(own))
        for scope, subject, own in within_assessment(project, made)
        if scope is rule.scope
    ]
    return [(ask(rule, subject, facts), facts) for subject, facts in known]


def _answer(rule: Rule, verdict: Verdict, known: Facts) -> dict[str, Any]:
    names = {
        name
        for condition in (rule.hold_when, rule.when, rule.info_when, rule.red_when)
        if condition
        for name in condition.names
        if name in SPECS
    }
    facts = [*rule.shows, *sorted(names - set(rule.shows))]
    return {
        "subject": verdict.subject,
        "answer": str(verdict.severity or verdict.outcome),
        "error": verdict.error or None,
        "facts": [
            {
                "fact": name,
                "value": describe(name, known[name]) if name in known else None,
                "meaning": SPECS[name].meaning,
            }
            for name in facts
        ],
    }


def _entries(
    client: Client, rule: Rule, project: str, as_of: dt.date, judged: list[tuple[Verdict, Facts]]
) -> list[dict[str, Any]]:
    """Ask analysis which entries make the figures, of what it can tell by entries."""
    figures: list[str] = [name for name in MONEY if name in rule.shows]
    for verdict, facts in judged[:1]:
        if rule.scope is Scope.INDICATOR:
            figures = [f"indicator:{verdict.subject}"]
        elif rule.scope is Scope.FINDING:
            figures = [f"finding:{facts['finding.kind']}:{verdict.subject}"]
    found = []
    for figure in figures[:2]:
        path = f"/v1/projects/{segment(project)}/why/{segment(figure)}"
        params: Params = {"as_of": as_of.isoformat(), "limit": ENTRIES_MAX}
        answer = client.send(Service.ANALYSIS, "GET", path, params=params)
        if answer.is_error:
            continue
        told = document(Service.ANALYSIS, answer)
        found.append(
            {
                "figure": figure,
                "value": told["value"],
                "entries": told["entries"],
                "entries_total": told["entries_total"],
            }
        )
    return found


def _show(found: dict[str, Any]) -> None:
    rule = found["rule"]
    say(f"{rule['rule_id']}: {rule['title_en']} {rule['title_zh']} (Art. {rule['article']})")
    say(rule.get("basis", ""))
    print_rows(rule["parameters"], PARAMETER_COLUMNS)
    say(f"{found['project_id']} as of {found['as_of']}, by {', '.join(rule['layers'])}")
    print_rows(found["answers"], ANSWER_COLUMNS)
    for answer in found["answers"]:
        print_rows(answer["facts"], FACT_COLUMNS)
    for figure in found["entries"]:
        say(f"{figure['figure']} = {figure['value']}: {figure['entries_total']} entries")
        print_rows(figure["entries"], ENTRY_COLUMNS)
