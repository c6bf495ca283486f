"""People's data goes no further than the door (domain-rules 7).

Before an event is judged, account numbers of payees become keyed hashes, names of natural persons
are masked, and so are bank card and identity numbers in free texts; in what is refused also
whatever is called an account. Every other byte stays as it was sent, so what was sent twice is
still the same. The event's extension `redacted` names the places.

Numbers that identify (ids, vouchers, lines, units) are left alone: many look just like a card.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from services.intake.domain import people
from services.intake.domain.admission import Admitted, admit
from services.intake.domain.forms import Arrival
from services.intake.domain.redacting import Redaction, splice
from services.intake.domain.strict import EVENT_BYTES_MAX
from services.intake.domain.verdicts import Refusal

OVERSIZED_KEPT_BYTES: Final = 16 * 1024
"""So much is looked through and kept of an event that is too large to be one."""
EDGE_BYTES: Final = 64
"""Bytes at the edge of a cut that are dropped if they hold a part of a number."""

_FOLD: Final = bytes(ord("0") if 48 <= byte < 58 else byte for byte in range(256))  # noqa: PLR2004
_BLANKS: Final = b" \t-."
_RUN: Final = b"0" * 15
_WRITTEN_RUN: Final = re.compile(rb"[0-9](?:[ \t.\-]{0,3}[0-9]){14,}[Xx]?")
# Words behind which a number stands that looks like nothing, and blanks that part digits.
_OTHER_WORDS: Final = ("账", "帐", "卡", "身份", "证件", "\u3000", "\xa0")
_OTHER_SIGNS: Final = (
    *[word.encode() for word in _OTHER_WORDS],
    # Of more blanks and dashes, and of other scripts' digits, the first bytes.
    *(b"\xe2\x80", b"\xd9", b"\xdb", b"\xf0\x9d"),
)
_ESCAPED_SIGNS: Final = (b"\\u00", b"\\uff1", b"\\uFF1", b"\\u3000", b"\\u20")
_WIDE_DIGIT: Final = re.compile(rb"\xef\xbc[\x90-\x99]")
_GBK_DIGIT: Final = re.compile("\udca3([\udcb0-\udcb9])")
_UTF_16: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SURROGATES: Final = "surrogateescape"
_EDGE: Final = re.compile(rb"[0-9][^\"{}\[\]]{0,64}\Z")


class Judged(NamedTuple):
    """An event as it goes on: its bytes, which hold no people's numbers, and what they are."""

    raw: bytes
    admission: Admitted | Refusal


class Redactor:
    """Redacts and judges what comes in at a door."""

    def __init__(self, key: str | None) -> None:
        """Hash accounts under this key; without one they are only masked."""
        self._key = None if key is None else key.encode()

    def judge(self, arrival: Arrival) -> Judged:
        """Redact an event, then judge it; of what is refused everything is looked at."""
        raw = arrival.raw
        if len(raw) <= EVENT_BYTES_MAX and suspicious(raw):
            raw = self.redact(raw)
        admission = arrival.refusal or admit(raw)
        if isinstance(admission, Admitted):
            return Judged(raw, admission)
        return self._refused(raw, arrival.refusal is None, admission)

    def redact(self, raw: bytes) -> bytes:
        """Redact whatever bytes."""
        text, coding = _read(raw)
        if coding == _SURROGATES:
            # GBK writes wide digits with two bytes; this cannot be read as an event anyway.
            text = _GBK_DIGIT.sub(_gbk_digit, text)
        changes = Redaction(text, self.hash).changes()
        if not changes:
            return raw
        errors = _SURROGATES if coding == _SURROGATES else "surrogatepass"
        return splice(text, changes).encode("utf-8" if coding == _SURROGATES else coding, errors)

    def hash(self, account: str) -> str | None:
        """Hash an account: the same number, however it is written, gives the same."""
        if self._key is None:
            return None
        plain = people.plain_account(account)
        return hmac.new(self._key, plain.encode(), hashlib.sha256).hexdigest()

    def _refused(self, raw: bytes, again: bool, refusal: Refusal) -> Judged:  # noqa: FBT001
        kept = raw if len(raw) <= EVENT_BYTES_MAX else _cut(raw)
        redacted = self.redact(kept)
        if again and redacted != kept and kept is raw:
            # Said once more of the redacted bytes, so that what it quotes is redacted too.
            said = admit(redacted)
            refusal = said if isinstance(said, Refusal) else refusal
        return Judged(redacted, _scrubbed(refusal))


def suspicious(raw: bytes) -> bool:
    """Whether an event may hold people's data: a few looks at its bytes, for every event."""
    if _RUN in raw.translate(_FOLD, _BLANKS) and any(
        people.holds_number(found.group().decode()) for found in _WRITTEN_RUN.finditer(raw)
    ):
        return True
    if b'"natural_person"' in raw or (
        b'"account' in raw and (b'"payee"' in raw or b'"supplier"' in raw)
    ):
        return True
    if b"\\u" in raw and any(sign in raw for sign in _ESCAPED_SIGNS):
        return True
    if raw.isascii():
        return False
    return any(sign in raw for sign in _OTHER_SIGNS) or (
        b"\xef\xbc" in raw and _WIDE_DIGIT.search(raw) is not None
    )


def _read(raw: bytes) -> tuple[str, str]:
    """Read bytes as text that can be written back as it was: the text and its coding."""
    try:
        return raw.decode(), "utf-8"
    except UnicodeDecodeError:
        pass
    coding = next((name for mark, name in _UTF_16 if raw.startswith(mark)), None)
    if coding is None and raw[:2].count(0) == 1:
        coding = "utf-16-be" if raw[0] == 0 else "utf-16-le"
    if coding is not None and len(raw) % 2 == 0:
        return raw.decode(coding, "surrogatepass"), coding
    return raw.decode("utf-8", "surrogateescape"), _SURROGATES


def _gbk_digit(found: re.Match[str]) -> str:
    return chr(ord(found.group(1)) - 0xDCB0 + ord("0"))


def _cut(raw: bytes) -> bytes:
    """Cut what is kept of a large one; a number that the cut goes through is dropped."""
    kept = raw[:OVERSIZED_KEPT_BYTES]
    edge = _EDGE.search(kept, len(kept) - EDGE_BYTES)
    return kept if edge is None else kept[: edge.start()]


def _scrubbed(refusal: Refusal) -> Refusal:
    """Mask what a refusal quotes."""
    told = msgspec.to_builtins(refusal)
    masked = _masked(told)
    return refusal if masked == told else msgspec.convert(masked, Refusal)


def _masked(told: Any) -> Any:
    if isinstance(told, str):
        return people.mask_text(told)
    if isinstance(told, Mapping):
        return {name: _masked(value) for name, value in told.items()}
    if isinstance(told, Sequence):
        return [_masked(value) for value in told]
    return told
