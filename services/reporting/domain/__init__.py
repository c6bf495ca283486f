"""What reporting assembles, as data: forms and summaries. Pure."""

from services.reporting.domain.form import (
    FORM_TEMPLATE,
    FundingRow,
    IndicatorRow,
    MonitoringForm,
    Names,
    RelatedAlert,
    assemble_form,
    funding_rows,
    indicator_row,
    period_label,
)
from services.reporting.domain.summary import (
    DepartmentSummary,
    ProjectLine,
    count_lights,
    summarise,
)

__all__ = [
    "FORM_TEMPLATE",
    "DepartmentSummary",
    "FundingRow",
    "IndicatorRow",
    "MonitoringForm",
    "Names",
    "ProjectLine",
    "RelatedAlert",
    "assemble_form",
    "count_lights",
    "funding_rows",
    "indicator_row",
    "period_label",
    "summarise",
]
