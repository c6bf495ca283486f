"""What is to be replaced in the text of one event, so that no people's data is left in it."""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import islice
from typing import Any, Final, get_args

from pydantic import BaseModel

from contracts.codec import ENVELOPES, INTAKE_TYPES
from services.intake.domain import people
from services.intake.domain.json_strings import Path, Value, quoted, values
from services.intake.domain.texts import pointer_of

EXTENSION: Final = "redacted"
"""Extension attribute that names what was redacted: JSON pointers, parted by commas."""
POINTERS_MAX: Final = 20
"""Most pointers it names; more end in an ellipsis."""
POINTER_LENGTH_MAX: Final = 120
PAYEES: Final = frozenset({"payee", "supplier"})
ACCOUNT: Final = "account"
ACCOUNT_HASH: Final = "account_hash"
RAW_HASH_DIGITS_MIN: Final = 12
"""A hash that is nothing but so many digits is the account itself."""
HASH_PLACES: Final = 16
"""Places of an account's hash that stand for it within an identifier."""
TEXTS: Final = frozenset(
    (
        *("body", "checked_by", "conclusion", "confirmed_by", "description", "goal", "ground"),
        *("name", "note", "purpose", "reason", "resolution", "summary", "target_text", "title"),
        "value_text",
        # Forms of earlier campaigns, as declared.
        *("department_name", "expected_text", "explanation", "label", "project_name", "remark"),
        "unit_name",
    )
)
"""Fields of the contracts that people write freely."""
_TRUE: Final = frozenset({"true", "1", "yes", "y", "是"})
_FALSE: Final = frozenset({"false", "0", "no", "n", "否"})

ELSEWHERE_MAX: Final = 50
"""Accounts and names of one event that are looked for in its other texts."""

Change = tuple[int, int, str]
"""Start, end and what stands there instead."""
Hash = Callable[[str], str | None]
"""Account → its keyed hash; null where there is no key."""


class Redaction:
    """One event's."""

    def __init__(self, text: str, hash_account: Hash) -> None:
        """`text` may be no JSON at all."""
        self._text = text
        self._hash = hash_account
        self._values = list(values(text))
        self._at: dict[Path, Value] = {}
        self._names_of: set[Path] = set()
        for value in self._values:
            if value.path is not None:
                if value.is_name:
                    self._names_of.add(value.path)
                else:
                    self._at[value.path] = value
        self._accounts = self._find_accounts()
        self._elsewhere = list(islice(self._accounts.items(), ELSEWHERE_MAX))
        self._people = self._find_people()

    def changes(self) -> list[Change]:
        """List what is to be replaced, and the note of it."""
        changes: list[Change] = []
        pointers: list[str] = []
        for value in self._values:
            new = self._name(value) if value.is_name else self._value(value)
            if new is None or new == self._text[value.start : value.end]:
                continue
            changes.append((value.start, value.end, new))
            path = () if value.path is None else self._renamed(value.path)
            pointer = people.mask_text(pointer_of(path))
            if pointer not in pointers:
                pointers.append(pointer)
        return [*changes, *self._note(pointers)] if changes else []

    def _find_accounts(self) -> dict[str, str]:
        """Learn the accounts of payees: as written, and in plain."""
        found: dict[str, str] = {}
        for path, value in self._at.items():
            if self._is_account(path) and people.is_account(value.text):
                plain = people.plain_account(value.text)
                stands = self._hash(value.text) or people.mask_number(plain)
                found[plain] = found[value.text] = stands
        return found

    def _find_people(self) -> dict[str, str]:
        """Learn the names of natural persons, and what stands for each."""
        found: dict[str, str] = {}
        for path, value in self._at.items():
            if path[-1] == "name" and value.is_string and self._is_person(path[:-1], value.text):
                found[value.text] = people.mask_name(value.text)
        return found

    def _is_person(self, where: Path, name: str) -> bool:
        said = self._at.get((*where, "natural_person"))
        word = "" if said is None else said.text.strip().lower()
        if word in _TRUE:
            return True
        account = self._at.get((*where, ACCOUNT))
        plain = None if account is None else people.plain_account(account.text)
        return word not in _FALSE and people.looks_personal(name, plain)

    def _is_account(self, path: Path) -> bool:
        """Whether a place is a payee's account, or a hash that is none."""
        if len(path) < 2 or path[-2] not in PAYEES:  # noqa: PLR2004 - payee and account
            return False
        if path[-1] != ACCOUNT_HASH:
            return path[-1] == ACCOUNT
        value = self._at.get(path)
        plain = "" if value is None else people.plain_account(value.text)
        return plain.isdigit() and len(plain) >= RAW_HASH_DIGITS_MIN

    def _renamed(self, path: Path) -> Path:
        """Say what a field is called afterwards: the contract knows hashes alone."""
        if path[-1] != ACCOUNT or not self._is_account(path) or path not in self._at:
            return path
        hashed = (*path[:-1], ACCOUNT_HASH)
        return path if hashed in self._names_of else hashed

    def _name(self, value: Value) -> str:
        path = value.path or ()
        renamed = self._renamed(path)
        if renamed is not path:
            return quoted(str(renamed[-1]))
        masked = people.mask_text(value.text)
        return self._as_was(value) if masked == value.text else quoted(masked)

    def _value(self, value: Value) -> str | None:
        path = value.path
        if path is None:
            return people.mask_text(value.text)
        if self._is_account(path):
            return self._account(value)
        if not value.is_string:
            return self._number(path, value)
        new = self._string(path, value.text)
        return None if new == value.text else quoted(new)

    def _account(self, value: Value) -> str:
        if value.text == "null" and not value.is_string:
            return "null"
        if (*(value.path or ())[:-1], ACCOUNT_HASH) != self._renamed(value.path or ()):
            return quoted(people.MASK)  # Both are given: the contract says which is too many.
        hashed = self._hash(value.text) if people.plain_account(value.text) else None
        return "null" if hashed is None else quoted(hashed)

    def _number(self, path: Path, value: Value) -> str | None:
        secret = _is_secret(path) and people.is_account(value.text)
        looks = _field(path) not in identifiers() and people.holds_number(value.text)
        return quoted(people.mask_number(value.text)) if secret or looks else None

    def _string(self, path: Path, text: str) -> str:
        if text in self._people and path[-1] == "name":
            return self._people[text]
        field = _field(path)
        if people.is_account(text):
            number = self._account_elsewhere(path, field, text)
            if number is not None:
                return number
        if field == "data_base64":
            return self._base64(text)
        if field in identifiers():
            for account, stands in self._elsewhere:
                text = text.replace(account, stands[:HASH_PLACES])
            return text
        return self._free(text)

    def _account_elsewhere(self, path: Path, field: str, text: str) -> str | None:
        """Say what stands for a text that is an account; null if it is none."""
        plain = people.plain_account(text)
        if plain in self._accounts:
            return self._accounts[plain]
        # Where a voucher has no detail ids, the payee's account tells its lines apart.
        if field == "line" and plain.startswith("62") and people.is_card(plain):
            return self._hash(text) or people.mask_number(plain)
        return people.mask_number(text) if _is_secret(path) else None

    def _free(self, text: str) -> str:
        for account, _ in self._elsewhere:
            text = text.replace(account, people.mask_number(account))
        for name, masked in islice(self._people.items(), ELSEWHERE_MAX):
            if len(name) > 1:
                text = text.replace(name, masked)
        return people.mask_text(text)

    def _base64(self, text: str) -> str:
        """Look into bytes that hide in a text: they are refused, but kept."""
        try:
            inside = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, ValueError):
            return text
        changes = Redaction(inside, self._hash).changes() if '"data_base64"' not in inside else []
        return base64.b64encode(splice(inside, changes).encode()).decode() if changes else text

    def _as_was(self, value: Value) -> str:
        return self._text[value.start : value.end]

    def _note(self, pointers: Sequence[str]) -> list[Change]:
        """Write what was redacted into the event, where it is an object."""
        text = self._text.rstrip()
        if not (self._text.lstrip().startswith("{") and text.endswith("}")):
            return []
        known = self._at.get((EXTENSION,))
        before = [] if known is None else [step for step in known.text.split(",") if step]
        named = [*before, *(pointer for pointer in pointers if pointer not in before)]
        shown = [pointer[:POINTER_LENGTH_MAX] for pointer in named[:POINTERS_MAX]]
        said = quoted(",".join([*shown, *["…"] * (len(named) > POINTERS_MAX)]))
        if known is not None:
            return [(known.start, known.end, said)]
        place = len(text) - 1
        return [(place, place, f',"{EXTENSION}":{said}')]


def splice(text: str, changes: Iterable[Change]) -> str:
    """Make the changes; whatever they do not name stays as it is."""
    pieces: list[str] = []
    done = 0
    for start, end, new in sorted(changes):
        pieces += [text[done:start], new]
        done = end
    return "".join([*pieces, text[done:]])


def _field(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def _is_secret(path: Path) -> bool:
    """Whether a field is called an account or the like and the contracts know none so called."""
    return any(
        step == ACCOUNT or (step not in identifiers() and people.is_secret_name(step))
        for step in path
        if isinstance(step, str)
    )


@cache
def identifiers() -> frozenset[str]:
    """Fields of the contracts whose value is no free text: left alone."""
    found: set[str] = set()
    seen: set[type[BaseModel]] = set()
    models: list[type[BaseModel]] = [ENVELOPES[name] for name in sorted(INTAKE_TYPES)]
    while models:
        model = models.pop()
        if model in seen:
            continue
        seen.add(model)
        for name, field in model.model_fields.items():
            found.add(name)
            models.extend(_models(field.annotation))
    return frozenset(found) - TEXTS


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
