"""A workbook's shared strings, kept in a temporary file: a million of them cost no memory."""

import re
import tempfile
import weakref
from array import array
from functools import lru_cache
from typing import Final

from services.intake.files.tables import CELL_CHARS_MAX, Unreadable, UnreadableTableError
from services.intake.files.xlsx_parts import Element, Package, elements, local

STRINGS_MAX: Final = 16_000_000
"""Most shared strings of a workbook."""
IN_MEMORY_BYTES: Final = 8 * 1024 * 1024
"""Text that is kept in memory before it goes to a temporary file."""
CACHED_MAX: Final = 16_384
"""Strings that are kept at hand: words such as 已支付 stand in every row."""

# Office writes characters that XML cannot hold as _x000D_.
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def text_of(element: Element) -> str:
    """Return the text of an si or is element: its runs, without phonetic hints."""
    parts: list[str] = []
    for child in element:
        name = local(child)
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts.extend(run.text or "" for run in child if local(run) == "t")
    return plain("".join(parts))


def plain(text: str) -> str:
    """Undo Office's escapes, cut to what a cell can hold, drop outer white space."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda found: _character(found[1]), text)
    return text[:CELL_CHARS_MAX].strip()


def _character(digits: str) -> str:
    code = int(digits, 16)
    # Halves of a surrogate pair are no characters by themselves.
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)  # noqa: PLR2004


class SharedStrings:
    """Strings by number."""

    def __init__(self, package: Package, name: str | None) -> None:
        """Read the part once; a workbook may have none."""
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - it lives on
        # Readers are dropped where they stand; the file goes with them.
        weakref.finalize(self, self._file.close)
        self._ends = array("Q", [0])
        self.text = lru_cache(CACHED_MAX)(self._read)
        if name is None:
            return
        end = 0
        for element in elements(package, name, "si"):
            end += self._file.write(text_of(element).encode("utf-8", "replace"))
            self._ends.append(end)
            if len(self._ends) > STRINGS_MAX:
                raise UnreadableTableError(
                    Unreadable.TOO_LARGE, f"more than {STRINGS_MAX:,} strings", "共享字符串过多"
                )

    def _read(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            raise UnreadableTableError(
                Unreadable.DAMAGED,
                f"a cell names shared string {number}, which there is not",
                f"单元格引用了不存在的共享字符串 {number}",
            )
        start = self._ends[number]
        self._file.seek(start)
        return self._file.read(self._ends[number + 1] - start).decode()
