"""Hostile tables: refused with words, in bounded memory and time, whatever they claim."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import BinaryIO

import pytest

from services.intake.files.mapper import map_rows
from services.intake.files.mapping_checks import read_options
from services.intake.files.mapping_files import MappingError, load_mapping
from services.intake.files.reading import read_table
from services.intake.files.tables import UnreadableTableError
from tests.unit.intake_files.table_files import (
    CONTEXT,
    MAPPING,
    csv_bytes,
    mapped,
    parts_changed,
    row,
    sheet_xml,
    workbook,
)

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
BOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
MEMORY_BYTES_MAX = 64 * 1024 * 1024
SECONDS_MAX = 30
MB = 1024 * 1024
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;">]><x>&c;</x>'
)
FOREIGN = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'


def _changed(**parts: bytes | None) -> bytes:
    places = {"sheet": SHEET, "strings": STRINGS, "book": BOOK, "relations": RELATIONS}
    return parts_changed(workbook(row()), {places[name]: part for name, part in parts.items()})


def _cells(count: int) -> str:
    return f'<row r="1">{"<c><v>1</v></c>" * count}</row>'


def _many_entries() -> bytes:
    content = io.BytesIO(workbook(row()))
    with zipfile.ZipFile(content, "a") as archive:
        for number in range(4_100):
            archive.writestr(f"x{number}", b"")
    return content.getvalue()


def _two_of_a_name() -> bytes:
    content = io.BytesIO(workbook(row()))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr(SHEET.upper(), sheet_xml(""))
    return content.getvalue()


def _overlapping_merges() -> bytes:
    merges = "".join('<mergeCell ref="A1:A1048576"/>' for _ in range(5_000))
    return _changed(sheet=sheet_xml(_cells(2), f"<mergeCells>{merges}</mergeCells>"))


def _relation_to(target: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook(row()))) as archive:
        part = archive.read(RELATIONS).replace(b"worksheets/sheet1.xml", target.encode())
    return _changed(relations=part)


WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "zip bomb": lambda: _changed(sheet=b" " * (200 * MB)),
    "bomb of shared strings": lambda: _changed(strings=b"<sst>" + b"<si><t/></si>" * (8 * MB)),
    "row of a million cells": lambda: _changed(sheet=sheet_xml(_cells(1_000_000))),
    "far column": lambda: _changed(sheet=sheet_xml('<row r="1"><c r="XFD1"><v>1</v></c></row>')),
    "row number beyond all": lambda: _changed(
        sheet=sheet_xml('<row r="999999999"><c r="A999999999"><v>1</v></c></row>')
    ),
    "cells a sheet apart": lambda: _changed(
        sheet=sheet_xml(
            '<row r="1"><c r="A1"><v>1</v></c></row>'
            '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        )
    ),
    "entities in the sheet": lambda: _changed(sheet=LAUGHS),
    "entities in the strings": lambda: _changed(strings=LAUGHS),
    "entities in the workbook": lambda: _changed(book=LAUGHS),
    "foreign file": lambda: _changed(strings=FOREIGN),
    "doctype in UTF-16": lambda: _changed(strings=LAUGHS.decode().encode("utf-16")),
    "deep nesting": lambda: _changed(sheet=b"<a>" * 100_000),
    "cut XML": lambda: _changed(sheet=sheet_xml("")[:-30]),
    "string that is not there": lambda: _changed(
        sheet=sheet_xml('<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>')
    ),
    "no sheet part": lambda: _changed(sheet=None),
    "no workbook part": lambda: _changed(book=None),
    "no relations": lambda: _changed(relations=None),
    "sheet outside the zip": lambda: _relation_to("../../../../etc/passwd"),
    "sheet that is the workbook": lambda: _relation_to("workbook.xml"),
    "too many entries": _many_entries,
    "two entries of one name": _two_of_a_name,
    "merged ranges that overlap": _overlapping_merges,
    "cut zip": lambda: workbook(row())[:-100],
    "zip of something else": lambda: _changed(**dict.fromkeys(("book", "relations"), b"x")),
    "old workbook": lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 10_000,
    "zip alone": lambda: b"PK\x03\x04" + b"\0" * 100,
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_hostile_workbooks_are_refused_with_words(name: str) -> None:
    """In both languages, before they cost anything."""
    raw = WORKBOOKS[name]()
    began = monotonic()
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableTableError) as refused:
            mapped(raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert refused.value.english
    assert refused.value.chinese
    assert peak < MEMORY_BYTES_MAX
    assert monotonic() - began < SECONDS_MAX


def test_what_a_workbook_claims_of_its_size_is_not_believed() -> None:
    """A dimension of 17 thousand million cells costs nothing; merged ranges fill only rows."""
    cells = "".join(f"<c><v>{number}</v></c>" for number in range(3))
    merged = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    part = sheet_xml(f'<row r="1">{cells}</row>', merged, "A1:XFD1048576")
    with pytest.raises(UnreadableTableError, match="heading"):
        mapped(_changed(sheet=part))


def _file(tmp_path: Path, piece: bytes, times: int, head: bytes = b"") -> BinaryIO:
    place = tmp_path / "hostile.csv"
    with place.open("wb") as stream:
        stream.write(head)
        for _ in range(times):
            stream.write(piece)
    return place.open("rb")


def _map_all(stream: BinaryIO) -> None:
    mapping = load_mapping(MAPPING.encode(), "test.yaml")
    table = read_table(stream, "hostile.csv", read_options(mapping))
    for _ in map_rows(table, mapping, CONTEXT):
        pass


TEXTS: dict[str, tuple[bytes, int, bytes]] = {
    "no line end in 100 MB": (b"x" * MB, 100, b""),
    "NUL bytes": (b"a,\0\n" * 1_000, 10, b""),
    "quotation mark that never ends": (b"x,y\n" * (MB // 4), 20, csv_bytes(row()) + b'"'),
    "commas alone": (b"," * 100_000, 1, b""),
    "neither UTF-8 nor GBK": (b"\xff\xff\xfe\x81", 1_000, b"a,b\n"),
    "half a UTF-16": (b"\x00\xd8", 1_000, b"\xff\xfe"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_texts_are_refused_with_words(tmp_path: Path, name: str) -> None:
    """Memory is one line, whatever the file's size."""
    piece, times, head = TEXTS[name]
    began = monotonic()
    with _file(tmp_path, piece, times, head) as stream:
        tracemalloc.start()
        try:
            with pytest.raises(UnreadableTableError) as refused:
                _map_all(stream)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert refused.value.chinese
    assert peak < MEMORY_BYTES_MAX
    assert monotonic() - began < SECONDS_MAX


@pytest.mark.parametrize(
    "cell", [sign * 15_000 for sign in ("9", "(", "1,", "*", "年", "\u200b", "2026-", "-", " ")]
)
def test_long_cells_cost_their_length_and_no_more(cell: str) -> None:
    """No pattern here takes the square of it."""
    began = monotonic()
    for name in ("凭证号", "日期", "年度", "金额", "状态", "账号"):
        mapped(csv_bytes(row(**{name: cell})))

    assert monotonic() - began < SECONDS_MAX / 3


def _with(old: str, new: str) -> str:
    assert old in MAPPING
    return MAPPING.replace(old, new)


_BOMB = "\n".join(f"x{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file"),
        ("- 1", "the file"),
        ("a: [", "the file"),
        ("x0: &a0 [1]\n" + _BOMB, "aliases followed"),
        ("a: &a [*a]", "an alias means what it stands in"),
        ("a: " + "[" * 60 + "]" * 60, "deep"),
        ("mapping: a\nmapping: b", "stands here twice"),
        ("a: !!python/object/apply:os.system [id]", "could not determine a constructor"),
        ("x" * 600_000, "over 524,288 bytes"),
        (_with("skip:", "skips:"), "skips: there is no such word here (did you mean skip"),
        (_with("expenditure.reversed", "expenditure.revoked"), "did you mean dualwatch.exp"),
        (_with("payee: {name", "payee: {names"), "has no field payee.names (did you mean name"),
        (_with("      amount: {column: 金额, as: amount}\n", ""), "needs amount"),
        (_with("in: [作废]", "in: [作废], empty: true"), "a condition is a column with one"),
        (_with("{column: 年度, as: year}", "2026"), "no value expression (write {column"),
        (_with("mode: cumulative", "mode: incremental"), "needs batch"),
        (_with("as: year}", "lookup: nowhere}"), "there is no lookup nowhere"),
        (_with("{column: 年度, as: year}", "{option: year}"), "there is no option year"),
        (_with("when: {column: 状态, in: [待审, 已审未支付]}\n    event", "event"), "takes all"),
    ],
)
def test_faults_of_a_mapping_are_told(text: str, told: str) -> None:
    """With the place in the file and what to do."""
    with pytest.raises(MappingError) as refused:
        load_mapping(text.encode(), "m.yaml")

    assert told in str(refused.value)


def test_the_handbook_s_mapping_is_one() -> None:
    """What people copy works."""
    page = (Path(__file__).parents[3] / "docs/mapping-files.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]

    assert "payment-vouchers" == load_mapping(example.encode(), "handbook").mapping
