"""What a form shows, in words: the same for workbook, PDF and Word. Pure; amounts stay in fen."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.vocabulary import CauseArea, FormLayout, Light, Possibility, rate_bp
from services.reporting.domain import FundingRow, IndicatorRow, MonitoringForm
from services.reporting.domain.writing import wan
from services.reporting.outputs.form_template import FormTemplate, MoneyBlock, template_of
from services.reporting.outputs.plain import printable

RATES: Final = frozenset({"rate", "rate_original"})
TOTAL: Final = "total"
GENERAL: Final = "general_public"
CODE_GROUP: Final = 4
MONEY_FIELDS: Final[Mapping[str, str]] = {
    "original": "original_budget",
    "adjusted": "adjusted_budget",
    "spent": "spent",
    "rate": "execution_rate_bp",
    "rate_original": "execution_rate_original_bp",
    "declared": "declared_spent",
    "foreseen": "foreseen_spent",
}
"""Columns of the money block and the fields of a row that they show."""


@dataclass(frozen=True, slots=True)
class MoneyView:
    """A row of the money block; values by column: fen, or basis points where it is a rate."""

    label: str
    level: int
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """A row of the indicator block."""

    levels: tuple[str, str, str, str]
    """一级, 二级, 三级指标, 年度指标值."""
    actual: str
    light: Light | None
    expected: str
    areas: tuple[str, ...]
    reason: str
    possibilities: tuple[str, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below the table: a title, rows of a label and a text."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """A form in words."""

    template: FormTemplate
    layout: FormLayout
    title: str
    year: str
    as_of: str
    unit: str
    pairs: tuple[tuple[str, str, str, str], ...]
    money_label: str
    money_heads: tuple[tuple[str, str], ...]
    """Key and heading of each column."""
    money: tuple[MoneyView, ...]
    money_note: str
    goal: str
    indicator_heads: Mapping[str, str]
    indicators: tuple[IndicatorView, ...]
    sections: tuple[Section, ...]
    footer: tuple[tuple[str, str], ...]
    provenance: str


def view_of(form: MonitoringForm, layout: FormLayout | None = None) -> FormView:
    """Put a form in the words of its template; UnknownTemplateError if that is not kept here."""
    template = template_of(form.template)
    shown = layout or form.provenance.layout
    fills = {
        "year": str(form.fiscal_year),
        "as_of": form.as_of.isoformat(),
        "period": form.period,
        "unit": money_unit(form.currency),
    }
    heading = {name: text.format(**fills) for name, text in template.heading.items()}
    block = template.money.city if shown is FormLayout.CITY else template.money.national
    return FormView(
        template=template,
        layout=shown,
        title=template.title,
        year=heading["year"],
        as_of=heading["as_of"],
        unit=heading["unit"],
        pairs=_pairs(form, heading),
        money_label=block.label.format(**fills),
        money_heads=tuple((key, text.format(**fills)) for key, text in block.columns.items()),
        money=tuple(_money_rows(form, block, shown)),
        money_note=block.note.format(**fills),
        goal=printable(form.goal),
        indicator_heads={
            name: text.format(text="", **fills) for name, text in template.indicators.items()
        },
        indicators=tuple(_indicator(row, template) for row in form.indicators),
        sections=tuple(section for section in _sections(form, template) if section.rows),
        footer=_footer(form, template),
        provenance=_provenance(form, template, shown),
    )


def money_unit(currency: str) -> str:
    """Name the unit of the money cells: ten thousand of the jurisdiction's currency."""
    return "万元" if currency == "CNY" else f"万 {printable(currency)}"


def per_cent(rate: int) -> str:
    """Write basis points as per cent: 5929 → 59.29%."""
    whole, rest = divmod(rate, 100)
    return f"{whole}.{rest:02d}%"


def printed_code(code: str) -> str:
    """Write a verification code in groups of four."""
    return " ".join(code[at : at + CODE_GROUP] for at in range(0, len(code), CODE_GROUP))


def national_rows(form: MonitoringForm, labels: Mapping[str, str]) -> tuple[FundingRow, ...]:
    """Lay out the three rows of the national form: total, general public budget, the others.

    What is no general public budget is the total less it, so that the rows add up to the fen.
    """
    total = next(row for row in form.funding if row.level == 0)
    general = next(
        (row for row in form.funding if row.key == GENERAL or row.label == "一般公共预算"),
        _none_of(total),
    )
    names = ("original_budget", "adjusted_budget", "spent", "declared_spent", "foreseen_spent")
    rest = {name: _less(getattr(total, name), getattr(general, name)) for name in names}
    others = FundingRow("", 1, execution_rate_bp=None, **rest)  # type: ignore[arg-type]
    found = ((total, "total", 0), (general, "general_public", 1), (others, "others", 1))
    return tuple(
        dataclasses.replace(
            row,
            label=labels[key],
            level=level,
            execution_rate_original_bp=_rate(row),
        )
        for row, key, level in found
    )


def _none_of(total: FundingRow) -> FundingRow:
    """Give a row of a budget that has no money: nothing of whatever the total says."""
    declared = None if total.declared_spent is None else 0
    foreseen = None if total.foreseen_spent is None else 0
    return FundingRow("", 1, 0, 0, 0, None, declared_spent=declared, foreseen_spent=foreseen)


def _less(one: int | None, two: int | None) -> int | None:
    return None if one is None or two is None else one - two


def _rate(row: FundingRow) -> int | None:
    if row.spent is None or row.original_budget is None:
        return None
    # domain-rules 13: net spending below zero is shown as it is, its rate as 0.
    return rate_bp(max(row.spent, 0), row.original_budget)


def _pairs(
    form: MonitoringForm, heading: Mapping[str, str]
) -> tuple[tuple[str, str, str, str], ...]:
    def known(*parts: str | None) -> str:
        return " ".join(printable(part) for part in parts if part) or heading["unknown"]

    return (
        (heading["project"], known(form.project_name), heading["code"], known(form.project_id)),
        (
            heading["department"],
            known(form.department_name, form.department),
            heading["lead_unit"],
            known(form.lead_unit_name, form.lead_unit),
        ),
    )


def _money_rows(form: MonitoringForm, block: MoneyBlock, layout: FormLayout) -> Iterator[MoneyView]:
    rows = form.funding if layout is FormLayout.CITY else national_rows(form, block.rows)
    for row in rows:
        values = tuple(getattr(row, MONEY_FIELDS[key]) for key in block.columns)
        yield MoneyView(printable(row.label), row.level, values)


def _indicator(row: IndicatorRow, template: FormTemplate) -> IndicatorView:
    words = template.indicators
    actual = printable(row.actual)
    if row.declared_result is not None and printable(row.declared_result) != actual:
        said = printable(row.declared_result)
        actual = said + (f"\n{words['ledger'].format(period='', text=actual)}" if actual else "")
    expected = printable(row.expected_result)
    if row.foreseen_result and printable(row.foreseen_result) != expected:
        foreseen = words["foreseen"].format(period="", text=printable(row.foreseen_result))
        expected = f"{expected}\n{foreseen}" if expected else foreseen
    return IndicatorView(
        levels=(
            printable(row.level_1),
            printable(row.level_2),
            printable(row.level_3),
            printable(row.target),
        ),
        actual=actual,
        light=row.light,
        expected=expected,
        areas=tuple(template.marks["declared"] if area in row.areas else "" for area in CauseArea),
        reason=_reason(row, template),
        possibilities=tuple(_possibility(row, one, template) for one in Possibility),
        remark=printable(row.measure),
    )


def _reason(row: IndicatorRow, template: FormTemplate) -> str:
    kind = f"[{template.reason_types[row.reason_type]}] " if row.reason_type else ""
    said = kind + printable(row.reason)
    if not said and row.cause_required and not row.areas:
        return template.indicators["cause_required"]
    return said


def _possibility(row: IndicatorRow, one: Possibility, template: FormTemplate) -> str:
    if row.possibility is one:
        return template.marks["declared"]
    return template.marks["foreseen"] if row.foreseen_possibility is one else ""


def _sections(form: MonitoringForm, template: FormTemplate) -> Iterator[Section]:
    yield Section(template.more["title"], tuple(_more(form, template)))
    yield Section(template.alerts["title"], tuple(_alerts(form, template)))
    yield Section(template.disputes["title"], tuple(_disputes(form, template)))
    yield Section(
        template.evidence["title"],
        tuple(
            (printable(row.level_3), "、".join(printable(name) for name in row.evidence))
            for row in form.indicators
            if row.evidence
        ),
    )


def _more(form: MonitoringForm, template: FormTemplate) -> Iterator[tuple[str, str]]:
    words, unit = template.more, money_unit(form.currency)
    for name in ("carryover", "surplus"):
        said = []
        for kind, fen in (
            ("declared", getattr(form, name)),
            ("foreseen", getattr(form, f"foreseen_{name}")),
        ):
            if fen is not None:
                said.append(words[kind].format(text=f"{wan(fen)} {unit}"))
        if said:
            yield words[name], "  ".join(said)
    cause = form.execution_cause
    parts = [
        "、".join(template.areas[area] for area in CauseArea if area in cause.areas),
        template.reason_types[cause.reason_type] if cause.reason_type else "",
        printable(cause.reason),
        printable(cause.measure),
    ]
    said_cause = "\n".join(part for part in parts if part)
    if not said_cause and form.execution_cause_required:
        said_cause = template.indicators["cause_required"]
    if said_cause:
        yield words["execution"], said_cause
    if form.remarks:
        yield words["remarks"], printable(form.remarks)


def _alerts(form: MonitoringForm, template: FormTemplate) -> Iterator[tuple[str, str]]:
    severities: Mapping[str, Any] = template.alerts["severities"]
    for alert in form.alerts:
        lines = [f"{printable(alert.title_zh)}  {alert.as_of}  {printable(alert.rule_id)}"]
        lines += [
            template.alerts["measure"].format(text=printable(measure)) for measure in alert.measures
        ]
        yield str(severities.get(alert.severity, printable(alert.severity))), "\n".join(lines)


def _disputes(form: MonitoringForm, template: FormTemplate) -> Iterator[tuple[str, str]]:
    words = template.disputes
    for dispute in form.disputes:
        answer = (
            words["open"]
            if dispute.answer is None
            else words["answer"].format(text=printable(dispute.answer))
        )
        yield _named(dispute.field, form, template), f"{printable(dispute.reason)}\n{answer}"


def _named(pointer: str, form: MonitoringForm, template: FormTemplate) -> str:
    """Name a field by its row and column, as people see them; else by its pointer."""
    rows = {("funding", row.key): row.label for row in form.funding if row.key}
    rows |= {("indicators", row.indicator): row.level_3 for row in form.indicators}
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    label = rows.get((parts[0], parts[1])) if len(parts) > 1 else None
    if label is None:
        return printable(pointer)
    money = template.money.city.columns
    columns = {MONEY_FIELDS[key]: text for key, text in money.items()}
    columns |= {"actual": template.indicators["actual"], "target": template.indicators["target"]}
    names = [columns.get(part, part).replace("{period}", form.period) for part in parts[2:]]
    return printable(" ".join((label, *names)))


def _footer(form: MonitoringForm, template: FormTemplate) -> tuple[tuple[str, str], ...]:
    contact = form.contact
    values = {
        "filled_by": contact.filled_by,
        "phone": contact.phone,
        "head": contact.head,
        "filled_on": contact.filled_on.isoformat() if contact.filled_on else "",
    }
    return tuple((template.footer[name], printable(value)) for name, value in values.items())


def _provenance(form: MonitoringForm, template: FormTemplate, layout: FormLayout) -> str:
    words, made = template.provenance, form.provenance
    light = template.lights[form.light.value if form.light else "none"]
    named = (made.campaign_name, made.period, made.campaign)
    campaign = " ".join(part for part in named if part)
    parts = [
        (words["light"], light),
        (words["monitoring"], form.monitoring),
        (words["campaign"], campaign),
        (words["edition"], str(made.edition) if made.edition else words["draft"]),
        (words["cut"], form.cut),
        (words["results_cut"], made.results_cut or ""),
        (words["packs"], "、".join(made.packs)),
        (words["template"], f"{form.template}/{layout.value}"),
        (words["release"], form.release),
        (words["code"], printed_code(made.code)),
    ]
    return "  ".join(f"{label}: {printable(text)}" for label, text in parts if text)
