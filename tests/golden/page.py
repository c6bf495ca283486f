"""The page of published numbers and ours (docs/proof/golden.md)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.golden.cells import Cell
from tests.golden.earned import airport_cells, pmev_cells, pra_cells
from tests.golden.met import Met, documents, strategy
from tests.golden.rates import rate_cells

PAGE: Final = Path(__file__).parents[2] / "docs" / "proof" / "golden.md"

HEAD: Final = """\
# Published numbers, and ours beside them

Every figure here was published by others, and is made anew by our code from the same input.
Ours is exact and rounded half up once to the places that were published.
`python -m tests.golden` writes this page; a test says when it has gone stale.
How the figures are made: [measuring](../measuring.md).
"""

RATES: Final = """\
执行率 = 执行数 ÷ 全年预算数, in per cent.
Five are of a published report (zzjyg 66474), two of the real IATI files.
"""
PRA: Final = """\
Tests and reference pages of the R package PRA (paulgovan/PRA @25c62aaa).
BAC 100000, a schedule of .1 .2 .4 .7 1.0; after three periods 35 % is done and 36000 spent.
"""
AIRPORT: Final = """\
A project of nine months that took thirteen (castor00/EVapp @59f509fd), BAC 360.738.
SPI ends at 1 though it was four months late; SPI(t) does not.
"""
PMEV: Final = """\
README of pmev (david-hammond/pmev): BAC 47934, PV 25144.5, EV 13878.46, AC 10000.
"""
MET: Final = """\
Two indicators of a provincial health department of South Africa (eQPRS, FY 2021-22; vulekamali/datamanager @e683ffd3, MIT).
The first, "at least", has a number for every quarter, and the source says in words where it was achieved; a target of 0 has no verdict there and is met here (domain-rules 13).
The second is a text that a person has to read: ungraded, we say that it cannot be judged.
The IATI files state targets and results and no verdict of their own.

| result | target | actual | the source says | its verdict | ours |
|---|---|---|---|---|---|
"""  # noqa: E501 - a sentence is a line

TABLES: Final = (
    ("Execution rates", RATES, rate_cells),
    ("Earned value: PRA", PRA, pra_cells),
    ("Earned schedule: check-in of an airport", AIRPORT, airport_cells),
    ("Earned value: pmev", PMEV, pmev_cells),
)


def page() -> str:
    """Write the page."""
    parts = [HEAD]
    for title, text, cells in TABLES:
        parts.append(f"## {title}\n\n{text}\n{_table(cells())}")
    parts.append(_met_part())
    return "\n".join(parts)


def _table(cells: Sequence[Cell]) -> str:
    rows = [
        f"| {found.figure} | {found.published} | {found.ours} | {_mark(found.equal)} |\n"
        for found in cells
    ]
    return "| figure | published | ours | equal |\n|---|---:|---:|---|\n" + "".join(rows)


def _met_part() -> str:
    rows = (_met_row(found) for found in (*documents(), *strategy()))
    return "## Met or not met: what a source says itself\n\n" + MET + "".join(rows)


def _met_row(found: Met) -> str:
    cells = (
        found.what,
        found.target,
        found.actual,
        found.said.rstrip("."),
        _verdict(found.source),
        _verdict(found.ours),
    )
    return "| " + " | ".join(cells) + " |\n"


def _verdict(met: bool | None) -> str:  # noqa: FBT001 - a verdict, or none
    return "–" if met is None else "met" if met else "not met"


def _mark(equal: bool) -> str:  # noqa: FBT001 - a cell of the table
    return "yes" if equal else "**no**"
