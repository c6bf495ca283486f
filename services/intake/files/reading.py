"""A file as a table: `read_table` takes .csv (and .txt, .tsv) and .xlsx, by content."""

from typing import BinaryIO, Final

from services.intake.files.csv_tables import read_csv
from services.intake.files.headings import with_heading
from services.intake.files.tables import ReadOptions, Sheet, Table, Unreadable, UnreadableTableError
from services.intake.files.xlsx import Workbook, choose

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLE: Final = b"\xd0\xcf\x11\xe0"


def is_workbook(stream: BinaryIO) -> bool:
    """Whether a file is a zip or an old Office file, by its first bytes."""
    stream.seek(0)
    head = stream.read(4)
    return head.startswith((*_ZIP, _OLE))


def read_table(stream: BinaryIO, name: str, options: ReadOptions) -> Table:
    """Open a file's table and find its heading; UnreadableTableError says why not.

    The stream must be seekable and stay open while the rows are read. Memory does not grow with
    the file.
    """
    if is_workbook(stream):
        return _of_workbook(stream, options)
    stream.seek(0, 2)
    if stream.tell() == 0:
        raise UnreadableTableError(Unreadable.EMPTY, f"{name} is empty", f"{name} 是空文件")
    return with_heading(read_csv(stream, options.known), options)


def raw_sheet(stream: BinaryIO, sheet: str | None = None) -> Sheet:
    """Open a file's rows without looking for a heading (forms that are no tables)."""
    if not is_workbook(stream):
        return read_csv(stream, frozenset())
    workbook = Workbook(stream)
    return workbook.read(choose(workbook, sheet)[0])


def _of_workbook(stream: BinaryIO, options: ReadOptions) -> Table:
    workbook = Workbook(stream)
    first: UnreadableTableError | None = None
    for place in choose(workbook, options.sheet):
        try:
            return with_heading(workbook.read(place), options)
        except UnreadableTableError as error:
            if error.code not in {Unreadable.NO_HEADING, Unreadable.MISSING_COLUMNS}:
                raise
            # Lacking columns says more than having none.
            if first is None or first.code is Unreadable.NO_HEADING:
                first = error
    if first is None:
        raise UnreadableTableError(
            Unreadable.NO_SHEET, "the workbook has no sheet", "工作簿没有工作表"
        )
    raise first
