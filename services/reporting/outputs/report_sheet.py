"""Reports as workbooks: every table a sheet; cells hold exact 万元, so that SUM agrees."""

from services.reporting.domain.city_summary import OUTLINE as SUMMARY_OUTLINE
from services.reporting.domain.city_summary import CitySummary
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.outputs.report_paper import report_paper, summary_paper
from services.reporting.outputs.report_styles import style_of
from services.reporting.outputs.tabular import paper_workbook


def report_workbook(report: DepartmentReport) -> bytes:
    """Write a department's report in its style."""
    return paper_workbook(report_paper(report, "xlsx", style_of(report.template).outline))


def summary_workbook(summary: CitySummary) -> bytes:
    """Write the bureau's summary."""
    return paper_workbook(summary_paper(summary, "xlsx", SUMMARY_OUTLINE))
