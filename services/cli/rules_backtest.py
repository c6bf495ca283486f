"""`dualwatch rules backtest`: what a pack would have raised and cleared on past days."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.events.analysis import AssessmentMade
from services.alerts.domain.backtest import (
    NOT_HERE,
    Counted,
    RulesOf,
    Step,
    Trial,
    beyond,
    days_of,
)
from services.alerts.domain.rules import Rule
from services.cli.client import Client
from services.cli.errors import CliError, ExitCode
from services.cli.options import read_day
from services.cli.output import Column, JsonFlag, percent, print_json, print_rows, say
from services.cli.places import Service
from services.cli.rules_book import Book, published_book, read_pack, with_pack
from services.cli.rules_truth import Planted, read_truth, rules_of
from services.cli.session import client_of

DAYS_MAX: Final = 400
"""Most days that one backtest looks at."""
PAGE_ITEMS: Final = 200
PAGES_MAX: Final = 1_000
WHOLE_BP: Final = 10_000
NO_DATA: Final = "no matching data"
LIVE: Final = "live"

RULE_COLUMNS: Final = (
    Column("rule", "rule"),
    Column("asked", "asked", "number"),
    Column("raised", "raised", "number"),
    Column("cleared", "cleared", "number"),
    Column("open", "open", "number"),
    Column("errors", "errors", "number"),
    Column("months", "by_month"),
    Column("precision", "precision"),
    Column("recall", "recall"),
    Column("more", "more", "number"),
    Column("less", "less", "number"),
)


Day = Annotated[str, typer.Option(metavar="DATE", parser=read_day)]


def backtest(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    *,
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", parser=read_day, help="First day.")
    ],
    last: Annotated[str, typer.Option("--to", metavar="DATE", parser=read_day, help="Last day.")],
    jurisdiction: Annotated[
        str, typer.Option("--jurisdiction", metavar="J", help="Whose projects.")
    ],
    pack: Annotated[
        Path | None,
        typer.Option("--pack", metavar="FILE", help="Pack to try; default: the live one."),
    ] = None,
    against: Annotated[
        str, typer.Option("--against", metavar="live|FILE", help="What to compare it with.")
    ] = LIVE,
    step: Annotated[Step, typer.Option("--step", help="How often it looks.")] = Step.MONTH,
    truth: Annotated[
        Path | None,
        typer.Option("--truth", metavar="FILE", help="Planted deviations, as simulate wrote them."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Judge assessments of past days by a pack: raised and cleared per rule and month.

    Analysis measures each day as of it, with what is known now. With --truth it says which planted
    deviations were found; a rule that was never asked is told apart from one that raised nothing.
    """
    days = asked_days(first, last, step)
    planted = read_truth(truth) if truth else []
    with client_of(context) as client:
        book = published_book(client, jurisdiction)
        tried = Trial(rules_of_book(book, read_pack(pack) if pack else None))
        compared = None if against == LIVE else read_pack(Path(against))
        other = Trial(rules_of_book(book, compared))
        for day in days:
            for project, made in assessed(client, jurisdiction, day):
                tried.judge(project, made)
                other.judge(project, made)
            tried.end(day)
            other.end(day)
    found = report(tried, other, planted, days)
    if as_json:
        print_json(found)
        return
    _show(found, tried, days, against)


def _show(found: dict[str, Any], tried: Trial, days: list[dt.date], against: str) -> None:
    print_rows([_row(rule) for rule in found["rules"]], RULE_COLUMNS)
    say(
        f"{len(days)} days from {days[0]} to {days[-1]}, {tried.assessments} assessments; "
        f"{found['raised']} raised, {found['cleared']} cleared, {found['errors']} evaluations "
        f"without an answer; `more` and `less` beside {against}"
    )
    for name in found["no_matching_data"]:
        say(f"{name}: {NO_DATA}")
    if found["not_covered"]:
        say(f"planted kinds that no rule is about: {', '.join(found['not_covered'])}")


def asked_days(first: str, last: str, step: Step) -> list[dt.date]:
    """Return the days to look at; CliError if they are none, or too many."""
    try:
        days = days_of(dt.date.fromisoformat(first), dt.date.fromisoformat(last), step)
    except ValueError as error:
        message = f"--from {first} --to {last}: {error}"
        raise CliError(message, ExitCode.USAGE) from error
    if len(days) > DAYS_MAX:
        message = f"{len(days)} days are more than {DAYS_MAX}: take a wider --step"
        raise CliError(message, ExitCode.USAGE)
    return days


def assessed(
    client: Client, jurisdiction: str, day: dt.date
) -> Iterator[tuple[str, AssessmentMade]]:
    """Yield every project's assessment as of a day, all at one cut."""
    asked: dict[str, Any] = {"scope": jurisdiction, "as_of": day.isoformat(), "limit": PAGE_ITEMS}
    for _ in range(PAGES_MAX):
        page = client.get(Service.ANALYSIS, "/v1/assessments", asked)
        for item in page["items"]:
            yield item["project_id"], AssessmentMade.model_validate(item["assessment"])
        if page["next"] is None:
            return
        asked |= {"after": page["next"], "at": page["cut"]}
    message = f"analysis gave more than {PAGES_MAX} pages"
    raise CliError(message, ExitCode.REFUSED)


def rules_of_book(book: Book, content: bytes | None) -> RulesOf:
    """Give what is published, with a pack laid upon it."""

    def rules(department: str | None, day: dt.date) -> Sequence[Rule]:
        found = book.at(department, day).rules
        return with_pack(found, content).rules if content else found

    return rules


def report(
    tried: Trial, other: Trial, planted: Sequence[Planted], days: Sequence[dt.date]
) -> dict[str, Any]:
    """Put together what was found, rule by rule."""
    rules = tried.all_rules()
    within = [one for one in planted if days[0] <= one.date <= days[-1]]
    items = [_of_rule(rule, tried, other, within, bool(planted)) for rule in rules.values()]
    return {
        "days": [day.isoformat() for day in days],
        "assessments": tried.assessments,
        "raised": len(tried.raised),
        "cleared": sum(counted.cleared.total() for counted in tried.counts.values()),
        "errors": sum(counted.errors for counted in tried.counts.values()),
        "rules": items,
        "no_matching_data": [item["rule"] for item in items if item["no_matching_data"]],
        "not_covered": sorted(
            {one.kind for one in within if not rules_of(one.kind) & rules.keys()}
        ),
        "missed": [_missed(one) for one in within if rules_of(one.kind) and not _found(one, tried)],
    }


def _of_rule(
    rule: Rule,
    tried: Trial,
    other: Trial,
    planted: Sequence[Planted],
    graded: bool,  # noqa: FBT001
) -> dict[str, Any]:
    counted = tried.counts.get(rule.id, Counted())
    mine = [one for one in tried.raised if one[0][2].rule == rule.id]
    theirs = [one for one in other.raised if one[0][2].rule == rule.id]
    about = [one for one in planted if rule.id in rules_of(one.kind)]
    implied = {(one.project, one.fiscal_year) for one in planted if rule.id in one.rules()}
    right = sum((place[0], place[1]) in implied for place, _ in mine)
    caught = sum(_found(one, tried) for one in about)
    return {
        "rule": rule.id,
        "asked": counted.asked,
        "raised": counted.raised.total(),
        "cleared": counted.cleared.total(),
        "open": sum(place[2].rule == rule.id for place in tried.open),
        "errors": counted.errors,
        "error": counted.example or None,
        "raised_by_month": dict(sorted(counted.raised.items())),
        "cleared_by_month": dict(sorted(counted.cleared.items())),
        "precision_bp": _share(right, len(mine)) if graded else None,
        "recall_bp": _share(caught, len(about)) if graded else None,
        "planted": len(about) if graded else None,
        "more": len(beyond(mine, theirs)),
        "less": len(beyond(theirs, mine)),
        "no_matching_data": not counted.asked,
        "why_none": "judged by unit or department" if rule.scope in NOT_HERE else None,
    }


def _share(part: int, whole: int) -> int | None:
    return WHOLE_BP * part // whole if whole else None


def _found(one: Planted, tried: Trial) -> bool:
    rules = rules_of(one.kind)
    return any(
        place[0] == one.project and place[1] == one.fiscal_year and place[2].rule in rules
        for place, _ in tried.raised
    )


def _missed(one: Planted) -> dict[str, Any]:
    return {"kind": one.kind, "project_id": one.project, "date": one.date.isoformat()}


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    months = sorted({*item["raised_by_month"], *item["cleared_by_month"]})
    told = [
        f"{month[2:]} +{item['raised_by_month'].get(month, 0)}"
        f" −{item['cleared_by_month'].get(month, 0)}"
        for month in months
    ]
    none = item["no_matching_data"]
    return {
        **item,
        "raised": NO_DATA if none else item["raised"],
        "by_month": "  ".join(told),
        "precision": percent(item["precision_bp"]),
        "recall": percent(item["recall_bp"]),
    }
