"""A paper's content as a file: what there is for which format, and what it is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from contracts.vocabulary import FormLayout
from services.reporting.domain.city_summary import CitySummary
from services.reporting.domain.form import MonitoringForm
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.outputs.form_docx import form_docx
from services.reporting.outputs.form_pdf import form_pdf
from services.reporting.outputs.form_sheet import form_workbook
from services.reporting.outputs.report_docx import report_docx, summary_docx
from services.reporting.outputs.report_pdf import report_pdf, summary_pdf
from services.reporting.outputs.report_sheet import report_workbook, summary_workbook

OFFICE: Final = "application/vnd.openxmlformats-officedocument."

Paperlike = MonitoringForm | DepartmentReport
"""What a paper holds."""
Content = Paperlike | CitySummary


class FileFormat(StrEnum):
    """How a paper is handed out."""

    XLSX = "xlsx"
    PDF = "pdf"
    DOCX = "docx"


MEDIA_TYPES: Final[Mapping[FileFormat, str]] = {
    FileFormat.XLSX: f"{OFFICE}spreadsheetml.sheet",
    FileFormat.PDF: "application/pdf",
    FileFormat.DOCX: f"{OFFICE}wordprocessingml.document",
}

FORM_MAKERS: Final[Mapping[FileFormat, Callable[[MonitoringForm, FormLayout | None], bytes]]] = {
    FileFormat.XLSX: form_workbook,
    FileFormat.PDF: form_pdf,
    FileFormat.DOCX: form_docx,
}
REPORT_MAKERS: Final[Mapping[FileFormat, Callable[[DepartmentReport], bytes]]] = {
    FileFormat.XLSX: report_workbook,
    FileFormat.PDF: report_pdf,
    FileFormat.DOCX: report_docx,
}
SUMMARY_MAKERS: Final[Mapping[FileFormat, Callable[[CitySummary], bytes]]] = {
    FileFormat.XLSX: summary_workbook,
    FileFormat.PDF: summary_pdf,
    FileFormat.DOCX: summary_docx,
}


class FormatMissingError(Exception):
    """There is no such file of this kind of paper; what there is, is told."""

    def __init__(self, known: tuple[FileFormat, ...]) -> None:
        """Name the formats that there are."""
        super().__init__(", ".join(known))
        self.known = known


@dataclass(frozen=True, slots=True)
class Made:
    """A file."""

    content: bytes
    media_type: str


def rendered(content: Content, wanted: FileFormat, layout: FormLayout | None = None) -> Made:
    """Make the file of a form, a report or a summary; the same content gives the same bytes."""
    makers: Mapping[FileFormat, Any] = _makers(content)
    make = makers.get(wanted)
    if make is None:
        raise FormatMissingError(tuple(makers))
    made = make(content, layout) if isinstance(content, MonitoringForm) else make(content)
    return Made(made, MEDIA_TYPES[wanted])


def _makers(content: Content) -> Mapping[FileFormat, Any]:
    match content:
        case MonitoringForm():
            return FORM_MAKERS
        case CitySummary():
            return SUMMARY_MAKERS
        case _:
            return REPORT_MAKERS


def file_name(content: Paperlike, wanted: FileFormat) -> str:
    """Name a file: what it is of, as of when, which edition."""
    made = content.provenance
    if isinstance(content, MonitoringForm):
        subject = content.project_id.partition("/")[2] or content.project_id
    else:
        subject = content.department
    edition = f"-v{made.edition}" if made.edition else ""
    name = f"{subject}-{content.as_of.isoformat()}{edition}.{wanted.value}"
    return name.replace("/", "_").replace("\\", "_")
