"""The monitoring form of a paper: what the ledger knows, with all that its unit declares on it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from contracts.events.analysis import AssessmentMade, IndicatorFigures, LineFigures
from contracts.vocabulary import AttainmentState
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.declaration import (
    Declaration,
    FundingStatement,
    IndicatorStatement,
    ResultStatement,
)
from services.reporting.domain.filled import BEHIND, Figures, own_lines
from services.reporting.domain.form import (
    ACCOUNT_LABELS,
    GRADE_LABELS,
    MONITORED_BY_BUREAU,
    Contact,
    DisputedFigure,
    ExecutionCause,
    FundingRow,
    IndicatorRow,
    MonitoringForm,
    Names,
    Provenance,
    RelatedAlert,
    assemble_form,
    indicator_row,
    monitored_by,
    period_label,
)
from services.reporting.domain.paper import Dispute, Paper
from services.reporting.domain.sharing import foreseen_by_account

TOTAL: Final = "total"
"""Key of the money block's first row."""
OWN_LABEL: Final = "其中: 单位资金"
_EXACT: Final = Context(prec=200, rounding=ROUND_HALF_UP)
"""Room for every number that the ledger takes."""
_NOTHING: Final = IndicatorStatement()
_NO_FUNDING: Final = FundingStatement()


def assemble_paper(
    campaign: Campaign,
    paper: Paper,
    figures: Figures,
    declaration: Declaration,
    *,
    names: Names,
    alerts: Sequence[RelatedAlert],
    release: str,
    edition: int = 0,
) -> MonitoringForm:
    """Fill annex 1: figures are taken over, statements put beside them; edition 0: a draft."""
    shown = figures.shown
    made = assemble_form(
        paper.project or "", shown, names=names, alerts=alerts, cut=figures.cut, release=release
    )
    forecast = shown.execution.forecast
    monitored = period_label(campaign.period_from, campaign.cut_off)
    provenance = Provenance(
        campaign=campaign.key,
        campaign_name=campaign.name,
        # Figures are sums from the year's first day, and their headings say so; a period of the
        # campaign's own is named beside its name.
        period="" if monitored == made.period else monitored,
        paper=paper.id,
        edition=edition,
        results_cut=figures.results_cut,
        packs=campaign.packs,
        layout=campaign.layout,
    )
    contact = declaration.contact
    return replace(
        made,
        project_name=made.project_name or paper.project_name,
        funding=money_block(made.funding, shown, declaration.funding),
        indicators=tuple(
            declared_row(each, declaration.indicators.get(each.indicator, _NOTHING))
            for each in shown.attainment.indicators
        ),
        carryover=declaration.carryover,
        surplus=declaration.surplus,
        foreseen_carryover=None if forecast is None else forecast.carryover,
        foreseen_surplus=None if forecast is None else forecast.surplus,
        execution_cause=ExecutionCause(**declaration.execution.model_dump()),
        execution_cause_required=shown.execution.light in BEHIND,
        remarks=declaration.remarks,
        contact=Contact(contact.filled_by, contact.phone, contact.head, contact.filled_on),
        disputes=tuple(_disputed(each) for each in paper.disputes),
        monitoring=monitoring_kind(campaign, shown),
        provenance=provenance,
        declared=dict(sorted(paper.values.items())),
    )


def monitoring_kind(campaign: Campaign, assessment: AssessmentMade) -> str:
    """Tell who monitors: the bureau what is on its list or in its campaign (domain-rules 19)."""
    return MONITORED_BY_BUREAU if campaign.priority_only else monitored_by(assessment)


def money_block(
    rows: Sequence[FundingRow],
    assessment: AssessmentMade,
    declared: Mapping[str, FundingStatement],
) -> tuple[FundingRow, ...]:
    """Put what is declared and foreseen to the rows, and a row for each line of own funds."""
    foreseen = {key: each.spent for key, each in foreseen_by_account(assessment).items()}
    forecast = assessment.execution.forecast
    if forecast is not None:
        foreseen[TOTAL] = forecast.point
    accounts = {label: account.value for account, label in ACCOUNT_LABELS.items()}
    found: list[FundingRow] = []
    for row in rows:
        key = row.key or (TOTAL if row.level == 0 else accounts.get(row.label, ""))
        statement = declared.get(key, _NO_FUNDING)
        found.append(
            replace(
                row,
                key=key,
                disbursed=row.disbursed
                if row.disbursed is not None
                else _disbursed(key, assessment),
                declared_spent=statement.expected_spent,
                foreseen_spent=foreseen.get(key) if key else None,
            )
        )
        found.extend(
            _own_row(line, declared.get(line.line, _NO_FUNDING))
            for line in own_lines(assessment)
            if key == line.account.value
        )
    return tuple(found)


def _disbursed(key: str, assessment: AssessmentMade) -> int | None:
    if key == TOTAL:
        return assessment.execution.money.disbursed
    lines = [line for line in assessment.execution.lines if line.account.value == key]
    return sum(line.money.disbursed for line in lines) if lines else None


def _own_row(line: LineFigures, statement: FundingStatement) -> FundingRow:
    money = line.money
    return FundingRow(
        f"{OWN_LABEL} {line.line}",
        2,
        money.components.original,
        money.adjusted_budget,
        money.spent,
        money.execution_rate_bp,
        key=line.line,
        disbursed=money.disbursed,
        execution_rate_original_bp=money.execution_rate_original_bp,
        declared_spent=statement.expected_spent,
        own_funds=True,
    )


def declared_row(figures: IndicatorFigures, statement: IndicatorStatement) -> IndicatorRow:
    """Fill one indicator row: the result of the ledger, and all that is declared of it."""
    row = indicator_row(figures)
    return replace(
        row,
        indicator=figures.indicator,
        behaviour=figures.behaviour.value,
        unit=figures.unit,
        declared_result=None if statement.result is None else result_text(statement.result),
        expected_result=statement.expected_result,
        foreseen_result=foreseen_text(figures),
        areas=statement.areas,
        reason_type=statement.reason_type,
        reason=statement.reason,
        possibility=statement.possibility,
        foreseen_possibility=figures.possibility,
        probability_bp=figures.probability_bp,
        measure=statement.measure,
        evidence=tuple(file.name for file in statement.evidence),
        cause_required=behind(figures),
    )


def behind(figures: IndicatorFigures) -> bool:
    """Whether it is behind its due standard, so that a cause is demanded (domain-rules 20)."""
    return figures.state is AttainmentState.JUDGED and figures.light in BEHIND


def dated(figures: Figures) -> frozenset[str]:
    """Name the indicators whose target is no number: a day may be their result (domain-rules 14).

    Figures do not tell a date from a grade or from words; those take a day as words.
    """
    listed = figures.shown.attainment.indicators
    return frozenset(each.indicator for each in listed if each.target is None)


def unreported(figures: IndicatorFigures) -> bool:
    """Whether a result of it is due and the ledger has none: it is given, or its lack explained."""
    return figures.state is AttainmentState.NOT_REPORTED


def result_text(result: ResultStatement) -> str:
    """Write a typed result as the form prints it."""
    if result.grade is not None and not result.value_text.strip():
        return GRADE_LABELS[result.grade]
    return result.value_text


def foreseen_text(figures: IndicatorFigures) -> str | None:
    """Write what the model foresees for the year's end, to the target's places, with its unit."""
    if figures.forecast is None:
        return None
    places = max(_places(figures.target), _places(figures.actual))
    step = Decimal(1).scaleb(-places)
    number = format(_EXACT.quantize(Decimal(figures.forecast), step), "f")
    return f"{number} {figures.unit}" if figures.unit else number


def _places(number: str | None) -> int:
    """Count the decimal places that a number is written with; none without one."""
    return len((number or "").partition(".")[2])


def _disputed(dispute: Dispute) -> DisputedFigure:
    return DisputedFigure(dispute.field, dispute.reason, dispute.answer)
