"""Options and arguments that several commands share."""

import datetime as dt
import re
from typing import Annotated, Final

import typer

from contracts.vocabulary import FISCAL_YEAR_MAX, FISCAL_YEAR_MIN

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def read_day(text: str) -> str:
    """Accept a date written YYYY-MM-DD; anything else is wrong usage."""
    message = f"{text!r} is not a date written YYYY-MM-DD"
    if not _DAY.fullmatch(text):
        raise typer.BadParameter(message)
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(message) from None
    return text


Project = Annotated[
    str, typer.Argument(metavar="PROJECT", help="Project id: <jurisdiction>/<project code>.")
]

Jurisdiction = Annotated[
    str | None, typer.Option("--jurisdiction", metavar="J", help="Code of the jurisdiction.")
]

FiscalYear = Annotated[
    int | None,
    typer.Option(
        "--fiscal-year",
        metavar="Y",
        min=FISCAL_YEAR_MIN,
        max=FISCAL_YEAR_MAX,
        help="Calendar year in which the fiscal year begins; default: the year of the date.",
    ),
]

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        parser=read_day,
        help="Count what is dated up to this day; default: the last opened day.",
    ),
]

NoWait = Annotated[
    bool,
    typer.Option("--no-wait", help="Return at once, before analysis, alerts and reporting."),
]
