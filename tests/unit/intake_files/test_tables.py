"""Messy tables, trait by trait: each file means what a person would read in it."""

import datetime as dt
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.files.csv_tables import encoding_of
from services.intake.files.tables import UnreadableTableError
from services.intake.files.uploads import chunks
from tests.unit.intake_files.table_files import (
    COLUMNS,
    MAPPING,
    amounts,
    csv_bytes,
    events,
    mapped,
    passed,
    rejected,
    row,
    workbook,
)

PLAIN = mapped(csv_bytes(row()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_line_ends_and_delimiters_are_found_out(
    encoding: str, end: str, delimiter: str
) -> None:
    """All of them are the same table, to the byte of its events."""
    raw = csv_bytes(row(), encoding=encoding, end=end, delimiter=delimiter)

    assert PLAIN == mapped(raw)


@settings(max_examples=40)
@given(st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_text_is_never_taken_for_another_encoding(text: str) -> None:
    """UTF-8 is UTF-8 whatever it says; GB18030 is told by not being UTF-8."""
    utf8 = io.BytesIO(("列,列\n" + text).encode())
    names = "凭证号,项目编码,收款单位名称,金额\n"

    assert "utf-8-sig" == encoding_of(utf8)
    assert "gb18030" == encoding_of(io.BytesIO((names + text).encode("gb18030")))


def test_a_broken_byte_does_not_make_utf8_another_encoding() -> None:
    """Read as GBK, every name of the file would be another."""
    raw = csv_bytes(*[row(收款人="西安市财政局绩效管理处")] * 20).replace(
        "局".encode(), b"\xe5\xb1", 1
    )
    with pytest.raises(UnreadableTableError) as refused:
        mapped(raw)

    assert "damaged_utf8" == refused.value.code


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.50", "1234.50"),
        ("１２３４．５０", "1234.50"),
        ("１，２３４.5", "1234.50"),
        ("¥1,234.50", "1234.50"),
        ("￥1234.5元", "1234.50"),
        ("0.12345万元", "1234.50"),
        (" 1234.50 ", "1234.50"),
        ("1 234.50", "1234.50"),
        ('="1234.50"', "1234.50"),
        (".5", "0.50"),
        ("0", "0.00"),
        ("999999999999999.99", "999999999999999.99"),
    ],
)
def test_amounts_as_people_write_them(text: str, amount: str) -> None:
    """Separators, full width, currency signs and units."""
    assert [amount] == amounts(mapped(csv_bytes(row(金额=text))))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12.345", "finer_than_fen"),
        ("1,23", "not_a_number"),
        ("1.234,50", "not_a_number"),
        ("一千", "not_a_number"),
        ("1.2E+05", "scientific_notation"),
        ("#REF!", "spreadsheet_error"),
        ("########", "spreadsheet_error"),
        ("", "empty"),
        ("-", "empty"),
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("0x10", "not_a_number"),
        ("1" * 16, "too_large"),
        ("9" * 5_000, "not_a_number"),
        ("(-1)", "not_a_number"),
        ("12 34", "not_a_number"),
        ("٣٤", "not_a_number"),
    ],
)
def test_amounts_that_are_none_are_rejected(text: str, code: str) -> None:
    """With line, column, value and reason."""
    assert [(2, "金额", text[:200], code)] == rejected(mapped(csv_bytes(row(金额=text))))


@pytest.mark.parametrize("text", ["-12.00", "(12.00)", "（12.00）", "−12", "－12.00"])
def test_negative_amounts_are_reversals(text: str) -> None:
    """The rule for negatives makes another event; the wire has no sign."""
    [event] = events(mapped(csv_bytes(row(金额=text))))

    assert "dualwatch.expenditure.reversed.v1" == event["type"]
    assert "12.00" == event["data"]["amount"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05",
        "2026-3-5",
        "2026/3/5",
        "2026.03.05",
        "2026年3月5日",
        "２０２６年３月５日",
        "20260305",
        "20260305143015123",
        "2026-03-05 14:30:15",
        "2026/3/5 14:30",
        "2026-03-05T14:30:15.5Z",
        "46086",
        "46086.75",
    ],
)
def test_dates_as_people_write_them(text: str) -> None:
    """Also with a time behind, and as Excel's serial day."""
    assert ["2026-03-05"] == [
        event["data"]["date"] for event in events(mapped(csv_bytes(row(日期=text))))
    ]


@pytest.mark.parametrize(
    "text", ["3/5/2026", "26-3-5", "2026-02-30", "2026", "202603", "三月五日", "60", "2026-3/5"]
)
def test_dates_that_could_mean_several_days_are_rejected(text: str) -> None:
    """Nothing is guessed."""
    assert ["日期"] == [column for _, column, _, _ in rejected(mapped(csv_bytes(row(日期=text))))]


@settings(max_examples=40)
@given(st.dates(dt.date(1900, 3, 1), dt.date(2299, 12, 31)), st.sampled_from("-/."))
def test_every_day_is_read_back(day: dt.date, sign: str) -> None:
    """In each of the forms."""
    short = f"{day.year}{sign}{day.month}{sign}{day.day}"
    forms = (day.isoformat(), short, f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日")
    found = events(mapped(csv_bytes(*(row(日期=form, 凭证号=form) for form in forms))))

    assert {day.isoformat()} == {event["data"]["date"] for event in found}


@settings(max_examples=40)
@given(st.integers(0, 10**17 - 1), st.booleans())
def test_every_amount_is_read_exactly(fen: int, grouped: bool) -> None:  # noqa: FBT001
    """To the fen, in 元 and in 万元."""
    yuan = f"{fen // 100:,}" if grouped else str(fen // 100)
    wire = f"{fen // 100}.{fen % 100:02d}"
    ten_thousand = f"{fen // 1_000_000}.{fen % 1_000_000:06d}"
    rows = [row(金额=f"{yuan}.{fen % 100:02d}"), row(凭证号="W", 金额=f"{ten_thousand}万元")]

    assert [wire, wire] == amounts(mapped(csv_bytes(*rows)))


@pytest.mark.parametrize(
    ("above", "heading", "amount"),
    [
        ("", "金额", "1234.50"),
        ("", "金额(万元)", "12345000.00"),
        ("", "金额（万元）", "12345000.00"),
        ("", "金 额(元)", "1234.50"),
        ("单位：万元", "金额", "12345000.00"),
        ("金额单位:万元", "金额(元)", "1234.50"),
        ("单位：千元", "金额", "1234500.00"),
        ("单位：万元 币种：人民币", "金额", "12345000.00"),
        ("单位：元氏县财政局", "金额", "1234.50"),
        ("填报单位：万元店", "金额", "1234.50"),
    ],
)
def test_the_unit_is_in_the_heading_or_above(above: str, heading: str, amount: str) -> None:
    """The heading says more than the line above it, and both more than the mapping."""
    names = [heading if name == "金额" else name for name in COLUMNS]
    titles = f"2026年支付凭证\n\n{above}\n" if above else ""
    raw = titles.encode() + csv_bytes(row(), heading=names)

    assert [amount] == amounts(mapped(raw))


def test_titles_totals_and_repeated_headings_are_no_rows() -> None:
    """They are passed over and counted."""
    total = row(凭证号="合 计", 金额="9,999.00", 状态="")
    trailer = ("制表人：张三", "", "审核:李四")
    raw = "支付凭证登记簿\n\n".encode() + csv_bytes(row(), COLUMNS, total, ("",) * 8, trailer)
    found = mapped(raw)

    assert ["1234.50"] == amounts(found)
    assert [(5, "heading"), (6, "skip"), (8, "skip")] == passed(found)


def test_quoted_cells_may_hold_anything() -> None:
    """Line breaks, delimiters and quotation marks; the next row still has its line."""
    payee = '甲\n"公司",\t乙'.replace('"', '""')
    raw = csv_bytes(row(收款人="PAYEE"), row(凭证号="V2", 金额="x"))
    found = mapped(raw.replace(b"PAYEE", f'"{payee}"'.encode()))

    assert '甲 \\"公司\\", 乙'.encode() in found[0].event  # type: ignore[union-attr]
    assert [(4, "金额", "x", "not_a_number")] == rejected(found)


def test_an_unquoted_separator_shifts_no_money() -> None:
    """1,234.50 without quotation marks is two cells: the row is rejected, not misread."""
    raw = csv_bytes(row(金额="AMOUNT")).replace(b"AMOUNT", b"1,234.50")

    assert ["surplus_cells"] == [code for *_, code in rejected(mapped(raw))]


def test_one_voucher_in_several_states_is_spent_once() -> None:
    """Requested while unpaid, expenditure only when paid; twice the same state is one fact."""
    states = ["待审", "已审未支付", "已支付", "已支付", "作废"]
    found = events(mapped(csv_bytes(*(row(状态=state) for state in states))))
    kinds = [event["type"].split(".", 1)[1] for event in found]

    assert ["payment.requested.v1"] * 2 + ["expenditure.recorded.v1"] * 2 == kinds
    assert 2 == len({event["id"] for event in found})
    assert found[0] == found[1]


def test_lines_of_a_voucher_are_separate_payments() -> None:
    """By detail id, else by the payee's account, else by their number within the voucher."""
    detail = [(*row(), "D1"), (*row(), "D2")]
    by_detail = mapped(csv_bytes(*detail, heading=(*COLUMNS, "明细ID")))
    by_account = mapped(csv_bytes(row(账号="1"), row(账号="2")))
    by_number = mapped(csv_bytes(row(账号=""), row(账号="")))
    lines = [
        [event["data"]["document"]["line"] for event in events(found)]
        for found in (by_detail, by_account, by_number)
    ]

    assert [["D1", "D2"], ["1", "2"]] == [lines[0], lines[2]]
    assert 2 == len(set(lines[1]))
    assert all(6 == len(line) for line in lines[1])


def test_rows_without_a_number_are_told_apart_by_their_count() -> None:
    """Equal rows are separate payments; the same file again, in any dress, has the same ids."""
    rows = [
        row(凭证号="", 账号=""),
        row(凭证号="", 账号="", 金额="1,234.5"),
        row(凭证号="", 金额="1"),
    ]
    first, again = events(mapped(csv_bytes(*rows))), events(mapped(workbook(*rows)))

    assert 3 == len({event["id"] for event in first})
    assert first == again
    assert all("document" not in event["data"] for event in first)


def test_an_account_is_in_no_id() -> None:
    """An id is seen by all; the account goes to the door, which keeps its keyed hash."""
    one, other = (
        events(mapped(csv_bytes(row(凭证号="", 账号=account))))[0] for account in ("1", "2")
    )

    assert one["id"] == other["id"]
    assert "1" == one["data"]["payee"]["account"]


def test_a_batch_joins_the_identity_of_incremental_exports() -> None:
    """The same row in two days' exports is two payments; the same export again is one."""
    mapping = MAPPING.replace(
        "mode: cumulative", "mode: incremental\nbatch: {column: 导出日期, as: date}"
    )
    ids = [
        events(
            mapped(
                csv_bytes((*row(凭证号=""), day), heading=(*COLUMNS, "导出日期")), mapping=mapping
            )
        )[0]["id"]
        for day in ("2026-03-06", "2026/3/6", "2026-03-07")
    ]

    assert ids[0] == ids[1] != ids[2]


def test_what_intake_would_refuse_is_rejected_with_its_column() -> None:
    """The contract judges each event before it is sent."""
    [(line, column, value, code)] = rejected(mapped(csv_bytes(row(年度="2026", 日期="1899-01-01"))))

    assert (2, "日期", "1899-01-01", "invalid_value") == (line, column, value, code)


def test_the_field_that_is_missing_is_the_one_that_is_named() -> None:
    """Also where several columns could have given it."""
    mapping = MAPPING.replace(
        "amount: {column: 金额, as: amount}", "amount: {first: [{column: 金额, as: amount}]}"
    )
    [(line, column, _, code)] = rejected(mapped(csv_bytes(row(金额="")), mapping=mapping))

    assert (2, "金额", "missing_field") == (line, column, code)


def test_missing_and_repeated_columns_are_named() -> None:
    """The file as a whole is refused, in both languages."""
    heading = ["金额X" if name == "金额" else name for name in COLUMNS]
    for names, told in ((heading, "lacks 金额"), ([*COLUMNS[:-1], "金额"], "headed 金额")):
        with pytest.raises(UnreadableTableError, match=told) as refused:
            mapped(csv_bytes(row(), heading=names))

        assert "金额" in refused.value.chinese


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.text(max_size=20), max_size=10), max_size=8),
    st.sampled_from(["utf-8", "gb18030"]),
)
def test_no_text_makes_the_reader_fail_otherwise_than_by_saying_so(
    rows: list[list[str]], encoding: str
) -> None:
    """Every row is an outcome, or the file is refused with words."""
    raw = csv_bytes(row(), *rows, encoding="utf-8").decode()
    try:
        found = mapped(raw.encode(encoding, "replace"))
    except UnreadableTableError:
        return
    assert sum(len(one.events) for one in chunks(iter(found), lambda event: event)) >= 1
