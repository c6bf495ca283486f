"""A paper as a page shows it: its fields, what is marked at each, which steps are offered."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from contracts.vocabulary import fen_to_wire, wire_to_fen
from services.console.domain.figures import FEN_PER, MoneyUnit
from services.console.domain.texts import Language, Texts

Item = Mapping[str, Any]

WAY: Final[Mapping[str, tuple[str, ...]]] = {
    "form": (
        "filling",
        "unit_approval",
        "department_review",
        "counterpart_review",
        "performance_review",
        "accepted",
    ),
    "report": ("filling", "counterpart_review", "performance_review", "accepted"),
}
"""From hand to hand."""
PART_LEVEL: Final = 2
"""How deep a row of a form stands that is a part of another."""
WHOLE: Final = "/"
"""Where something is about the paper as a whole."""
_UNSAFE: Final = re.compile(r"[^0-9A-Za-z-]")


def pointer(*parts: str) -> str:
    """Write a JSON pointer (RFC 6901)."""
    return "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)


def anchor(where: str) -> str:
    """Name a field within a page: letters, digits, dashes."""
    return "f" + _UNSAFE.sub(lambda sign: f"_{ord(sign[0]):x}", where)


def above(where: str) -> Iterator[str]:
    """Go from a pointer up to the whole."""
    while where not in {"", WHOLE}:
        yield where
        where = where.rpartition("/")[0]
    yield WHOLE


@dataclass(frozen=True)
class Sheet:
    """A paper, and how to look things up in it by field."""

    paper: Item
    places: frozenset[str] = frozenset()
    """Pointers that the page has a place for."""

    @property
    def id(self) -> str:
        """Its name in addresses."""
        return str(self.paper["id"])

    @property
    def content(self) -> Item:
        """What it holds: the form, or the report."""
        return self.paper.get(str(self.paper["kind"])) or {}

    def value(self, where: str, otherwise: Any = "") -> Any:
        """Return what was saved in a field."""
        saved = (self.paper.get("draft") or {}).get(where)
        found = otherwise if saved is None else saved["value"]
        return otherwise if found is None else found

    def version(self, where: str) -> int:
        """Return the number of a field's last saving; 0 if it was never saved."""
        saved = (self.paper.get("draft") or {}).get(where)
        return 0 if saved is None else int(saved["version"])

    def returned(self, where: str) -> list[str]:
        """List why a field was returned."""
        return [str(one["reason"]) for one in self._at("returned", "field", where)]

    def gaps(self, where: str) -> list[Item]:
        """List what is missing at a field."""
        return self._at("gaps", "pointer", where)

    def differences(self, where: str) -> list[Item]:
        """List how far a field is from what the model foresees, where that is far."""
        return self._at("differences", "pointer", where)

    def disputes(self, where: str) -> list[Item]:
        """List the disputes of a figure."""
        return self._at("disputes", "field", where)

    def called(self, where: str, texts: Texts) -> str:
        """Name what a pointer leads to as the page does; the pointer itself if it has no name."""
        for row in self.content.get("funding") or ():
            if row["key"] and f"{where}/".startswith(f"{pointer('funding', row['key'])}/"):
                return row_name(row, texts)
        for row in self.content.get("indicators") or ():
            if f"{where}/".startswith(f"{pointer('indicators', row['indicator'])}/"):
                return str(row["level_3"])
        return where

    def place(self, where: str) -> str:
        """Return the anchor of a field, or of what it is in, if the page has no place for it."""
        return next((anchor(at) for at in above(where) if at in self.places), "main")

    def _at(self, part: str, name: str, where: str) -> list[Item]:
        return [one for one in self.paper.get(part) or () if str(one.get(name)) == where]


def row_name(row: Item, texts: Texts) -> str:
    """Name a row of money: in Chinese as the paper is printed, else by what it is."""
    label, key = str(row["label"]), str(row.get("key") or "")
    if texts.language is Language.CHINESE:
        return label
    if row.get("own_funds"):
        return texts("paper_row.own", line=key)
    # What is carried over is a part of the total and stands below it, with no key of its own.
    word = key or ("carried_in" if row.get("level") == PART_LEVEL else "no_line")
    named = (texts.of(group, word) for group in ("paper_row", "account"))
    return next((name for name in named if name != word), label)


def kind_name(row: Item, texts: Texts) -> str:
    """Name a kind of indicators in the same way."""
    if texts.language is Language.CHINESE or not row.get("key"):
        return str(row["label"])
    return texts.of("behaviour", str(row["key"]))


def level_name(name: str, texts: Texts) -> str:
    """Name level 1 or 2 of an indicator likewise; a catalogue's own name stays as it is."""
    return name if texts.language is Language.CHINESE else texts.of("level", name)


def section_name(section: Item, texts: Texts) -> str:
    """Name a section of a report likewise; one of an outline's own has its title alone."""
    key, title = str(section["key"]), str(section["title"])
    if texts.language is Language.CHINESE:
        return title
    named = texts.of("report_section", key)
    return title if named == key else named


def sheet_of(paper: Item) -> Sheet:
    """Look at a paper."""
    return Sheet(paper, frozenset(places_of(paper)))


def places_of(paper: Item) -> Iterator[str]:
    """List the pointers that a page has a place for."""
    form = paper.get("form") or {}
    for row in form.get("funding") or ():
        yield pointer("funding", row["key"])
        yield pointer("funding", row["key"], "expected_spent")
        yield pointer("funding", row["key"], "own_spent")
    for row in form.get("indicators") or ():
        yield pointer("indicators", row["indicator"])
        yield from (pointer("indicators", row["indicator"], name) for name in INDICATOR_FIELDS)
    yield from ("/carryover", "/surplus", "/remarks", "/execution", "/contact", "/funding")
    yield from (pointer("execution", name) for name in CAUSE_FIELDS)
    yield from (pointer("contact", name) for name in CONTACT_FIELDS)
    for section in (paper.get("report") or {}).get("sections") or ():
        yield pointer("sections", section["key"])


CAUSE_FIELDS: Final = ("areas", "reason_type", "reason", "measure")
"""Why something deviates, in the order of annex 1."""
INDICATOR_FIELDS: Final = (
    "result",
    "expected_result",
    "areas",
    "reason_type",
    "reason",
    "possibility",
    "measure",
    "evidence",
)
"""What people say about an indicator, in the order of annex 1."""
CONTACT_FIELDS: Final = ("filled_by", "phone", "head", "filled_on")
POSSIBILITIES: Final = ("certain", "possible", "impossible")
GRADES: Final = ("met", "partly_met", "not_met")


def offered(paper: Item) -> frozenset[str]:
    """Tell which steps whoever looks may do now: what would be refused is not shown."""
    return frozenset(map(str, paper.get("yours") or ()))


def typed(amount: str | None, unit: MoneyUnit) -> str:
    """Write a wire amount as it is typed in a unit: exact, without thousands apart."""
    if not amount:
        return ""
    exact = Decimal(wire_to_fen(amount)) / Decimal(FEN_PER[unit])
    return f"{exact:f}"


def wire(amount: str | int | None) -> str | None:
    """Return an amount of the wire; frozen editions hold fen, answers hold the wire's."""
    return fen_to_wire(amount) if isinstance(amount, int) else amount


def told(gap: Item, language: str) -> str:
    """Say a gap or a difference in a language."""
    return str((gap.get("text_zh") if language == "zh" else None) or gap.get("text") or "")


def missing(paper: Item, language: str) -> list[dict[str, str]]:
    """List what is missing, each with the place it leads to."""
    return _led_to(paper, "gaps", language)


def withdrawals(paper: Item, language: str) -> list[dict[str, str]]:
    """List what is taken back of the ledger when it is handed in, each with its place."""
    return _led_to(paper, "withdrawals", language)


def _led_to(paper: Item, part: str, language: str) -> list[dict[str, str]]:
    sheet = sheet_of(paper)
    return [
        {"anchor": sheet.place(str(one.get("pointer") or WHOLE)), "text": told(one, language)}
        for one in paper.get(part) or ()
    ]


def stale(problem: Item) -> Sequence[Item]:
    """List the fields that somebody else saved meanwhile, as they are now."""
    found = problem.get("fields") or problem.get("stale") or ()
    return [one for one in found if isinstance(one, Mapping)]
