"""The presets on small, messy exports as finance offices have them; all of it is synthetic."""

import io
import json
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest

from services.intake.files.mapper import Context
from services.intake.files.outcomes import Mapped, Passed, Rejected
from services.intake.files.presets import UnknownPresetError, preset, preset_names
from services.intake.files.templates import GUIDE, VALUES

TABLES = [name for name in preset_names() if preset(name).mapping.layout == "table"]


def outcomes(name: str, file: str | bytes, encoding: str = "utf-8") -> list[Any]:
    """Read a file by a preset: events as JSON, the rest as it is."""
    raw = file if isinstance(file, bytes) else file.encode(encoding)
    opened = preset(name).open(io.BytesIO(raw), "export.csv", Context("610100"))
    return [json.loads(one.event) if isinstance(one, Mapped) else one for one in opened.outcomes]


def facts(
    name: str, file: str | bytes, encoding: str = "utf-8"
) -> list[tuple[str, dict[str, Any]]]:
    """Return type and data of each event; nothing may be rejected."""
    found = outcomes(name, file, encoding)
    assert not [one for one in found if isinstance(one, Rejected)]
    return [
        (one["type"].split(".", 1)[1].rsplit(".", 1)[0], one["data"])
        for one in found
        if isinstance(one, dict)
    ]


@pytest.mark.parametrize("name", preset_names())
def test_a_templates_example_is_read_without_rejects(name: str) -> None:
    """What people download is what the preset reads."""
    found = outcomes(name, preset(name).template())

    assert found
    assert all(isinstance(one, dict) for one in found)


@pytest.mark.parametrize("name", TABLES)
def test_a_template_explains_every_column(name: str) -> None:
    """Meaning, form, whether it is required, in Chinese; lists to choose from; the same bytes."""
    made = preset(name).template()
    book = openpyxl.load_workbook(io.BytesIO(made))
    table, guide = book.worksheets[0], book[GUIDE]
    heading = [cell.value for cell in table[1]]
    rows = {row[0]: row for row in guide.iter_rows(min_row=6, values_only=True)}

    assert preset(name).title.zh == table.title
    assert heading == list(rows)
    assert all(row[1] and row[2] and row[3] in {"必填", "选填"} for row in rows.values())
    assert VALUES in book.sheetnames
    assert made == preset(name).template()


def test_there_is_no_preset_of_another_name() -> None:
    """Also not of a path."""
    with pytest.raises(UnknownPresetError):
        preset("../presets/projects")


VOUCHERS = """某市财政局支付凭证明细(合成数据),,,,,,,,,,,
单位:万元,,,,,,,,,,,
支付凭证号,状态,预算年度,项目编码,指标ID,单位编码,金额,支付日期,制单日期,资金性质,收款人,收款人账号
"""


def vouchers(*rows: str) -> str:
    """Write an export of vouchers."""
    return VOUCHERS + "\n".join(rows) + "\n"


def test_one_voucher_in_several_states_is_one_request_and_one_payment() -> None:
    """Yesterday 待审, then 已审未支付, then 已支付: the ids of the two requests are equal."""
    found = outcomes(
        "payment-vouchers",
        vouchers(
            'Z1,待审,2026,P1,B1,101,"1,234.5678",,2026/3/5,111,甲,62220001',
            'Z1,已审未支付,2026,P1,B1,101,"1,234.5678",,2026/3/5,111,甲,62220001',
            'Z1,已支付,2026,P1,B1,101,"1,234.5678",20260306,2026/3/5,111,甲,62220001',
        ),
    )

    assert ["payment.requested"] * 2 + ["expenditure.recorded"] == [
        one["type"][10:-3] for one in found
    ]
    assert found[0] == found[1]
    assert "12345678.00" == found[2]["data"]["amount"]


def test_several_payees_of_one_voucher_are_several_payments() -> None:
    """Told apart by their accounts, which are in no id and no document number as they are."""
    found = facts(
        "payment-vouchers",
        vouchers(
            "Z1,已支付,2026,P1,B1,101,1,2026-03-06,,111,甲,62220001",
            "Z1,已支付,2026,P1,B1,101,1,2026-03-06,,111,乙,62220002",
        ),
    )
    lines = [data["document"]["line"] for _, data in found]

    assert 2 == len(set(lines))
    assert not any("6222" in line for line in lines)


def test_a_line_of_a_voucher_keeps_its_number_when_its_state_changes() -> None:
    """Without detail ids and accounts: the second line stays the second."""
    first, second = (
        "Z1,{},2026,P1,B1,101,1,2026-03-06,2026-03-05,111,甲,",
        "Z1,{},2026,P1,B1,101,2,2026-03-06,2026-03-05,111,乙,",
    )
    before = facts("payment-vouchers", vouchers(first.format("已支付"), second.format("已支付")))
    after = facts("payment-vouchers", vouchers(first.format("已退票"), second.format("已支付")))

    assert before[1] == after[2]
    assert before[0] == after[0]
    assert after[0][1]["document"]["line"] == after[1][1]["original"]["line"]


def test_without_a_kind_the_name_tells_whether_a_payee_is_a_person() -> None:
    """Rather masked once too often than once too rarely (domain-rules 7)."""
    names = [
        "张三",
        "欧阳小明",
        "阿依古丽·买买提",
        "示例公司",
        "某学校",
        "某市教育局",
        "示例建设有限公司",
    ]
    rows = (
        f"Y{n},已支付,2026,P1,B1,101,1,2026-03-06,,111,{name},1" for n, name in enumerate(names)
    )
    found = facts("payment-vouchers", vouchers(*rows))

    assert [True, True, True, False, False, False, False] == [
        data["payee"]["natural_person"] for _, data in found
    ]


def test_red_ink_and_refunds_are_reversals_and_a_returned_voucher_is_both() -> None:
    """Negative or bracketed amounts; 退票 counts the payment and its return."""
    found = facts(
        "payment-vouchers",
        vouchers(
            "Z2,已支付,2026,P1,B1,101,-2.5,2026年3月7日,,111,甲,1",
            "Z3,已支付,2026,P1,B1,101,(3),2026-3-7,,111,甲,1",
            "Z4,已退票,2026,P1,B1,101,4,46090,,111,甲,1",
        ),
    )

    assert [
        ("expenditure.reversed", "25000.00", "2026-03-07"),
        ("expenditure.reversed", "30000.00", "2026-03-07"),
        ("expenditure.recorded", "40000.00", "2026-03-09"),
        ("expenditure.reversed", "40000.00", "2026-03-09"),
    ] == [(kind, data["amount"], data["date"]) for kind, data in found]
    assert "Z4" == found[3][1]["original"]["number"]


def test_what_counts_nothing_is_passed_over_and_what_is_unknown_is_rejected() -> None:
    """Void vouchers and totals; a state nobody knows is a reason of its own."""
    found = outcomes(
        "payment-vouchers",
        vouchers(
            "Z5,作废,2026,P1,B1,101,4,,,111,甲,1",
            "Z6,等领导签字,2026,P1,B1,101,4,2026-03-09,,111,甲,1",
            "Z7,已支付,2026,P1,B1,101,1.2345678,2026-03-09,,111,甲,1",
            "合计,,,,,,9,,,,,",
        ),
    )

    assert [Passed, Rejected, Rejected, Passed] == [type(one) for one in found]
    assert ["no_rule", "finer_than_fen"] == [found[1].code, found[2].code]


def test_allocations_in_the_voucher_export_are_disbursed() -> None:
    """实拨 rows are no payments; own money is of its own channel."""
    found = facts(
        "payment-vouchers",
        vouchers(
            "Z8,实拨已付,2026,P1,B1,101,50,2026-03-09,,111,某校,1",
            "Z9,已支付,2026,P1,B1,101,5,2026-03-09,,31,某校,1",
        ),
    )

    assert ["funds.disbursed", "expenditure.recorded"] == [kind for kind, _ in found]
    assert ["own_funds", "other_funds"] == [found[1][1]["channel"], found[1][1]["account"]]


ALLOTMENTS = """指标ID,业务类型,年度,项目编码,单位编码,金额,文件日期,资金性质,文号,原指标ID,\
批次号,结转年度
B1,,2026,P1,101,"1,000,000.00",20260120,111,财1号,,,
B3,追加,2026,P1,101,200000,20260520,111,财9号,,,
B5,追减,2026,P1,101,50000,20260620,111,财10号,B1,,
B1,调剂,2026,P1,101,-30000,20260701,111,财11号,,PC1,
B6,调剂,2026,P2,101,30000,20260701,111,财11号,,PC1,
B7,上年结转,2026,P3,101,5000.5,20260110,111,财3号,,,2025
B8,收回,2026,P3,101,500,20261110,111,财30号,B7,,
"""


def test_allotments_change_lines_by_kind_and_sign() -> None:
    """Money that comes in brings its line with it; both sides of a virement name one batch."""
    found = facts("allotments", ALLOTMENTS, "gb18030")
    told = [
        (kind, data.get("adjustment_kind"), data.get("direction"), data["line"], data["amount"])
        for kind, data in found
    ]

    assert [
        ("budget.approved", None, None, "B1", "1000000.00"),
        ("budget.approved", None, None, "B3", "0.00"),
        ("budget.adjusted", "supplement", None, "B3", "200000.00"),
        ("budget.adjusted", "cut", None, "B1", "50000.00"),
        ("budget.adjusted", "virement", "out", "B1", "30000.00"),
        ("budget.approved", None, None, "B6", "0.00"),
        ("budget.adjusted", "virement", "in", "B6", "30000.00"),
        ("carryover.registered", None, None, "B7", "5000.50"),
        ("budget.adjusted", "recovery", None, "B7", "500.00"),
    ] == told


def test_carryover_has_the_document_key_of_the_allotments_export() -> None:
    """Sent by both exports it is a repeated document, never counted twice."""
    (_, alone), *_ = facts(
        "carryover",
        "指标ID,预算年度,结转年度,项目编码,单位编码,结转金额,批准日期,资金性质,文号\n"
        "B7,2026,2025,P3,101,5000.5,20260110,111,财3号\n",
    )
    among = next(data for kind, data in facts("allotments", ALLOTMENTS) if kind[0:9] == "carryover")

    assert among["document"] == alone["document"]


def months(rows: Iterator[tuple[int, str]]) -> str:
    """Write a plan with a row for each month."""
    heading = "计划ID,预算年度,项目编码,指标ID,批复日期,计划月份,计划金额(万元)\n"
    return heading + "".join(f"J1,2026,P1,B1,20260122,{month},{amount}\n" for month, amount in rows)


def test_a_plan_with_a_row_for_each_month_is_one_plan() -> None:
    """Two vouchers of a month add up; the total row is passed over."""
    rows = [*((month, "1.5") for month in range(1, 13)), (3, "0.5")]
    found = facts("spending-plans", months(iter(rows)) + "合计,,,,,,18.5\n")
    periods = found[0][1]["periods"]

    assert 1 == len(found)
    assert 12 == len(periods)
    assert ["2026-03-01", "2026-03-31", "20000.00"] == list(periods[2].values())


def test_a_plan_with_its_months_side_by_side_is_the_same_plan() -> None:
    """Both layouts of the export."""
    wide = "计划ID,预算年度,项目编码,指标ID,批复日期," + ",".join(f"{m}月" for m in range(1, 13))
    wide += "\nJ1,2026,P1,B1,2026-01-22," + ",".join(["15000"] * 12) + "\n"
    long = months((month, "1.5") for month in range(1, 13))

    assert outcomes("spending-plans", wide) == outcomes("spending-plans", long)


TARGETS = """年度,项目编码,总体目标,指标编码,一级指标,二级指标,三级指标,符号,指标值,单位,\
权重,批复日期
2026,P1,总目标,K1,产出指标,数量指标,学校数,≥,120,所,20,2026-01-20
,,,K2,,质量指标,合格率,≥,95%,%,10%,
,,,K3,,时效指标,完成时间,≤,2026年11月30日,,10,
,,,K4,效益指标,社会效益指标,教学条件,定性,明显改善,,30,
,,,K5,,可持续影响指标,使用年限,,5~8年,年,,
"""


def test_targets_keep_what_cannot_be_compared_as_text() -> None:
    """Numbers, days, grades and words; merged cells are filled down."""
    found = [data["targets"][0] for _, data in facts("target-declaration", TARGETS)]

    assert ["number", "number", "date", "grade", "text"] == [one["value_kind"] for one in found]
    assert ["120", "95"] == [one["target"] for one in found[:2]]
    assert "5~8年" == found[4]["target_text"]
    assert [2000, 1000, 1000, 3000, None] == [one.get("weight_bp") for one in found]


def test_results_are_numbers_days_grades_or_words() -> None:
    """Results of targets of any kind."""
    heading = "预算年度,项目编码,指标编码,统计日期,完成情况,偏差原因\n"
    rows = ["56,", "95.5%,", "2026-06-12,", "部分达成目标,", "正在招标,流标"]
    lines = "".join(f"2026,P1,K{n},20260630,{row}\n" for n, row in enumerate(rows))
    found = [data for _, data in facts("indicator-progress", heading + lines)]

    assert ["56", "95.5", "2026-06-12", "partly_met", "正在招标"] == [
        one.get("value") or one.get("value_date") or one.get("grade") or one["value_text"]
        for one in found
    ]


def test_an_organisation_that_ended_is_registered_and_closed() -> None:
    """Its whole life stands in one row of the export."""
    found = facts(
        "organisations",
        "单位编码,单位名称,单位类型,上级单位编码,启用日期,停用日期,承接单位编码\n"
        "101,某局,主管部门,,2019-01-01,,\n"
        "101009,某中心,基层单位,101,2019-01-01,2025-12-31,101001\n",
    )

    assert ["organisation.registered", "organisation.registered", "organisation.closed"] == [
        kind for kind, _ in found
    ]
    assert ["101001"] == found[2][1]["successors"]


def test_a_contract_that_is_ended_releases_what_is_unpaid() -> None:
    """Signed and ended in one row; drafts count nothing."""
    found = outcomes(
        "contracts",
        "合同编号,状态,预算年度,项目编码,本年应付金额,签订日期,终止日期,释放金额,供应商\n"
        "H1,已终止,2026,P1,800000,20260218,20260801,300000,某公司\n"
        "H2,草稿,2026,P1,1,20260218,,,某公司\n",
    )
    amounts = [(one["data"]["amount"], one["data"].get("released")) for one in found[:2]]

    assert [("800000.00", None), ("300000.00", True)] == amounts
    assert isinstance(found[2], Passed)


def test_a_project_list_is_registered_with_its_states() -> None:
    """A suspended project is a registration and a state."""
    found = facts(
        "projects",
        "项目编码,项目名称,单位编码,主管部门编码,开始年度,项目类型,是否新增,项目状态,状态日期\n"
        "P1,甲项目,101001,101,2026年,采购类,是,已暂停,2026/5/1\n"
        "P2,乙项目,101001,101,20250101,说不清,,执行中,\n",
    )

    assert ["project.registered", "project_state.changed", "project.registered"] == [
        kind for kind, _ in found
    ]
    assert ["suspended", "2026-05-01"] == [found[1][1]["change"], found[1][1]["date"]]
    assert [2025, None] == [found[2][1]["start_year"], found[2][1].get("project_class")]
