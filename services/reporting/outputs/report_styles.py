"""Styles of reports: an outline and a Word template, ours or a bureau's own, kept by id.

A report names its style, so that a frozen edition is made again with the same words as long as
the files are kept. In the folder of templates `report-*.yaml` is an outline, and `report-*.docx` of
the same name its Word template. One of them may be called `report-default`: new reports take it.
What lies in the folder counts as it is when it is asked for.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import yaml

from services.reporting.domain.outline import DEFAULT_OUTLINE, Outline, OutlineError, outline_of
from services.reporting.outputs.form_template import TemplateError, UnknownTemplateError
from services.reporting.outputs.own_files import UNREADABLE, Files, Shelf, Sort
from services.reporting.outputs.report_template import default_template

FILES_MAX: Final = 100
FILE_BYTES_MAX: Final = 4 * 1024 * 1024
READ_BYTES_MAX: Final = 64 * 1024 * 1024
"""Most that is read of a file: what a Word template holds is part of its style's id."""
SORT: Final = Sort("report-*", FILES_MAX, READ_BYTES_MAX)
DEFAULT: Final = "report-default"
DIGEST_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Style:
    """How reports are laid out."""

    outline: Outline
    """Its id is the style's."""
    word: bytes | None = None
    """Word template; null: ours."""


OURS: Final = Style(DEFAULT_OUTLINE)


def look_in(folder: Path | None) -> None:
    """Use the styles of a folder too; TemplateError if one cannot be used."""
    _shelf.look_in(folder)


def current() -> Style:
    """Give the style of new reports."""
    return _known().get(DEFAULT, OURS)


def style_of(name: str) -> Style:
    """Find a style by its id; UnknownTemplateError if its files are not kept here."""
    if name == OURS.outline.id:
        return OURS
    found = next((style for style in _known().values() if style.outline.id == name), None)
    if found is None:
        raise UnknownTemplateError(name)
    return found


def shipped() -> Iterator[tuple[str, bytes]]:
    """Give our style as files, to begin one's own with."""
    document = {
        "id": "my-report-1",
        "title": DEFAULT_OUTLINE.title,
        "sections": [
            {"key": heading.key, "title": heading.title, "shows": list(heading.shows)}
            for heading in DEFAULT_OUTLINE.sections
        ],
    }
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    yield f"{DEFAULT}.yaml", text.encode()
    yield f"{DEFAULT}.docx", default_template()


def read_outline(content: bytes, name: str) -> Outline:
    """Read and check an outline; TemplateError tells all that is wrong."""
    if len(content) > FILE_BYTES_MAX:
        raise TemplateError(name, [f"is larger than {FILE_BYTES_MAX} bytes"])
    try:
        return outline_of(yaml.safe_load(content))
    except yaml.YAMLError as error:
        raise TemplateError(name, [f"is no YAML: {error}"]) from error
    except (OutlineError, RecursionError) as error:
        raise TemplateError(name, getattr(error, "faults", [str(error)])) from error


def _known() -> Mapping[str, Style]:
    return _shelf.now()


def _read(files: Files, before: Mapping[str, Style] | None) -> Mapping[str, Style]:
    """Read the styles of the folder; `before`: what it held, null at the start.

    An outline at fault ends a start; in a process that runs its style is left as it was. So it is
    while its Word template is no archive: half of one that is being copied would be a style of its
    own for a moment, and what was frozen in it could never be made again.
    """
    named = [*files][:FILES_MAX]
    found: dict[str, Style] = {}
    for name in sorted({Path(file).stem for file in named if file.endswith((".yaml", ".docx"))}):
        try:
            outline, word = (_content(files, f"{name}{ending}") for ending in (".yaml", ".docx"))
            if word is not None and name in (before or {}):
                _check_whole(word, f"{name}.docx")
            found[name] = _style(outline, word, name)
        except TemplateError:
            if before is None:
                raise
            if name in before:
                found[name] = before[name]
    return found


def _content(files: Files, name: str) -> bytes | None:
    """Give what a file holds, null if there is none; TemplateError if it cannot be read."""
    content = files.get(name)
    if content is None and name in files:
        raise TemplateError(name, [UNREADABLE])
    return content


def _check_whole(word: bytes, name: str) -> None:
    if not zipfile.is_zipfile(io.BytesIO(word)):
        raise TemplateError(name, ["is no .docx, or not the whole of it"])


def _style(outline: bytes | None, word: bytes | None, name: str) -> Style:
    """Put both together: what they hold is part of the id."""
    found = DEFAULT_OUTLINE if outline is None else read_outline(outline, f"{name}.yaml")
    digest = hashlib.sha256(repr(found).encode() + (word or b"")).hexdigest()
    return Style(replace(found, id=f"{found.id}+{digest[:DIGEST_DIGITS]}"), word)


_shelf: Final = Shelf(SORT, _read)
