"""PDF by typst: a template is a program of ours, everything else reaches it as data.

No text is ever markup: the template reads `json(bytes(sys.inputs.data))` and prints strings. The
same data gives the same bytes: the document's date is an argument, the fonts are chosen files.
"""

import datetime as dt
import functools
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import typst

from services.reporting.outputs.fonts import Faces, faces

STANDARD: Final = "a-2a"
"""PDF/A-2a: to be kept, and to be read by programs."""
_NO_GLYPH: Final = "could not be displayed with font"
"""What typst says of a sign that no font here can draw, which PDF/A does not allow."""


class TypesettingError(Exception):
    """A template cannot be set: a fault of the template, never of what is printed."""


def typeset(
    source: bytes, data: Mapping[str, Any], *, on: dt.date, files: Mapping[str, bytes] | None = None
) -> bytes:
    """Set a template with its data; `files` are there by their names, for `image`."""
    chosen = faces()
    given = json.dumps({**data, "faces": chosen.document()}, ensure_ascii=False, default=str)
    made = dt.datetime.combine(on, dt.time.min, dt.UTC)
    if not files:
        return _compiled(source, given, made, chosen, None)
    with tempfile.TemporaryDirectory(prefix="dualwatch-pdf-") as root:
        for name, content in files.items():
            (Path(root) / Path(name).name).write_bytes(content)
        return _compiled(source, given, made, chosen, root)


def _compiled(
    source: bytes, given: str, made: dt.datetime, chosen: Faces, root: str | None
) -> bytes:
    compiler = typst.Compiler(font_paths=_loaded(chosen), ignore_system_fonts=True, root=root)

    def compiled(standard: Literal["a-2a"] | None) -> bytes:
        found = compiler.compile(
            source,
            format="pdf",
            sys_inputs={"data": given},
            timestamp=made,
            pdf_standards=standard,
        )
        if not isinstance(found, bytes):
            msg = "typst gave no document"
            raise TypesettingError(msg)
        return found

    try:
        try:
            return compiled(STANDARD)
        except typst.TypstError as error:
            if _NO_GLYPH not in (error.diagnostic or error.message):
                raise
            # Anybody may type such a sign: it is drawn as an empty box, in a plain PDF.
            return compiled(None)
    except typst.TypstError as error:
        raise TypesettingError(error.diagnostic or error.message) from error


@functools.lru_cache(maxsize=2)
def _loaded(chosen: Faces) -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(chosen.folder)],
    )
