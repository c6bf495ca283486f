"""Filled monitoring forms of earlier campaigns: declared history, as the unit wrote it."""

import io
import json
from typing import Any

import openpyxl
import pytest

from services.intake.files.mapper import Context
from services.intake.files.outcomes import Mapped, Rejected
from services.intake.files.presets import preset
from services.intake.files.tables import UnreadableTableError
from services.reporting.domain import Names, assemble_form
from services.reporting.outputs.form_sheet import form_workbook
from tests.spec.engines import folded
from tests.support import builders

FORMS = preset("monitoring-forms")


def read(content: bytes) -> list[Any]:
    """Read forms: events' data, and what was rejected as it is."""
    opened = FORMS.open(io.BytesIO(content), "forms.xlsx", Context("610100"))
    return [json.loads(one.event) if isinstance(one, Mapped) else one for one in opened.outcomes]


def changed(**cells: Any) -> bytes:
    """Return the template with other values in some cells."""
    book = openpyxl.load_workbook(io.BytesIO(FORMS.template()))
    for place, value in cells.items():
        book.worksheets[0][place] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_form_is_one_fact_that_keeps_what_was_declared() -> None:
    """Money to the fen, texts as they were, ticks as causes and possibility; no persons."""
    (found,) = read(FORMS.template())
    data = found["data"]

    assert "dualwatch.monitoring_form.declared.v1" == found["type"]
    assert ["2025-01-01", "2025-06-30"] == list(data["period"].values())
    assert ("年度资金总额", "193000.00", "31200.00", "16.17%") == (
        data["funding"][0]["label"],
        data["funding"][0]["approved_budget"],
        data["funding"][0]["spent"],
        data["funding"][0]["execution_rate_text"],
    )
    assert ["产出指标", "产出指标", "满意度指标"] == [one["level_1"] for one in data["indicators"]]
    assert (["制度保障"], "possible") == (
        data["indicators"][0]["causes"],
        data["indicators"][0]["possibility"],
    )
    assert "unit_form_history" == data["source_kind"]


def test_a_form_of_nine_months_in_yuan_is_read_as_it_says() -> None:
    """Period and unit come from the headings."""
    (found,) = read(changed(A5="项目资金(元)", G5="1-9月执行数", G6=31200, E6="193,000.00"))

    assert "2025-09-30" == found["data"]["period"]["end"]
    assert ["193000.00", "31200.00"] == [
        found["data"]["funding"][0][name] for name in ("approved_budget", "spent")
    ]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"K3": ""}, "项目代码"),
        ({"A2": "(  年度)"}, "年度"),
        ({"G6": "三万"}, "项目资金"),
        ({"G6": -1}, "项目资金"),
    ],
    ids=["no code", "no year", "words for money", "negative"],
)
def test_a_form_that_cannot_be_placed_is_rejected_with_its_cell(
    cells: dict[str, Any], column: str
) -> None:
    """The form as a whole: half a declaration is none."""
    (found,) = read(changed(**cells))

    assert isinstance(found, Rejected)
    assert column == found.column


def test_several_forms_on_several_sheets_are_several_facts() -> None:
    """As a department's desk keeps them."""
    book = openpyxl.load_workbook(io.BytesIO(FORMS.template()))
    book.copy_worksheet(book.worksheets[0])["K3"] = "61010025P101000000002"
    target = io.BytesIO()
    book.save(target)

    assert ["610100/61010025P101000000001", "610100/61010025P101000000002"] == [
        one["subject"] for one in read(target.getvalue())
    ]


def test_a_form_that_reporting_filled_can_be_declared_later() -> None:
    """Our own layout is one of annex 1's."""
    engine = folded(
        [
            builders.budget(line="L1", amount="1234567.89"),
            builders.expenditure(line="L1", amount="29.01"),
            builders.targets(),
        ]
    )
    form = assemble_form(
        builders.PROJECT, engine.assessment(), names=Names({}), alerts=(), cut="7", release="1.0"
    )
    (found,) = read(form_workbook(form))
    total = found["data"]["funding"][0]

    assert ["1234567.89", "29.01"] == [total["adjusted_budget"], total["spent"]]
    assert ["指标 K1"] == [one["name"] for one in found["data"]["indicators"]]


def test_a_workbook_without_a_form_is_refused_as_a_whole() -> None:
    """A table of another preset is no form."""
    with pytest.raises(UnreadableTableError):
        read(preset("projects").template())
