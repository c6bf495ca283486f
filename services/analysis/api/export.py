"""Tables as files: CSV that spreadsheets open as it is meant (RFC 4180, UTF-8 with its mark)."""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final

from fastapi.responses import StreamingResponse

MARK: Final = "\ufeff"
MEDIA_TYPE: Final = "text/csv; charset=utf-8"
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "=", "+", "-", "@")
"""What a spreadsheet may take for the beginning of a formula."""


def cell(value: Any) -> str:
    """Write a value: lists with semicolons, null as nothing, and never a formula.

    Text that a spreadsheet would run is kept from it by an apostrophe; numbers stay numbers.
    """
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return cell(";".join(str(part) for part in value))
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def lines(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Write rows as lines."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerows([cell(row[name]) for name in names] for row in rows)
    return written.getvalue()


def heading(names: Sequence[str]) -> str:
    """Write the first line, behind the mark that says UTF-8."""
    return MARK + lines([dict(zip(names, names, strict=True))], names)


def answer(
    name: str,
    names: Sequence[str],
    pages: AsyncIterator[Sequence[Mapping[str, Any]]],
    headers: Mapping[str, str],
) -> StreamingResponse:
    """Answer with a file, page by page as they are made."""

    async def body() -> AsyncIterator[str]:
        yield heading(names)
        async for page in pages:
            yield lines(page, names)

    return StreamingResponse(
        body(),
        media_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', **headers},
    )
