"""`python -m tests.bench.forms`: what 1,000 monitoring forms cost beside XlsxWriter's own time.

Every form has other figures and texts. The limit is XlsxWriter writing the very same cells in the
very same formats from a list that is ready: what our layout, words, cleaning and row heights cost
is the difference. Both take turns, a few forms at a time, so that a busy machine slows both.
"""

import argparse
import dataclasses
import datetime as dt
import io
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.reporting.domain.form import MonitoringForm
from services.reporting.outputs.form_sheet import form_workbook
from tests.support.forms import filled, funding, indicators, long_text
from tests.support.recorded import record

FORMS: Final = 1_000
TURN: Final = 25
INDICATORS: Final = 8
RATIO_MAX: Final = 3.0
"""The issue's bound."""
CALLS: Final = ("merge_range", "write_string", "write_number", "write_blank", "set_row")
SHAPING: Final = ("set_column",)

Call = tuple[str, tuple[Any, ...]]


@dataclasses.dataclass
class Cells:
    """What one form writes: formats by their properties, calls by name."""

    formats: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    calls: list[Call] = dataclasses.field(default_factory=list)


def forms(count: int) -> Iterator[MonitoringForm]:
    """Make forms, every one with other figures, texts and numbers of indicators."""
    for number in range(count):
        rows = indicators()
        several = tuple(
            dataclasses.replace(
                rows[place % len(rows)],
                indicator=f"K{place}",
                level_3=f"指标 {number}-{place}",
                reason=long_text(20 + (number * 37 + place * 11) % 180),
            )
            for place in range(INDICATORS + number % 5)
        )
        money = tuple(
            dataclasses.replace(row, spent=(row.spent or 0) + number * 7_919) for row in funding()
        )
        yield filled(
            project_id=f"610100/P{number:06d}",
            project_name=f"项目 {number}",
            funding=money,
            indicators=several,
            goal=long_text(60 + number % 200),
        )


@contextmanager
def recorded(cells: Cells) -> Iterator[None]:
    """Write down what is asked of XlsxWriter."""
    places: dict[int, int] = {}
    before = {name: getattr(Worksheet, name) for name in (*CALLS, *SHAPING)}
    add_format = Workbook.add_format

    def noted(name: str) -> Any:
        def call(sheet: Worksheet, *args: Any) -> Any:
            told = tuple(
                ("format", places[id(each)]) if isinstance(each, Format) else each for each in args
            )
            cells.calls.append((name, told))
            return before[name](sheet, *args)

        return call

    def formatted(book: Workbook, properties: Any = None) -> Format:
        made: Format = add_format(book, properties)
        if {"xf_index", "hyperlink"} & set(properties or ()):  # one of XlsxWriter's own
            return made
        places[id(made)] = len(cells.formats)
        cells.formats.append(dict(properties))
        return made

    for name in before:
        setattr(Worksheet, name, noted(name))
    Workbook.add_format = formatted
    try:
        yield
    finally:
        for name, method in before.items():
            setattr(Worksheet, name, method)
        Workbook.add_format = add_format


def plainly(cells: Cells) -> bytes:
    """Write the same cells with nothing but XlsxWriter."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as book:
        book.set_properties({"created": dt.datetime(2026, 6, 30)})  # noqa: DTZ001 - a file's own
        formats = [book.add_format(properties) for properties in cells.formats]
        sheet = book.add_worksheet()
        for name, args in cells.calls:
            given = [
                formats[each[1]] if isinstance(each, tuple) and each[:1] == ("format",) else each
                for each in args
            ]
            getattr(sheet, name)(*given)
    return buffer.getvalue()


def measured(count: int) -> tuple[list[float], list[float], int]:
    """Time both in turns; give the seconds of each turn, and the cells of all forms."""
    ours: list[float] = []
    limit: list[float] = []
    written = 0
    made = list(forms(count))
    for start in range(0, count, TURN):
        turn = made[start : start + TURN]
        lists = []
        for form in turn:
            cells = Cells()
            with recorded(cells):
                form_workbook(form)
            lists.append(cells)
            written += sum(name in CALLS[:-1] for name, _ in cells.calls)
        begun = time.process_time()
        for form in turn:
            form_workbook(form)
        ours.append(time.process_time() - begun)
        begun = time.process_time()
        for cells in lists:
            plainly(cells)
        limit.append(time.process_time() - begun)
    return ours, limit, written


def main() -> None:
    """Print a table; end with 1 beyond the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, default=FORMS)
    parser.add_argument("--record", type=Path, help="append a line to this file")
    options = parser.parse_args()
    count = options.forms
    ours, limit, written = measured(count)
    ratio = _ratio(ours, limit)
    print("| | CPU s for all | ms a form | of the limit |")
    print("|---|---|---|---|")
    for name, seconds in (("forms", sum(ours)), ("XlsxWriter, the same cells", sum(limit))):
        print(
            f"| {name} | {seconds:.1f} | {seconds / count * 1e3:.1f} | × {_times(seconds, limit)} |"
        )
    print(f"\n{count} forms, {written} cells; median of the turns × {ratio:.2f} (at most × 3)")
    if options.record:
        record(options.record, figures(ours, limit), bench="forms", forms=count, cells=written)
    if ratio > RATIO_MAX:
        raise SystemExit(1)


def figures(ours: list[float], limit: list[float]) -> list[dict[str, Any]]:
    """Give the processor seconds of both for all forms, and the median of the turns' ratios."""
    return [
        {"contender": "product", "cpu_seconds": round(sum(ours), 2)},
        {"contender": "limit", "cpu_seconds": round(sum(limit), 2)},
        {"turns": len(ours), "of_limit": round(_ratio(ours, limit), 3)},
    ]


def _ratio(ours: list[float], limit: list[float]) -> float:
    return statistics.median(one / two for one, two in zip(ours, limit, strict=True))


def _times(seconds: float, limit: list[float]) -> str:
    return f"{seconds / sum(limit):.2f}"


if __name__ == "__main__":
    main()
