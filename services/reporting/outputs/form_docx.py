"""The monitoring form as a Word file to be printed and sealed; the same bytes for the same form."""

import datetime as dt
import io
from collections.abc import Collection, Sequence
from typing import Any, Final

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from contracts.vocabulary import FormLayout
from services.reporting.domain import MonitoringForm
from services.reporting.domain.writing import wan
from services.reporting.outputs.form_view import (
    RATES,
    FormView,
    MoneyView,
    per_cent,
    view_of,
)
from services.reporting.outputs.marks import mark_of
from services.reporting.outputs.packing import repacked

BODY: Final = "仿宋_GB2312"
HEAD: Final = "黑体"
TITLE: Final = "方正小标宋简体"
"""Fonts that GB/T 9704 asks for: named only, never embedded."""
PAGE: Final = (297, 210)
MARGINS: Final = (28, 37, 26, 35)
"""A4 lying, binding edge on top (GB/T 9704-2012 7.1, 10): top, right, bottom, left, in mm."""
WIDTH: Final = 225
INDICATOR_MM: Final = (13, 16, 26, 17, 17, 18, 8, 8, 8, 8, 8, 34, 8, 8, 8, 20)
PAIR_MM: Final = (26, 86, 26, 87)
SECTION_MM: Final = (38, 187)


def form_docx(form: MonitoringForm, layout: FormLayout | None = None) -> bytes:
    """Return the form as .docx, in its campaign's layout or another."""
    view = view_of(form, layout)
    document = docx.Document()
    made = dt.datetime.combine(form.as_of, dt.time.min)
    properties = document.core_properties
    properties.title, properties.author = view.title, "Dualwatch"
    properties.created = properties.modified = made
    properties.last_modified_by, properties.revision = "Dualwatch", 1
    properties.keywords = mark_of(
        code=form.provenance.code,
        format="docx",
        template=form.template,
        paper=form.provenance.paper,
        edition=form.provenance.edition,
        layout=view.layout.value,
    )
    _Writer(document, view).write()
    buffer = io.BytesIO()
    document.save(buffer)
    return repacked(buffer.getvalue())


class _Writer:
    def __init__(self, document: Any, view: FormView) -> None:
        self.document, self.view = document, view

    def write(self) -> None:
        self._page()
        view = self.view
        self._paragraph(view.title, TITLE, 18, WD_ALIGN_PARAGRAPH.CENTER)
        self._paragraph(f"{view.year}  {view.as_of}  {view.unit}", BODY, 9)
        self._table(PAIR_MM, view.pairs, heads={0, 2})
        self._money()
        self._table((26, WIDTH - 26), [(view.template.goal, view.goal)], heads={0})
        self._indicators()
        for section in view.sections:
            self._paragraph(section.title, HEAD, 9)
            self._table(SECTION_MM, section.rows, heads=set())
        for note in (*view.template.notes, view.template.marks["legend"]):
            self._paragraph(note, BODY, 8)
        self._paragraph("    ".join(f"{label} {text}" for label, text in view.footer), BODY, 9)
        self._paragraph(view.provenance, BODY, 7)

    def _page(self) -> None:
        section = self.document.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
        section.top_margin, section.right_margin = Mm(MARGINS[0]), Mm(MARGINS[1])
        section.bottom_margin, section.left_margin = Mm(MARGINS[2]), Mm(MARGINS[3])

    def _paragraph(self, text: str, font: str, size: float, align: Any = None) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.alignment = align
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.paragraph_format.space_before = Pt(2)
        _run(paragraph, text, font, size)

    def _money(self) -> None:
        view = self.view
        each = (WIDTH - 50) // len(view.money_heads)
        heads = [(view.money_label, *(text for _, text in view.money_heads))]
        rows = [("  " * row.level + row.label, *self._values(row)) for row in view.money]
        widths = (50, *(each for _ in view.money_heads))
        amounts = set(range(1, len(widths)))
        self._table(widths, heads + rows, heads=set(), head_rows=1, right=amounts)
        if view.money_note:
            self._paragraph(view.money_note, BODY, 8)

    def _values(self, row: MoneyView) -> Sequence[str]:
        keys = [key for key, _ in self.view.money_heads]
        return [
            "" if value is None else per_cent(value) if key in RATES else wan(value)
            for key, value in zip(keys, row.values, strict=True)
        ]

    def _indicators(self) -> None:
        view, heads = self.view, self.view.indicator_heads
        names = ("level_1", "level_2", "level_3", "target", "actual", "expected")
        template = view.template
        head = (
            *(heads[name] for name in names),
            *template.areas.values(),
            heads["reason"],
            *template.possibilities.values(),
            heads["remark"],
        )
        rows = [
            (
                *row.levels,
                row.actual,
                row.expected,
                *row.areas,
                row.reason,
                *row.possibilities,
                row.remark,
            )
            for row in view.indicators
        ]
        if rows:
            self._table(INDICATOR_MM, [head, *rows], heads=set(), head_rows=1)
        else:
            self._paragraph(heads["none"], BODY, 9)

    def _table(
        self,
        widths: Sequence[int],
        rows: Sequence[Sequence[str]],
        *,
        heads: set[int],
        head_rows: int = 0,
        right: Collection[int] = (),
    ) -> None:
        table = self.document.add_table(rows=len(rows), cols=len(widths))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        for number, (row, texts) in enumerate(zip(table.rows, rows, strict=True)):
            cells = row.cells
            for place, (text, width) in enumerate(zip(texts, widths, strict=True)):
                is_head = number < head_rows or place in heads
                cells[place].width = Mm(width)
                paragraph = cells[place].paragraphs[0]
                _run(paragraph, text, HEAD if is_head else BODY, 8)
                if is_head:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                elif place in right:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if number < head_rows:
                _repeated(row)


def _run(paragraph: Any, text: str, font: str, size: float) -> None:
    for number, line in enumerate(text.split("\n")):
        run = paragraph.add_run(line)
        if number:
            run._r.insert(0, run._r.makeelement(qn("w:br")))  # noqa: SLF001 - a break within the run
        run.font.size = Pt(size)
        run.font.name = font
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001


def _repeated(row: Any) -> None:
    """Print a row again on every page that its table goes on to."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no name for it
    properties.append(properties.makeelement(qn("w:tblHeader")))
