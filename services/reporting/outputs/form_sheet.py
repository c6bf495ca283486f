"""The monitoring form as an Excel workbook, the same bytes for the same form.

Layout: 财预〔2019〕136号 附件1, in the city's variant or as the country prints it (forms.md 2.1,
domain-rules 20). Cells hold exact 万元, six decimals, and show two: sums agree with the ledger.
Text is written as text and never as a formula; what does not fit its row is printed below in full.
"""

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from contracts.vocabulary import FormLayout, Light
from services.reporting.domain import MonitoringForm
from services.reporting.domain.writing import FEN_PER_WAN
from services.reporting.outputs.documents import form_document, summary_document
from services.reporting.outputs.form_view import (
    RATES,
    FormView,
    IndicatorView,
    MoneyView,
    money_unit,
    view_of,
)
from services.reporting.outputs.marks import PROPERTY, mark_of
from services.reporting.outputs.plain import lines_of, looks_like_formula, width_of

__all__ = ["form_document", "form_workbook", "lines_of", "money_unit", "summary_document"]

LAST: Final = 15
"""Last column of the sheet."""
LINE_POINTS: Final = 13
LINES_MAX: Final = 30
"""Most lines of a row: Excel makes no row higher than 409 points."""
HEAD_POINTS: Final = 30
MONEY_POINTS: Final = 20
MARGINS_INCHES: Final = (0.6, 0.6, 0.7, 0.7)
"""Left, right, top, bottom."""
FILLS: Final[dict[Light, str]] = {
    Light.RED: "#F4C7C3",
    Light.YELLOW: "#FCE8B2",
    Light.GREEN: "#D5EBD6",
    Light.BLUE: "#CFE2F3",
}
MONEY_PLACES: Final[dict[FormLayout, tuple[tuple[int, int], ...]]] = {
    FormLayout.CITY: ((3, 3), (4, 4), (5, 5), (6, 8), (9, 11), (12, LAST)),
    FormLayout.NATIONAL: ((3, 4), (5, 7), (8, 10), (11, LAST)),
}
"""First and last column of each column of the money block."""
FOOTER_PLACES: Final = ((0, 2), (3, 5), (6, 11), (12, LAST))


def form_workbook(form: MonitoringForm, layout: FormLayout | None = None) -> bytes:
    """Return the form as .xlsx, in its campaign's layout or another."""
    view = view_of(form, layout)
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as book:
        # The file's own dates come from the form, else two runs would differ.
        made = dt.datetime.combine(form.as_of, dt.time.min)
        book.set_properties({"title": view.title, "created": made, "author": "Dualwatch"})
        mark = mark_of(
            code=form.provenance.code,
            format="xlsx",
            template=form.template,
            paper=form.provenance.paper,
            edition=form.provenance.edition,
            layout=view.layout.value,
        )
        book.set_custom_property(PROPERTY, mark, "text")
        FormSheet(book, view, view.template.sheet.name).write()
    return buffer.getvalue()


class Formats:
    """The formats of one workbook; text that looks like a formula has its own, quoted one."""

    def __init__(self, book: Workbook) -> None:
        """Add them to a workbook."""
        base: dict[str, Any] = {
            "font_name": "宋体",
            "font_size": 10,
            "border": 1,
            "valign": "vcenter",
            "text_wrap": True,
        }
        small: dict[str, Any] = {"font_name": "宋体", "font_size": 9, "text_wrap": True}
        known: dict[str, dict[str, Any]] = {
            "plain": {**base, "align": "left"},
            "centre": {**base, "align": "center"},
            "head": {**base, "align": "center", "bold": True, "bg_color": "#EEEEEE"},
            "money": {**base, "align": "right", "num_format": "#,##0.00"},
            "percent": {**base, "align": "right", "num_format": "0.00%"},
            "title": {"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"},
            "small": {**small, "valign": "top"},
            **{
                light.value: {**base, "align": "center", "bg_color": colour}
                for light, colour in FILLS.items()
            },
        }
        self._plain = {name: book.add_format(told) for name, told in known.items()}
        self._quoted = {
            name: book.add_format({**told, "quote_prefix": True}) for name, told in known.items()
        }

    def of(self, name: str, text: str = "") -> Format:
        """Give the format of this name that is right for a text."""
        return (self._quoted if looks_like_formula(text) else self._plain)[name]


class FormSheet:
    """Writes one form downwards; `row` is the next free row."""

    def __init__(self, book: Workbook, view: FormView, name: str) -> None:
        """Add a sheet to a workbook."""
        self.view = view
        self.widths = view.template.sheet.widths
        self.sheet: Worksheet = book.add_worksheet(name)
        self.formats = Formats(book)
        self.row = 0
        self.continued: list[str] = []
        """Texts that did not fit."""

    def write(self) -> None:
        """Write all of it."""
        self._page()
        self._heading()
        self._funding()
        self._goal()
        self._indicators()
        self._sections()
        self._notes()
        self._footer()
        self._continued()

    def _page(self) -> None:
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4: what a unit prints and seals.
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(*MARGINS_INCHES)
        self.sheet.set_footer(f"&C{self.view.template.sheet.page}")

    def _span(self, first: int, last: int, text: str, name: str) -> None:
        cell = self.formats.of(name, text)
        if first != last:
            self.sheet.merge_range(self.row, first, self.row, last, "", cell)
        self.sheet.write_string(self.row, first, text, cell)

    def _width(self, first: int, last: int) -> int:
        return sum(self.widths[first : last + 1])

    def _fitting(self, text: str, first: int, last: int) -> tuple[str, int]:
        """Give what of a text fits its row, and how many lines that takes; the rest goes below."""
        width = self._width(first, last) - 1
        lines = lines_of(text, width)
        if lines <= LINES_MAX:
            return text, lines
        self.continued.append(text)
        sign = self.view.template.continued["sign"].format(number=len(self.continued))
        return f"{_first_lines(text, width, LINES_MAX - 3)}\n{sign}", LINES_MAX

    def _texts(self, *cells: tuple[int, int, str, str]) -> None:
        """Write cells (first and last column, text, format) of a row that is as high as needed.

        Excel fits no row of merged cells by itself: a clipped text would be signed unread.
        """
        highest = 1
        for first, last, text, name in cells:
            shown, lines = self._fitting(text, first, last)
            highest = max(highest, lines)
            self._span(first, last, shown, name)
        self.sheet.set_row(self.row, LINE_POINTS * (highest + 1))
        self.row += 1

    def _heading(self) -> None:
        view = self.view
        self._span(0, LAST, view.title, "title")
        self.sheet.set_row(0, HEAD_POINTS)
        self.row += 1
        self._span(0, 11, f"{view.year}  {view.as_of}", "small")
        self._span(12, LAST, view.unit, "small")
        self.row += 1
        for label, value, label_2, value_2 in view.pairs:
            self._texts(
                (0, 1, label, "head"),
                (2, 5, value, "plain"),
                (6, 8, label_2, "head"),
                (9, LAST, value_2, "plain"),
            )

    def _funding(self) -> None:
        places = MONEY_PLACES[self.view.layout]
        heads = zip(self.view.money_heads, places, strict=True)
        self._texts(
            (0, 2, self.view.money_label, "head"),
            *((first, last, text, "head") for (_, text), (first, last) in heads),
        )
        for row in self.view.money:
            self._funding_row(row, places)
        if self.view.money_note:
            self._texts((0, LAST, self.view.money_note, "plain"))

    def _funding_row(self, row: MoneyView, places: tuple[tuple[int, int], ...]) -> None:
        self._span(0, 2, "    " * row.level + row.label, "plain")
        keys = [key for key, _ in self.view.money_heads]
        for key, value, (first, last) in zip(keys, row.values, places, strict=True):
            cell = self.formats.of("percent" if key in RATES else "money")
            if first != last:
                self.sheet.merge_range(self.row, first, self.row, last, "", cell)
            if value is None:
                self.sheet.write_blank(self.row, first, None, cell)
            else:
                scale = 10_000 if key in RATES else FEN_PER_WAN
                self.sheet.write_number(self.row, first, value / scale, cell)
        self.sheet.set_row(self.row, MONEY_POINTS)
        self.row += 1

    def _goal(self) -> None:
        view = self.view
        self._texts((0, 1, view.template.goal, "head"), (2, LAST, view.goal, "plain"))

    def _indicators(self) -> None:
        heads, template = self.view.indicator_heads, self.view.template
        top = self.row
        names = ("level_1", "level_2", "level_3", "target", "actual", "expected")
        alone = [*enumerate(names), (11, "reason"), (LAST, "remark")]
        for column, name in alone:
            cell = self.formats.of("head")
            self.sheet.merge_range(top, column, top + 1, column, heads[name], cell)
        self._span(6, 10, heads["areas"], "head")
        self._span(12, 14, heads["possibility"], "head")
        self.row += 1
        marks = [
            *enumerate(template.areas.values(), start=6),
            *enumerate(template.possibilities.values(), start=12),
        ]
        self._texts(*((column, column, text, "head") for column, text in marks))
        for row in self.view.indicators:
            self._indicator_row(row)
        if not self.view.indicators:
            self._span(0, LAST, heads["none"], "centre")
            self.row += 1

    def _indicator_row(self, row: IndicatorView) -> None:
        light = row.light.value if row.light else "centre"
        marks = [*enumerate(row.areas, start=6), *enumerate(row.possibilities, start=12)]
        self._texts(
            *((column, column, text, "plain") for column, text in enumerate(row.levels)),
            (4, 4, row.actual, light),
            (5, 5, row.expected, "centre"),
            *((column, column, text, "centre") for column, text in marks),
            (11, 11, row.reason, "plain"),
            (LAST, LAST, row.remark, "plain"),
        )

    def _sections(self) -> None:
        for section in self.view.sections:
            self._span(0, LAST, section.title, "head")
            self.row += 1
            for label, text in section.rows:
                self._texts((0, 2, label, "centre"), (3, LAST, text, "plain"))

    def _notes(self) -> None:
        template = self.view.template
        self._texts((0, LAST, "\n".join((*template.notes, template.marks["legend"])), "small"))

    def _footer(self) -> None:
        cells = zip(self.view.footer, FOOTER_PLACES, strict=True)
        self._texts(
            *((first, last, f"{label} {text}", "small") for (label, text), (first, last) in cells)
        )
        self._texts((0, LAST, self.view.provenance, "small"))

    def _continued(self) -> None:
        """Print in full what did not fit, in rows of as many lines as a row can have."""
        if not self.continued:
            return
        self._span(0, LAST, self.view.template.continued["title"], "head")
        self.row += 1
        width = self._width(1, LAST) - 1
        for number, text in enumerate(tuple(self.continued), start=1):
            for piece in _pieces(text, width, LINES_MAX - 1):
                self._texts((0, 0, str(number), "centre"), (1, LAST, piece, "plain"))


def _first_lines(text: str, width: int, lines: int) -> str:
    """Give as much of a text as takes so many lines."""
    return next(_pieces(text, width, lines))


def _pieces(text: str, width: int, lines: int) -> Iterator[str]:
    """Take a text apart into pieces of at most so many lines."""
    piece: list[str] = []
    used, on_line = 1, 0
    for sign in text:
        size = width_of(sign)
        if sign == "\n" or on_line + size > width:
            used, on_line = used + 1, 0
        if used > lines:
            yield "".join(piece)
            piece, used, on_line = [], 1, 0
        if sign != "\n":
            on_line += size
        piece.append(sign)
    yield "".join(piece)
