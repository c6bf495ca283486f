"""The rejects file: rejected rows as they were, with the reason beside them, to mend and send.

CSV in UTF-8 with a BOM, so that Excel opens it. It is read by the same mapping as the file it
comes from: the columns it adds are not of any mapping.
"""

import csv
from collections.abc import Sequence
from typing import Final, TextIO

from services.intake.files.outcomes import Rejected
from services.intake.files.tables import Header

ENCODING: Final = "utf-8-sig"
ADDED: Final = ("退回行号 line", "退回列 column", "退回值 value", "退回原因", "reason")
"""Columns that are added behind the file's own."""
_FORMULA: Final = ("=", "@")


class RejectsWriter:
    """Writes rejected rows to a text stream (opened with newline="")."""

    def __init__(self, stream: TextIO, header: Header) -> None:
        """Write the heading; the unit that stood above the table goes with it."""
        self._writer = csv.writer(stream)
        self._width = len(header.names)
        if header.unit is not None:
            self._writer.writerow([f"单位:{header.unit}"])
        self._writer.writerow([*header.names, *ADDED])
        self.rows = 0

    def write(self, rejected: Rejected) -> None:
        """Write one row."""
        cells = [*rejected.cells, *[""] * (self._width - len(rejected.cells))]
        surplus, cells = cells[self._width :], cells[: self._width]
        value = rejected.value or ",".join(filter(None, surplus))
        added = (str(rejected.line), rejected.column, value, rejected.chinese, rejected.english)
        self._writer.writerow(_harmless([*cells, *added]))
        self.rows += 1


def _harmless(cells: Sequence[str]) -> list[str]:
    # A spreadsheet runs what begins with = or @; the reader takes the apostrophe off again.
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
