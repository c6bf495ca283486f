"""Reports as Word files: docxtpl fills a template, ours or a bureau's own; the same bytes twice."""

import contextlib
import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from services.reporting.domain.city_summary import OUTLINE as SUMMARY_OUTLINE
from services.reporting.domain.city_summary import CitySummary
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.domain.sharing import shared
from services.reporting.outputs.blocks import Bars, Paperwork, SectionBlock, Table, text_of
from services.reporting.outputs.marks import mark_of
from services.reporting.outputs.packing import repacked
from services.reporting.outputs.plain import printable
from services.reporting.outputs.report_paper import report_paper, summary_paper
from services.reporting.outputs.report_styles import style_of
from services.reporting.outputs.report_template import (
    TEXT_TWIPS,
    TEXT_TWIPS_ACROSS,
    default_template,
)

EMU_PER_MM: Final = 36_000
PICTURE_MM: Final = 150
TAGS: Final = ("title", "sections", "footer")
"""What a template must print."""
TEMPLATE_BYTES_MAX: Final = 4 * 1024 * 1024
FAULTS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    etree.LxmlError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
)
"""What reading somebody's file as a .docx, or reckoning by its tags, may raise."""


class TemplateFaultError(ValueError):
    """A template cannot be used; the fault is the template's."""


def report_docx(report: DepartmentReport) -> bytes:
    """Write a department's report (附件2) in its style."""
    style = style_of(report.template)
    return paper_docx(report_paper(report, "docx", style.outline), style.word)


def summary_docx(summary: CitySummary, template: bytes | None = None) -> bytes:
    """Write the bureau's summary and analysis."""
    return paper_docx(summary_paper(summary, "docx", SUMMARY_OUTLINE), template)


def paper_docx(paper: Paperwork, template: bytes | None = None) -> bytes:
    """Fill a template with a document; TemplateFaultError if it cannot be."""
    file = _opened(template or default_template())
    words = {
        "title": printable(paper.title),
        "subtitle": [printable(line) for line in paper.subtitle],
        "sections": [_block(file, block) for block in paper.sections],
        "appendices": [_block(file, block) for block in paper.appendices],
        "ending": [printable(line) for line in paper.ending],
        "footer": printable(paper.footer),
    }
    with _blaming(template):
        file.render(words, SandboxedEnvironment(autoescape=True), autoescape=True)
    made = dt.datetime.combine(paper.on, dt.time.min)
    core = file.docx.core_properties
    core.title, core.author, core.last_modified_by = paper.title, "Dualwatch", "Dualwatch"
    core.created = core.modified = made
    core.keywords = mark_of(**paper.mark) if paper.mark else ""  # type: ignore[arg-type]
    buffer = io.BytesIO()
    file.save(buffer)
    return repacked(buffer.getvalue())


def _opened(template: bytes) -> DocxTemplate:
    file = DocxTemplate(io.BytesIO(template))
    try:
        file.init_docx()
    except FAULTS as error:
        msg = f"it is no .docx: {error}"
        raise TemplateFaultError(msg) from error
    return file


@contextlib.contextmanager
def _blaming(template: bytes | None) -> Iterator[None]:
    """Say of what is raised that it is the template's fault, unless the template is ours."""
    try:
        yield
    except (TemplateError, *FAULTS) as error:
        if template is None:
            raise
        raise TemplateFaultError(str(error) or type(error).__name__) from error


def template_faults(template: bytes) -> list[str]:
    """Check a template of somebody's own: every fault, and none if it can be used."""
    if len(template) > TEMPLATE_BYTES_MAX:
        return [f"it is larger than {TEMPLATE_BYTES_MAX} bytes"]
    try:
        file = DocxTemplate(io.BytesIO(template))
        found = file.get_undeclared_template_variables(SandboxedEnvironment(autoescape=True))
    except TemplateError as error:
        return [f"a tag cannot be read: {error}"]
    except FAULTS as error:
        return [f"it is no .docx: {error}"]
    known = {*TAGS, "subtitle", "appendices", "ending"}
    faults = [f"it does not print {{{{ {name} }}}}" for name in TAGS if name not in found]
    faults += [f"there is no {{{{ {name} }}}}" for name in sorted(found - known)]
    if not faults:
        faults += _trial(template)
    return faults


def _trial(template: bytes) -> Iterator[str]:
    table = Table("a", "a", ("a", "b"), (("1", "2"),), (1, 1))
    block = SectionBlock("a", ("a",), (table,))
    paper = Paperwork("a", ("a",), (block,), (block,), ("a",), "a")
    try:
        paper_docx(paper, template)
    except TemplateFaultError as error:
        yield f"it cannot be filled: {error}"


def _block(file: DocxTemplate, block: SectionBlock) -> dict[str, Any]:
    return {
        "title": printable(block.title),
        "paragraphs": [printable(line) for line in block.paragraphs],
        "parts": [_part(file, part) for part in block.parts],
    }


def _part(file: DocxTemplate, part: Table | Bars) -> dict[str, Any]:
    if isinstance(part, Bars):
        # Only now: what draws is a quarter of what a start would load.
        from services.reporting.outputs import charts  # noqa: PLC0415

        picture = InlineImage(file, io.BytesIO(charts.png(part)), width=PICTURE_MM * EMU_PER_MM)
        return {"caption": printable(part.caption), "picture": picture, "rows": None}
    whole = TEXT_TWIPS_ACROSS if part.wide else TEXT_TWIPS
    widths = shared(whole, part.widths)
    return {
        "caption": printable(part.caption),
        "heads": _sized(part.heads, widths),
        "rows": [_sized(map(text_of, row), widths) for row in part.rows],
        "widths": widths,
        "width": whole,
        "half_points": round(2 * part.points),
    }


class Sized(str):
    """The text of a cell, which knows how wide its column is, in twips."""

    __slots__ = ("width",)
    width: int


def _sized(texts: Iterable[str], widths: Sequence[int]) -> list[Sized]:
    found = []
    for text, width in zip(texts, widths, strict=True):
        cell = Sized(printable(text))
        cell.width = width
        found.append(cell)
    return found
