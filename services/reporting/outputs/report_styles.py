"""Styles of reports: an outline and a Word template, ours or a bureau's own, kept by id.

A report names its style, so that a frozen edition is made again with the same words as long as
the files are kept. In the folder of templates `report-*.yaml` is an outline, and `report-*.docx` of
the same name its Word template. One of them may be called `report-default`: new reports take it.
"""

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import yaml

from services.reporting.domain.outline import DEFAULT_OUTLINE, Outline, OutlineError, outline_of
from services.reporting.outputs.form_template import TemplateError, UnknownTemplateError
from services.reporting.outputs.report_template import default_template

FILES_MAX: Final = 100
FILE_BYTES_MAX: Final = 4 * 1024 * 1024
PATTERN: Final = "report-*"
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
_folders: list[Path] = []


def look_in(folder: Path | None) -> None:
    """Use the styles of a folder too; TemplateError if one cannot be used."""
    _folders[:] = [] if folder is None else [folder]
    _known.cache_clear()
    _known()


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


@functools.cache
def _known() -> dict[str, Style]:
    return {name: style for folder in _folders for name, style in _styles(folder)}


def _styles(folder: Path) -> Iterator[tuple[str, Style]]:
    paths = sorted(folder.glob(PATTERN))[:FILES_MAX]
    for name in sorted({path.stem for path in paths if path.suffix in {".yaml", ".docx"}}):
        outline, word = folder / f"{name}.yaml", folder / f"{name}.docx"
        found = read_outline(outline.read_bytes(), outline.name) if outline.is_file() else None
        yield name, _style(found or DEFAULT_OUTLINE, word if word.is_file() else None)


def _style(outline: Outline, word: Path | None) -> Style:
    """Put both together: what they hold is part of the id."""
    content = None if word is None else word.read_bytes()
    digest = hashlib.sha256(repr(outline).encode() + (content or b"")).hexdigest()
    return Style(replace(outline, id=f"{outline.id}+{digest[:DIGEST_DIGITS]}"), content)
