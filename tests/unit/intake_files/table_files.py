"""Builders of messy tables: a mapping of vouchers, rows, CSV bytes, workbooks part by part."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from services.intake.files.mapper import Context, map_rows
from services.intake.files.mapping_checks import read_options
from services.intake.files.mapping_files import load_mapping
from services.intake.files.outcomes import Mapped, Outcome, Passed, Rejected
from services.intake.files.reading import read_table

MAPPING = """
mapping: vouchers
version: 1
title: {zh: 支付凭证, en: Vouchers}
mode: cumulative
skip:
  - {column: 凭证号, matches: [合计*, 总计, 小计, 制表*]}
rows:
  - when: {column: 状态, in: [待审, 已审未支付]}
    event: dualwatch.payment.requested.v1
    subject: &project {join: [{constant: jurisdiction}, /, {column: 项目编码, as: code}]}
    date: &date {column: 日期, as: date}
    data:
      fiscal_year: &year {column: 年度, as: year}
      amount: {column: 金额, as: amount}
      document: {kind: {constant: payment_application}, number: {column: 凭证号, as: code}}
  - when: {all: [{column: 状态, in: [已支付]}, {column: 金额, negative: true}]}
    event: dualwatch.expenditure.reversed.v1
    subject: *project
    date: *date
    data:
      fiscal_year: *year
      amount: {column: 金额, as: absolute_amount}
      document: {kind: {constant: refund}, number: {column: 凭证号, as: code}}
  - when: {column: 状态, in: [已支付]}
    event: dualwatch.expenditure.recorded.v1
    subject: *project
    date: *date
    data:
      fiscal_year: *year
      amount: {column: 金额, as: amount}
      payee: {name: {column: 收款人, as: name}, account: {column: 账号, as: code}}
      document:
        kind: {constant: payment_certificate}
        number: {column: 凭证号, as: code}
        line:
          first:
            - {column: 明细ID, as: code}
            - {hash: {column: 账号, as: code}}
            - {ordinal: {within: {column: 凭证号, as: code}}}
  - when: {column: 状态, in: [作废]}
    event: null
    reason: {zh: 已作废, en: cancelled}
"""
COLUMNS = ("凭证号", "项目编码", "日期", "年度", "金额", "状态", "收款人", "账号")
CONTEXT = Context("610100")
ROW = ("V1", "P1", "2026-03-05", "2026", "1234.50", "已支付", "甲公司", "6222001")


def row(**cells: str) -> tuple[str, ...]:
    """Make a row of vouchers; cells by column."""
    return tuple(cells.get(name, value) for name, value in zip(COLUMNS, ROW, strict=True))


def csv_bytes(
    *rows: Sequence[str],
    encoding: str = "utf-8",
    end: str = "\n",
    delimiter: str = ",",
    heading: Sequence[str] = COLUMNS,
) -> bytes:
    """Write rows below a heading, quoting what needs it."""
    lines = (
        delimiter.join(_quoted(cell, delimiter) for cell in cells) for cells in (heading, *rows)
    )
    return end.join([*lines, ""]).encode(encoding)


def _quoted(cell: str, delimiter: str) -> str:
    return f'"{cell}"' if any(sign in cell for sign in (delimiter, "\n", "\r")) else cell


def mapped(raw: bytes, mapping: str = MAPPING, context: Context = CONTEXT) -> list[Outcome]:
    """Map a file."""
    found = load_mapping(mapping.encode(), "test.yaml")
    table = read_table(io.BytesIO(raw), "test.csv", read_options(found))
    return list(map_rows(table, found, context))


def events(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return the events among outcomes; fails on a rejection."""
    assert not [one for one in outcomes if isinstance(one, Rejected)], outcomes
    return [json.loads(one.event) for one in outcomes if isinstance(one, Mapped)]


def rejected(outcomes: Sequence[Outcome]) -> list[tuple[int, str, str, str]]:
    """Return the rejections as (line, column, value, code)."""
    found = (one for one in outcomes if isinstance(one, Rejected))
    return [(one.line, one.column, one.value, str(one.code)) for one in found]


def passed(outcomes: Sequence[Outcome]) -> list[tuple[int, str]]:
    """Return what was passed over as (line, code)."""
    return [(one.line, one.code) for one in outcomes if isinstance(one, Passed)]


def amounts(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the amounts of the events."""
    return [event["data"]["amount"] for event in events(outcomes)]


def workbook(*rows: Sequence[Any], heading: Sequence[str] = COLUMNS, **options: Any) -> bytes:
    """Write a plain workbook with one sheet."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet("凭证")
        for number, cells in enumerate((heading, *rows)):
            for column, cell in enumerate(cells):
                sheet.write(number, column, cell)
    return content.getvalue()


def parts_changed(raw: bytes, changed: Mapping[str, bytes | None]) -> bytes:
    """Replace, add or (None) remove parts of a workbook."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        kept = {name: old.read(name) for name in old.namelist()}
        for name, part in {**kept, **changed}.items():
            if part is not None:
                new.writestr(name, part)
    return content.getvalue()


def sheet_xml(body: str, more: str = "", dimension: str = "A1") -> bytes:
    """Write a sheet's part by hand."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{space}">'
        f'<dimension ref="{dimension}"/><sheetData>{body}</sheetData>{more}</worksheet>'
    ).encode()
