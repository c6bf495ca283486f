"""Reports as PDF by typst, after GB/T 9704; the same bytes for the same content."""

from importlib.resources import files
from typing import Any, Final

from services.reporting.domain.city_summary import OUTLINE as SUMMARY_OUTLINE
from services.reporting.domain.city_summary import CitySummary
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.outputs.blocks import (
    Bars,
    Paperwork,
    SectionBlock,
    Table,
    is_number,
    text_of,
)
from services.reporting.outputs.fonts import faces
from services.reporting.outputs.marks import mark_of
from services.reporting.outputs.plain import printable
from services.reporting.outputs.report_paper import report_paper, summary_paper
from services.reporting.outputs.report_styles import style_of
from services.reporting.outputs.typesetting import typeset

TEMPLATE: Final = "paperwork.typ"
TABLE_POINTS_MOST: Final = 8.5
"""Largest text of a table in PDF."""


def report_pdf(report: DepartmentReport) -> bytes:
    """Write a department's report (附件2) in its style."""
    return paper_pdf(report_paper(report, "pdf", style_of(report.template).outline))


def summary_pdf(summary: CitySummary) -> bytes:
    """Write the bureau's summary and analysis."""
    return paper_pdf(summary_paper(summary, "pdf", SUMMARY_OUTLINE))


def paper_pdf(paper: Paperwork) -> bytes:
    """Set a document."""
    source = files("services.reporting.outputs").joinpath("templates", TEMPLATE).read_bytes()
    pictures: dict[str, bytes] = {}
    mark = mark_of(**paper.mark, fonts=faces().digest) if paper.mark else ""  # type: ignore[arg-type]
    words = {
        "title": printable(paper.title),
        "subtitle": [printable(line) for line in paper.subtitle],
        "sections": [_block(block, pictures) for block in paper.sections],
        "appendices": [_block(block, pictures) for block in paper.appendices],
        "ending": [printable(line) for line in paper.ending],
        "footer": printable(paper.footer),
        "mark": mark,
    }
    return typeset(source, words, on=paper.on, files=pictures)


def _block(block: SectionBlock, pictures: dict[str, bytes]) -> dict[str, Any]:
    return {
        "title": printable(block.title),
        "paragraphs": [printable(line) for line in block.paragraphs],
        "parts": [_part(part, pictures) for part in block.parts],
    }


def _part(part: Table | Bars, pictures: dict[str, bytes]) -> dict[str, Any]:
    if isinstance(part, Bars):
        name = f"chart{len(pictures) + 1}.svg"
        # Only now: what draws is a quarter of what a start would load.
        from services.reporting.outputs import charts  # noqa: PLC0415

        pictures[name] = charts.svg(part)
        return {"caption": printable(part.caption), "picture": name}
    columns = range(len(part.heads))
    return {
        "caption": printable(part.caption),
        "picture": None,
        "heads": [printable(head) for head in part.heads],
        "rows": [[text_of(cell) for cell in row] for row in part.rows],
        "widths": list(part.widths),
        "points": min(part.points, TABLE_POINTS_MOST),
        "numeric": [any(is_number(row[place]) for row in part.rows) for place in columns],
        "total": part.total,
    }
