"""Text tables (CSV): encodings, line ends and delimiters found out, never guessed.

Strict UTF-8 first, over the whole file; what is not UTF-8 is read as GB18030 (which contains GBK
and GB2312) if all of it is, unless nearly all of it was UTF-8: then a byte is broken, and reading
on would turn every name into another. Both passes stream; memory is one line.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from services.intake.files.names import column_name
from services.intake.files.tables import (
    CELL_CHARS_MAX,
    COLUMNS_MAX,
    LINE_CHARS_MAX,
    TABLE_ROWS_MAX,
    RawRow,
    Sheet,
    Unreadable,
    UnreadableTableError,
)

CHUNK_BYTES: Final = 256 * 1024
SAMPLE_LINES: Final = 60
SAMPLE_CHARS_MAX: Final = 256 * 1024
DELIMITERS: Final = (",", "\t", ";", "|")
BROKEN_SHARE_MAX: Final = 10
"""One in so many characters outside ASCII may be broken for a file to count as damaged UTF-8."""

_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_csv(stream: BinaryIO, known: frozenset[str]) -> Sheet:
    """Open a text table; `known` column keys tell its delimiter."""
    encoding = encoding_of(stream)
    sample = _sample(stream, encoding)
    delimiter = delimiter_of(sample, known)
    return Sheet(None, _rows(stream, encoding, delimiter), encoding=encoding, delimiter=delimiter)


def encoding_of(stream: BinaryIO) -> str:
    """Find the encoding by reading all of the file; UnreadableTableError if it has none."""
    stream.seek(0)
    head = stream.read(4)
    if head.startswith(_UTF16):
        return _checked(stream, "utf-16")
    try:
        _check(stream, "utf-8")
    except UnicodeDecodeError as error:
        _refuse_damaged(stream, error)
        return _checked(stream, "gb18030")
    return "utf-8-sig"


def _checked(stream: BinaryIO, encoding: str) -> str:
    try:
        _check(stream, encoding)
    except UnicodeDecodeError as error:
        raise UnreadableTableError(
            Unreadable.UNKNOWN_ENCODING,
            "neither UTF-8 nor GBK/GB18030: save it as CSV UTF-8",
            "既不是 UTF-8 也不是 GBK/GB18030 编码:请另存为 CSV UTF-8",
        ) from error
    return encoding


def _check(stream: BinaryIO, encoding: str) -> None:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    while chunk := stream.read(CHUNK_BYTES):
        if encoding != "utf-16" and b"\0" in chunk:
            raise UnreadableTableError(
                Unreadable.BINARY,
                "contains zero bytes: it is no text table",
                "含有零字节,不是文本表格",
            )
        decoder.decode(chunk)
    decoder.decode(b"", final=True)


def _refuse_damaged(stream: BinaryIO, error: UnicodeDecodeError) -> None:
    """Tell a damaged UTF-8 file from one in another encoding, by its first broken chunks."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    foreign = broken = 0
    while chunk := stream.read(CHUNK_BYTES):
        text = decoder.decode(chunk)
        broken += text.count("\ufffd")
        foreign += len(text) - len(text.encode("ascii", "ignore"))
    if broken * BROKEN_SHARE_MAX <= foreign:
        raise UnreadableTableError(
            Unreadable.DAMAGED_UTF8,
            f"UTF-8 with {broken} broken characters: export it again",
            f"UTF-8 文件中有 {broken} 处损坏的字符:请重新导出",
        ) from error


def _text(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield lines with their ends, whatever they are; memory is one line."""
    stream.seek(0)
    # newline="": CR, LF and CRLF all end a line, and the csv module sees which.
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    number = 0
    try:
        while line := text.readline(LINE_CHARS_MAX + 1):
            number += 1
            if len(line) > LINE_CHARS_MAX:
                raise UnreadableTableError(
                    Unreadable.LINE_TOO_LONG,
                    f"line {number} has more than {LINE_CHARS_MAX:,} characters",
                    f"第 {number} 行超过 {LINE_CHARS_MAX:,} 个字符",
                )
            yield line
    finally:
        if not stream.closed:
            text.detach()


def _sample(stream: BinaryIO, encoding: str) -> list[str]:
    lines: list[str] = []
    size = 0
    for line in _text(stream, encoding):
        lines.append(line)
        size += len(line)
        if len(lines) == SAMPLE_LINES or size > SAMPLE_CHARS_MAX:
            break
    return lines


def delimiter_of(sample: list[str], known: frozenset[str]) -> str:
    """Choose the delimiter that shows most known columns in one row, else the most columns."""

    def score(delimiter: str) -> tuple[int, int]:
        found = wide = 0
        try:
            for cells in csv.reader(sample, delimiter=delimiter):
                found = max(found, sum(column_name(cell).key in known for cell in cells))
                wide = max(wide, len(cells))
        except csv.Error:
            return (found, wide)
        return (found, wide)

    return max(DELIMITERS, key=score)


def _rows(stream: BinaryIO, encoding: str, delimiter: str) -> Iterator[RawRow]:
    reader = csv.reader(_text(stream, encoding), delimiter=delimiter)
    line = 1
    try:
        for number, cells in enumerate(reader):
            if len(cells) > COLUMNS_MAX or number >= TABLE_ROWS_MAX:
                raise _too_large(line)
            yield RawRow(line, [_cell(cell) for cell in cells])
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableTableError(
            Unreadable.UNCLOSED_QUOTE,
            f"the record that begins at line {line} cannot be read ({error}): "
            "is a quotation mark not closed?",
            f"从第 {line} 行开始的记录无法读取:引号可能没有成对",
        ) from error


def _cell(text: str) -> str:
    text = text.strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:  # noqa: PLR2004
        # ="00123": how exports keep Excel from reading a code as a number.
        text = text[2:-1].strip()
    elif text.startswith(("'=", "'@")):
        # What a rejects file keeps from running as a formula.
        text = text[1:]
    return text if len(text) <= CELL_CHARS_MAX else text[:CELL_CHARS_MAX]


def _too_large(line: int) -> UnreadableTableError:
    return UnreadableTableError(
        Unreadable.TOO_LARGE,
        f"line {line}: more than {COLUMNS_MAX:,} columns or {TABLE_ROWS_MAX:,} rows",
        f"第 {line} 行:超过 {COLUMNS_MAX:,} 列或 {TABLE_ROWS_MAX:,} 行",
    )
