"""The monitoring form as PDF, A4 lying, the same bytes for the same form and fonts."""

import functools
from importlib import resources
from typing import Any, Final

from contracts.vocabulary import FormLayout
from services.reporting.domain import MonitoringForm
from services.reporting.domain.writing import wan
from services.reporting.outputs.fonts import faces
from services.reporting.outputs.form_sheet import FILLS
from services.reporting.outputs.form_view import (
    RATES,
    FormView,
    IndicatorView,
    MoneyView,
    per_cent,
    view_of,
)
from services.reporting.outputs.marks import mark_of
from services.reporting.outputs.typesetting import typeset

SOURCE: Final = "annex1.typ"


def form_pdf(form: MonitoringForm, layout: FormLayout | None = None) -> bytes:
    """Return the form as PDF/A, in its campaign's layout or another."""
    view = view_of(form, layout)
    made = form.provenance
    mark = mark_of(
        code=made.code,
        format="pdf",
        template=form.template,
        paper=made.paper,
        edition=made.edition,
        layout=view.layout.value,
        fonts=faces().digest,
    )
    return typeset(_source(), {**_data(view), "mark": mark}, on=form.as_of)


@functools.cache
def _source() -> bytes:
    folder = resources.files("services.reporting.outputs") / "templates"
    return (folder / SOURCE).read_bytes()


def _data(view: FormView) -> dict[str, Any]:
    template, heads = view.template, view.indicator_heads
    columns = ("level_1", "level_2", "level_3", "target", "actual", "expected", "reason", "remark")
    return {
        "title": view.title,
        "year": view.year,
        "as_of": view.as_of,
        "unit": view.unit,
        "pairs": [list(pair) for pair in view.pairs],
        "money_label": view.money_label,
        "money_heads": [text for _, text in view.money_heads],
        "money": [_money(row, view) for row in view.money],
        "money_note": view.money_note,
        "goal_label": template.goal,
        "goal": view.goal,
        "heads": [heads[name] for name in columns],
        "areas_label": heads["areas"],
        "possibility_label": heads["possibility"],
        "areas": [*template.areas.values()],
        "possibilities": [*template.possibilities.values()],
        "indicators": [_indicator(row) for row in view.indicators],
        "none_label": heads["none"],
        "sections": [
            {"title": section.title, "rows": [list(row) for row in section.rows]}
            for section in view.sections
        ],
        "notes": [*template.notes, template.marks["legend"]],
        "footer": [f"{label} {text}" for label, text in view.footer],
        "provenance": view.provenance,
    }


def _money(row: MoneyView, view: FormView) -> dict[str, Any]:
    values = [
        "" if value is None else per_cent(value) if key in RATES else wan(value)
        for (key, _), value in zip(view.money_heads, row.values, strict=True)
    ]
    return {"label": row.label, "level": row.level, "values": values}


def _indicator(row: IndicatorView) -> dict[str, Any]:
    return {
        "levels": list(row.levels),
        "actual": row.actual,
        "fill": FILLS[row.light] if row.light else None,
        "expected": row.expected,
        "areas": list(row.areas),
        "reason": row.reason,
        "possibilities": list(row.possibilities),
        "remark": row.remark,
    }
