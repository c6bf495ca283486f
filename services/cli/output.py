"""Data on standard output: JSON for scripts, tables for people. Messages on standard error."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

WIDTH_UNSEEN: Final = 200
"""Columns of a table that does not go to a terminal."""

LIGHT_STYLES: Final = {"red": "bold red", "yellow": "yellow", "green": "green", "blue": "blue"}

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def say(message: str) -> None:
    """Tell the person something; scripts read standard output only."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def print_json(data: object) -> None:
    """Print one JSON document on one line."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, the field it shows, how it is written."""

    heading: str
    field: str
    kind: str = "text"
    """text, money, rate (basis points as per cent) or light."""


def print_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> None:
    """Print a list as a table; null is a dash."""
    table = Table()
    for column in columns:
        right = column.kind in {"money", "rate", "number"}
        table.add_column(column.heading, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(column.field), column.kind) for column in columns))
    _stdout().print(table)


def print_fields(fields: Mapping[str, Any], title: str = "") -> None:
    """Print one thing as a table of names and values; nested things as JSON."""
    table = Table(title=escape(title) if title else None, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in fields.items():
        plain = (
            value if not isinstance(value, dict | list) else json.dumps(value, ensure_ascii=False)
        )
        table.add_row(escape(name), _cell(plain, _kind_of(name)))
    _stdout().print(table)


def _kind_of(name: str) -> str:
    return "light" if name.endswith("light") else "rate" if name.endswith("_bp") else "text"


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return "–"
    if kind == "rate" and isinstance(value, int):
        return percent(value)
    text = escape(f"{value}")
    if kind == "money":
        return grouped(text)
    style = LIGHT_STYLES.get(text) if kind == "light" else None
    return f"[{style}]{text}[/]" if style else text


def percent(rate_bp: int | None) -> str:
    """Write basis points as per cent with two places: 5934 → 59.34 %."""
    if rate_bp is None:
        return "–"
    whole, rest = divmod(abs(rate_bp), 100)
    return f"{'-' if rate_bp < 0 else ''}{whole}.{rest:02d} %"


def grouped(amount: str) -> str:
    """Write an amount with separators: 978360.59 → 978,360.59; other text stays as it is."""
    whole, point, places = amount.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{point}{places}" if digits.isdecimal() else amount


def _stdout() -> Console:
    # Made anew each time: standard output may have been redirected since.
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH_UNSEEN)


def show(
    data: Any,
    *,
    as_json: bool,
    columns: Sequence[Column] = (),
    title: str = "",
) -> None:
    """Print a list (one array or a table) or one thing (one object or its fields)."""
    if as_json:
        print_json(data)
    elif isinstance(data, list):
        print_rows(data, columns)
    else:
        print_fields(data, title)


def progress_bar(*, shown: bool | None = None) -> Progress:
    """Make a progress bar on standard error; by default only where a person watches."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not (sys.stderr.isatty() if shown is None else shown),
    )
