"""Cells of a workbook that somebody hands in: read within bounds, of formulas the result alone.

Only what was typed is read, and what it is shown as: 0.85 as `85%`, 46188 as a day. A workbook is
hostile until it is read. Nothing is laid out in memory but the cells that hold something.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import IO, Final
from xml.etree.ElementTree import ParseError

from lxml import etree

PARTS_MAX: Final = 600
PART_BYTES_MAX: Final = 32 * 1024 * 1024
WHOLE_BYTES_MAX: Final = 64 * 1024 * 1024
"""Most bytes of all parts, unpacked."""
MARKUP_MAX: Final = 4_000_000
"""Most tags and attributes of a part: each takes far more memory than its few bytes."""
SHEETS_MAX: Final = 250
CELLS_MAX: Final = 600_000
"""Most cells of all sheets: 200 forms of 20 indicators have 562,000 with the hidden list."""
TEXT_MAX: Final = 33_000
STYLES_MAX: Final = 65_490
"""Most styles of cells, and most formats of numbers; Excel's own limit."""
FORMAT_MAX: Final = 255
"""Longest number format that is read; Excel's own limit."""
_NS: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PLACE: Final = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}", re.ASCII)
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_", re.ASCII)
_HALF: Final = re.compile(r"[dD][89a-fA-F]", re.ASCII)

_COUNTED: Final = re.compile(r"[0-9]{1,7}(\.[0-9]{1,30})?", re.ASCII)
_TRUE: Final = frozenset({"1", "true"})
_STYLES: Final = "xl/styles.xml"
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
"""What of a format is no placeholder: words, single signs, gaps, colours, conditions."""
_DATE_SIGNS: Final = re.compile(r"[ymdhs年月日]|aaa", re.IGNORECASE)
DAYS_1904: Final = 1_462
"""Days between the two days from which workbooks count: some programs begin with 1904."""
_DAY_TEXT: Final = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00(\.0+)?Z?", re.ASCII)


class Holds(StrEnum):
    """What kind of thing a cell holds."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ERROR = "error"
    """`#DIV/0!` and the like."""
    NOT_RECKONED = "not_reckoned"
    """A formula that no program has reckoned yet: there is no value."""


class Look(StrEnum):
    """What a number is shown as."""

    PLAIN = "plain"
    PERCENT = "percent"
    DATE = "date"
    """A day or a time."""


_DAYS: Final = (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
_BUILT_IN: Final[Mapping[str, Look]] = {
    **dict.fromkeys(("9", "10"), Look.PERCENT),
    **dict.fromkeys(map(str, _DAYS), Look.DATE),
}
"""Number formats that Excel has built in, by id; 27 to 36 and 50 to 58 are those of China."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell."""

    text: str
    holds: Holds = Holds.TEXT
    look: Look = Look.PLAIN


NOTHING: Final = Cell("")
"""An empty cell."""
Cells = dict[str, Cell]
"""What stands where: `A1` → `…`; empty cells are not there."""


class UnreadableWorkbookError(Exception):
    """It is no workbook, or a larger one than anybody fills in; why is said in two languages."""

    def __init__(self, reason: str, reason_zh: str) -> None:
        """Say why."""
        super().__init__(reason)
        self.reason_zh = reason_zh


def sheets_of(content: bytes) -> dict[str, Cells]:
    """Read the cells of all sheets, by the names of the sheets."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _Workbook(archive).read()
    except UnreadableWorkbookError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        etree.XMLSyntaxError,
        ParseError,
        KeyError,
        ValueError,
        IndexError,
        EOFError,
        OSError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise _no_workbook(error) from error


class _Workbook:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        sizes = [part.file_size for part in archive.infolist()]
        too_large = max(sizes, default=0) > PART_BYTES_MAX or sum(sizes) > WHOLE_BYTES_MAX
        if len(sizes) > PARTS_MAX or too_large:
            raise _too_large()
        self._cells_left = CELLS_MAX
        self._days_more = 0
        self._sheets_read: set[str] = set()

    def read(self) -> dict[str, Cells]:
        targets = {
            each.get("Id", ""): each.get("Target", "")
            for each in self._elements("xl/_rels/workbook.xml.rels", None)
        }
        strings, looks = list(self._strings()), self._looks()
        for each in self._elements("xl/workbook.xml", f"{_NS}workbookPr"):
            if each.get("date1904") in _TRUE:
                self._days_more = DAYS_1904
        found: dict[str, Cells] = {}
        for sheet in self._elements("xl/workbook.xml", f"{_NS}sheet"):
            if len(found) >= SHEETS_MAX:
                raise _too_large()
            target = targets[sheet.get(_REL, "")].removeprefix("/xl/")
            name = sheet.get("name", "")
            found[name] = self._cells(f"xl/{target}", strings, looks)
        return found

    def _cells(self, part: str, strings: list[str], looks: Mapping[str, Look]) -> Cells:
        found: Cells = {}
        if part in self._sheets_read:
            msg = "two sheets are one part"
            raise ValueError(msg)
        self._sheets_read.add(part)
        for element in self._elements(part, f"{_NS}c"):
            self._cells_left -= 1
            if self._cells_left < 0:
                raise _too_large()
            place = element.get("r", "")
            cell = cell_of(element, strings, looks)
            if cell is not None and _PLACE.fullmatch(place):
                found[place] = _later(cell, self._days_more) if self._days_more else cell
        return found

    def _looks(self) -> dict[str, Look]:
        """Tell what numbers are shown as, by the style of their cells."""
        if _STYLES not in self._archive.namelist():
            return {}
        formats: dict[str, Look] = {}
        for each in self._elements(_STYLES, f"{_NS}numFmt"):
            formats[each.get("numFmtId", "")] = _look(each.get("formatCode", ""))
            if len(formats) > STYLES_MAX:
                raise _too_large()
        looks: dict[str, Look] = {}
        for styles in self._elements(_STYLES, f"{_NS}cellXfs"):
            if len(styles) > STYLES_MAX:
                raise _too_large()
            for place, style in enumerate(styles.iterchildren(f"{_NS}xf")):
                number = style.get("numFmtId", "0")
                looks[str(place)] = formats.get(number) or _BUILT_IN.get(number, Look.PLAIN)
        return looks

    def _strings(self) -> Iterator[str]:
        if "xl/sharedStrings.xml" in self._archive.namelist():
            for each in self._elements("xl/sharedStrings.xml", f"{_NS}si"):
                # Phonetic hints (rPh) are no part of the text.
                runs = [*each.findall(f"{_NS}t"), *each.findall(f"{_NS}r/{_NS}t")]
                yield _unescaped("".join(run.text or "" for run in runs))

    def _elements(self, part: str, tag: str | None) -> Iterator[etree._Element]:
        content = self._archive.read(part)
        if content.count(b"<") + content.count(b"=") > MARKUP_MAX:
            raise _too_large()
        yield from _parsed(io.BytesIO(content), tag)


def cell_of(element: etree._Element, strings: list[str], looks: Mapping[str, Look]) -> Cell | None:
    """Read a cell; null: nothing stands there."""
    kind, value = element.get("t", "n"), element.findtext(f"{_NS}v") or ""
    look = Look.PLAIN
    match kind:
        case "inlineStr":
            holds = Holds.TEXT
            value = "".join(each.text or "" for each in element.iter(f"{_NS}t"))
        case "s":
            holds, value = Holds.TEXT, strings[int(value)] if value else ""
        case "n":
            holds, value = Holds.NUMBER, _number(value)
            look = looks.get(element.get("s", "0"), Look.PLAIN)
        case "d":
            # Programs that keep strictly to the standard write days as such, not as numbers.
            day = _DAY_TEXT.fullmatch(value)
            holds, look, value = Holds.NUMBER, Look.DATE, day.group(1) if day else value
        case "b":
            holds = Holds.BOOLEAN
        case "e":
            holds = Holds.ERROR
        case _:
            holds = Holds.TEXT
    if not value and kind != "str" and element.find(f"{_NS}f") is not None:
        return Cell("", Holds.NOT_RECKONED)
    return Cell(value[:TEXT_MAX], holds, look) if value else None


def _later(cell: Cell, days: int) -> Cell:
    """Count a day from where our workbooks count: what is shown is the same day."""
    if cell.look is not Look.DATE or not _COUNTED.fullmatch(cell.text):
        return cell
    return replace(cell, text=f"{Decimal(cell.text) + days:f}")


def _look(code: str) -> Look:
    """Tell what a number format makes of a number; its first part is that of positive ones."""
    plain = _QUOTED.sub("", code[:FORMAT_MAX]).partition(";")[0]
    if "%" in plain:
        return Look.PERCENT
    return Look.DATE if _DATE_SIGNS.search(plain) else Look.PLAIN


def _parsed(file: IO[bytes], tag: str | None) -> Iterator[etree._Element]:
    """Yield elements as they end, and forget them; no entity is resolved, no network asked."""
    events = etree.iterparse(
        file, events=("end",), tag=tag, resolve_entities=False, no_network=True, huge_tree=False
    )
    for _, element in events:
        yield element
        element.clear()
        while element.getprevious() is not None:
            parent = element.getparent()
            if parent is None:
                break
            del parent[0]


def _number(text: str) -> str:
    """Write a number as it is shown: 0.1 and not 0.10000000000000001, 12 and not 1.2E1."""
    if not text:
        return ""
    try:
        shortest = Decimal(repr(float(text)))
    except (ValueError, InvalidOperation):
        return text
    if not shortest.is_finite():
        return text
    plain = f"{shortest:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _unescaped(text: str) -> str:
    """Read Excel's way to write control characters, `_x000D_`; half a sign of UTF-16 is none."""
    return _ESCAPED.sub(
        lambda found: "" if _HALF.match(found.group(1)) else chr(int(found.group(1), 16)), text
    )


def _no_workbook(error: Exception) -> UnreadableWorkbookError:
    reason = f"this is no .xlsx workbook that can be read ({type(error).__name__})"
    return UnreadableWorkbookError(reason, "无法识别为 .xlsx 工作簿")


def _too_large() -> UnreadableWorkbookError:
    return UnreadableWorkbookError(
        "the workbook is larger than any that is filled in here", "工作簿过大"
    )
