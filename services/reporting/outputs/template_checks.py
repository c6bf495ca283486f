"""The templates that there are, each with what a check finds: shipped ones and one's own."""

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from services.reporting.outputs import form_template, report_styles
from services.reporting.outputs.form_template import TemplateError, read_template
from services.reporting.outputs.own_files import UNREADABLE, files_in
from services.reporting.outputs.report_docx import template_faults

REPORT_PREFIX: Final = "report-"
"""Files of this name are outlines of reports (report-*.yaml) or their Word templates."""
WORD: Final = ".docx"
CHECKED_MAX: Final = 200
INDICATOR_HEADINGS: Final = (
    *("level_1", "level_2", "level_3", "target", "actual", "expected"),
    *("areas", "reason", "possibility", "remark"),
)
"""Words of the form's indicator block that head a column, in their order."""

Kind = Literal["form", "report", "word"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A template file and what is wrong with it."""

    file: str
    kind: Kind
    id: str | None
    """Id that papers keep; null: it cannot be read, or (Word) it goes by its outline's."""
    title: str
    headings: tuple[str, ...]
    """What a form or report of it is parted into, as printed."""
    faults: tuple[str, ...]
    """Everything that is wrong; none: it can be used."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A template file."""

    file: str
    content: bytes | None
    """Null: it is there and cannot be read."""
    shipped: bool
    """Whether it comes with us; else it lies in the deployment's folder of templates."""

    @property
    def sha256(self) -> str:
        """Hexadecimal hash of its content; empty if that cannot be read."""
        return "" if self.content is None else hashlib.sha256(self.content).hexdigest()


def kept(folder: Path | None) -> Iterator[Kept]:
    """Give the template files: ours first, then those of a folder by name."""
    for name, content in (*form_template.shipped(), *report_styles.shipped()):
        yield Kept(name, content, shipped=True)
    if folder is None:
        return
    # The same files, within the same bounds, of which forms and reports are made.
    for sort in (form_template.SORT, report_styles.SORT):
        for name, found in files_in(folder, sort).items():
            if name.endswith((".yaml", WORD)):
                yield Kept(name, found, shipped=False)


@functools.lru_cache(maxsize=CHECKED_MAX)
def checked(name: str, content: bytes | None) -> Checked:
    """Check a template by the rules of its kind, which its name tells."""
    if content is None:
        is_report = Path(name).name.startswith(REPORT_PREFIX)
        kind: Kind = "word" if name.endswith(WORD) else "report" if is_report else "form"
        return Checked(name, kind, None, "", (), (UNREADABLE,))
    if name.endswith(WORD):
        faults = tuple(template_faults(content))
        return Checked(name, "word", None, "", (), faults)
    if Path(name).name.startswith(REPORT_PREFIX):
        return _report(name, content)
    return _form(name, content)


def _report(name: str, content: bytes) -> Checked:
    try:
        found = report_styles.read_outline(content, name)
    except TemplateError as error:
        return Checked(name, "report", None, "", (), tuple(error.faults))
    headings = tuple(section.title for section in found.sections)
    return Checked(name, "report", found.id, found.title, headings, ())


def _form(name: str, content: bytes) -> Checked:
    try:
        found = read_template(content, name)
    except TemplateError as error:
        return Checked(name, "form", None, "", (), tuple(error.faults))
    headings = (
        *found.money.city.columns.values(),
        *(found.indicators[key] for key in INDICATOR_HEADINGS if key in found.indicators),
    )
    return Checked(name, "form", found.id, found.title, headings, ())
