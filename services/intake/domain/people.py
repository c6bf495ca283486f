"""Numbers and names of people in texts: found however they are written, and masked.

Bank cards (Luhn, or UnionPay's prefix 62), identity numbers (18 places with their birthday, the
old 15), whatever stands behind a word such as 账号. Nothing here knows events.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

KEPT_PLACES: Final = 4
"""Last places of a number that stay, so that people can tell two of them apart."""
MASK: Final = "****"
LABELLED_DIGITS_MIN: Final = 8
NAME_KEPT_MIN: Final = 3
"""Names from this length on keep their last sign too."""
ACCOUNT_DIGITS_MIN: Final = 6
"""A value that is called an account and has fewer digits is none."""

# Blanks of all kinds, dashes, dots; NUL stands between the digits of UTF-16 read as bytes.
_BETWEEN: Final = (
    r"\x00\s\-._/·•"
    "\u00ad\u200b-\u200f\u2010-\u2015\u2027\u2060\u2212\ufe63\uff0d\uff0e\uff3f\ufeff"
)
_RUN: Final = re.compile(rf"[0-9](?:[{_BETWEEN}]{{0,3}}[0-9]){{11,}}(?:[{_BETWEEN}]?[Xx])?")
_MANY_DIGITS: Final = re.compile(rf"[0-9](?:[^0-9]{{0,3}}[0-9]){{{LABELLED_DIGITS_MIN - 1}}}")
_GROUP: Final = re.compile(r"[0-9]+[Xx]?|[Xx]")
_LABELLED: Final = re.compile(
    r"(账号|帐号|账户|帐户|卡号|银行卡|身份证|证件号|account|acct|card|iban)"
    rf"[^0-9]{{0,12}}?((?:[0-9][{_BETWEEN}]{{0,3}}){{{LABELLED_DIGITS_MIN},}}[Xx]?)",
    re.IGNORECASE,
)
_SECRET_NAME: Final = re.compile(
    r"acc(oun)?t|card|iban|identity|id_?(no|num)|phone|mobile|账|帐|卡|身份|证件|电话|手机",
    re.IGNORECASE,
)
_PROVINCES: Final = frozenset(
    f"{code}"
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (81, 83))
    for code in range(first, last + 1)
) | {"71", "91"}
_BIRTHDAY: Final = re.compile(r"(?:18|19|20)?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_NO_DIGIT: Final = re.compile(r"[^0-9]+")
_SHORT_GROUP: Final = 2
_CARD_PLACES: Final = range(16, 20)
_ID_PLACES: Final = 18
_OLD_ID_PLACES: Final = 15
_PLACES: Final = range(_OLD_ID_PLACES, 20)
_HAN_NAME: Final = re.compile(r"[\u3400-\u9fff·]{2,4}")
_HIDDEN: Final = frozenset("*＊某")


def fold(text: str) -> str:
    """Write every digit, of whatever script and width, as ASCII; the length stays."""
    if text.isascii():
        return text
    return "".join([_digit(sign) for sign in text])


def _digit(sign: str) -> str:
    if sign < "\x80":
        return sign
    value = unicodedata.digit(sign, None)
    if value is not None:
        return str(value)
    return "X" if sign in "Ｘｘ" else sign


def mask_text(text: str) -> str:
    """Mask the numbers of people in a free text."""
    folded = fold(text)
    if not _MANY_DIGITS.search(folded):
        return text
    spans = [*_numbers(folded), *(found.span(2) for found in _LABELLED.finditer(folded))]
    masked = text
    for start, end in _joined(spans)[::-1]:
        tail = "" if folded[end - 1].strip() else folded[end - 1]
        masked = masked[:start] + mask_number(folded[start:end]) + tail + masked[end:]
    return masked


def holds_number(folded: str) -> bool:
    """Whether a text, with ASCII digits, holds a number that looks like a person's."""
    return next(_numbers(folded), None) is not None


def mask_number(number: str) -> str:
    """Keep the last places of a number."""
    plain = plain_account(number)
    return MASK + plain[-KEPT_PLACES:] if len(plain) > 2 * KEPT_PLACES else MASK


def plain_account(number: str) -> str:
    """Write an account number in the one way in which it is hashed and compared."""
    if not number.isascii():
        number = fold(unicodedata.normalize("NFKC", number))
    return "".join(filter(str.isalnum, number)).upper()


def is_account(text: str) -> bool:
    """Whether a value that is called an account can be one: other things have no such digits."""
    return len(_NO_DIGIT.sub("", fold(text))) >= ACCOUNT_DIGITS_MIN


def is_secret_name(name: str) -> bool:
    """Whether a field is called what holds a person's number."""
    return _SECRET_NAME.search(name) is not None


def is_card(plain: str) -> bool:
    """Whether digits are a bank card's."""
    if len(plain) not in _CARD_PLACES or not plain.isdigit():
        return False
    return plain.startswith("62") or _luhn(plain)


def looks_personal(name: str, account: str | None) -> bool:
    """Whether a payee that is not said to be a person is one all the same."""
    personal = account is not None and is_card(account) and account.startswith("62")
    return personal and _HAN_NAME.fullmatch(name) is not None


def mask_name(name: str) -> str:
    """Mask a person's name: 张三丰 → 张*丰, 张三 → 张*; one that is masked stays."""
    name = name.strip()
    if not name or not _HIDDEN.isdisjoint(name):
        return name
    if len(name) < NAME_KEPT_MIN:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def _numbers(folded: str) -> Iterator[tuple[int, int]]:
    """Find the spans of cards and identity numbers."""
    for run in _RUN.finditer(folded):
        groups = [found.span() for found in _GROUP.finditer(folded, *run.span())]
        first = 0
        while first < len(groups):
            last = _window(folded, groups, first)
            if last is None:
                first += 1
                continue
            yield groups[first][0], groups[last][1]
            first = last + 1


def _window(folded: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """Find the last group of a number that begins with the first one; the longest wins."""
    best = None
    plain = ""
    sizes: list[int] = []
    for last in range(first, len(groups)):
        start, end = groups[last]
        plain += folded[start:end]
        sizes.append(end - start)
        if len(plain) >= _PLACES.stop:
            break
        if len(plain) in _PLACES and _written_so(sizes) and _is_number(plain):
            best = last
    return best


def _written_so(sizes: list[int]) -> bool:
    """Whether people write one number in such groups: dates, 4-2-2, are none."""
    body = sizes[:-1]
    return not body or len(set(body)) == 1 or min(body) > _SHORT_GROUP


def _is_number(plain: str) -> bool:
    return is_card(plain) or _is_identity(plain)


def _is_identity(plain: str) -> bool:
    """Whether it is an identity number's form; a wrong check digit is a person's all the same."""
    if plain[:2] not in _PROVINCES:
        return False
    if len(plain) == _OLD_ID_PLACES:
        return plain.isdigit() and _BIRTHDAY.fullmatch(plain[6:12]) is not None
    if len(plain) != _ID_PLACES or not plain[:-1].isdigit():
        return False
    return plain[6:8] in {"18", "19", "20"} and _BIRTHDAY.fullmatch(plain[6:14]) is not None


def _luhn(digits: str) -> bool:
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2  # noqa: PLR2004 - Luhn
        total += value
    return total % 10 == 0


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Put spans that overlap together, in order."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
