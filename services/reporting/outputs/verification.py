"""Is a file what it says it is? It is made again from what is kept, and compared byte for byte."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from contracts.vocabulary import FormLayout
from services.reporting.outputs.fonts import faces
from services.reporting.outputs.form_template import UnknownTemplateError
from services.reporting.outputs.marks import Mark
from services.reporting.outputs.rendering import (
    Content,
    FileFormat,
    FormatMissingError,
    rendered,
)
from services.reporting.outputs.sheet_cells import NOTHING, UnreadableWorkbookError, sheets_of

DIFFERENCES_MAX: Final = 50
SHOWN_MAX: Final = 200
"""Longest text of a differing cell that is told."""


class Verdict(StrEnum):
    """What a check comes to."""

    GENUINE = "genuine"
    """Byte for byte what is made of the edition that it names."""
    ALTERED = "altered"
    """It names an edition that there is, and is not what is made of it."""
    UNKNOWN = "unknown"
    """It names nothing that is kept here, or cannot be made again here."""


@dataclass(frozen=True, slots=True)
class CellDifference:
    """One cell that says something else than it should."""

    place: str
    """`sheet!cell`."""
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found."""

    verdict: Verdict
    reason: str
    reason_zh: str
    differences: tuple[CellDifference, ...] = ()


NO_MARK: Final = Checked(
    Verdict.UNKNOWN,
    "the file carries no mark of ours, or none that can be read",
    "文件不含本系统的标记,或标记无法读取",
)
NOT_KEPT: Final = Checked(
    Verdict.UNKNOWN,
    "there is no such edition here, or not for you",
    "本系统没有对应的版次,或您无权查看",
)
WORKING_COPY: Final = Checked(
    Verdict.UNKNOWN,
    "it is a working copy: nothing was handed in, so nothing is kept to compare it with",
    "该文件为工作稿(未提交),没有可比对的版次",
)
_GENUINE: Final = Checked(
    Verdict.GENUINE,
    "byte for byte what is made of the edition that it names",
    "与所载版次重新生成的文件逐字节一致",
)
_CODE: Final = Checked(Verdict.ALTERED, "its code is not the edition's", "校验码与该版次不一致")
_FONTS: Final = Checked(
    Verdict.UNKNOWN,
    "it was set in other fonts than there are here: it cannot be made again here",
    "生成时使用的字体与本机不同,无法在此重新生成比对",
)
_TEMPLATE: Final = Checked(
    Verdict.UNKNOWN,
    "its template or format is not kept here: it cannot be made again",
    "所用模板或格式本系统没有,无法重新生成比对",
)


def checked(content: bytes, mark: Mark, edition: Content) -> Checked:
    """Compare a file with what is made of the edition that its mark names."""
    if mark.code != edition.provenance.code:
        return _CODE
    try:
        wanted = FileFormat(mark.format)
        if mark.fonts and mark.fonts != faces().digest:
            return _FONTS
        layout = FormLayout(mark.layout) if mark.layout else None
        again = rendered(edition, wanted, layout).content
    except (ValueError, UnknownTemplateError, FormatMissingError):
        return _TEMPLATE
    if again == content:
        return _GENUINE
    if wanted is not FileFormat.XLSX:
        return Checked(
            Verdict.ALTERED,
            "it is not what is made of the edition that it names",
            "与所载版次重新生成的文件不一致",
        )
    return _sheets_compared(content, again)


def _sheets_compared(content: bytes, again: bytes) -> Checked:
    try:
        found, expected = sheets_of(content), sheets_of(again)
    except UnreadableWorkbookError as error:
        return Checked(Verdict.ALTERED, str(error), error.reason_zh)
    places = {(name, place) for book in (found, expected) for name in book for place in book[name]}
    differences = [
        CellDifference(f"{name}!{place}", said[:SHOWN_MAX], shown[:SHOWN_MAX])
        for name, place in sorted(places, key=_in_order)
        if (said := expected.get(name, {}).get(place, NOTHING).text)
        != (shown := found.get(name, {}).get(place, NOTHING).text)
    ]
    if differences:
        return Checked(
            Verdict.ALTERED,
            f"{len(differences)} cells say something else",
            f"有 {len(differences)} 个单元格与原件不同",
            tuple(differences[:DIFFERENCES_MAX]),
        )
    return Checked(
        Verdict.ALTERED,
        "another program saved it again; every cell says what it should",
        "文件被其他程序重新保存过,但各单元格内容与原件一致",
    )


def _in_order(place: tuple[str, str]) -> tuple[str, int, int, str]:
    name, cell = place
    letters = cell.rstrip("0123456789")
    return name, int(cell[len(letters) :]), len(letters), letters


def document(found: Checked, content: bytes, mark: Mark | None, edition: Content | None) -> Any:
    """Write what was found as JSON."""
    made = None if edition is None else edition.provenance
    return {
        "verdict": found.verdict.value,
        "reason": found.reason,
        "reason_zh": found.reason_zh,
        "sha256": hashlib.sha256(content).hexdigest(),
        "mark": None
        if mark is None
        else {
            "code": mark.code,
            "format": mark.format,
            "layout": mark.layout or None,
            "template": mark.template,
            "paper": mark.paper or None,
            "edition": mark.edition or None,
        },
        "provenance": None
        if edition is None or made is None
        else {
            "campaign": made.campaign,
            "campaign_name": made.campaign_name,
            "paper": made.paper,
            "edition": made.edition,
            "cut": edition.cut,
            "results_cut": made.results_cut,
            "packs": list(made.packs),
            "template": edition.template,
            "release": edition.release,
            "code": made.code,
        },
        "differences": [
            {"cell": each.place, "expected": each.expected, "found": each.found}
            for each in found.differences
        ],
    }
