"""What can become of an event, and why it may be refused."""

from typing import Any, Final

import msgspec

from services.intake.domain.fields import name_of
from services.intake.domain.reasons import COUNTED_APART, REASONS, Reason, Verdict

__all__ = [
    "COUNTED_APART",
    "ERRORS_MAX",
    "PROBLEM_PREFIX",
    "REASONS",
    "Fault",
    "Reason",
    "Refusal",
    "Verdict",
]

ERRORS_MAX: Final = 20
"""Most faults of one event that a problem lists."""
PROBLEM_PREFIX: Final = "urn:dualwatch:problem:"


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with a field."""

    pointer: str
    """RFC 6901 pointer into the event."""
    detail: str
    """What is wrong, in English."""
    detail_zh: str
    """What is wrong, in Chinese."""
    hint: str
    """What to do, in English."""
    hint_zh: str
    """What to do, in Chinese."""
    meaning: str | None = None
    """What the field means, as its contract says."""

    def members(self) -> dict[str, Any]:
        """Write it as a member of a problem's `errors`."""
        return {**_field(self.pointer, self.meaning), **_texts(self)}


class Refusal(msgspec.Struct, frozen=True):
    """Why an event is refused, in both languages; becomes an RFC 9457 problem."""

    code: str
    """Key of `REASONS`."""
    detail: str
    """What is wrong with this one."""
    detail_zh: str
    """The same in Chinese."""
    pointer: str | None = None
    """The field at fault, RFC 6901."""
    hint: str | None = None
    """What to do; null: the reason's own hint."""
    hint_zh: str | None = None
    """The same in Chinese; given exactly when `hint` is."""
    meaning: str | None = None
    """What the field at fault means, as its contract says."""
    errors: tuple[Fault, ...] = ()
    """All faults, if there are several (at most `ERRORS_MAX`)."""

    @property
    def reason(self) -> Reason:
        """What is always the same about this kind of refusal."""
        return REASONS[self.code]

    def problem(self) -> dict[str, Any]:
        """Write it as the members of an RFC 9457 problem."""
        reason = self.reason
        problem: dict[str, Any] = {
            "type": PROBLEM_PREFIX + self.code,
            "status": reason.status,
            "code": self.code,
            "title": reason.title,
            "title_zh": reason.title_zh,
            "detail": self.detail,
            "detail_zh": self.detail_zh,
            "hint": self.hint or reason.hint,
            "hint_zh": self.hint_zh or reason.hint_zh,
        }
        if self.pointer is not None:
            problem |= _field(self.pointer, self.meaning)
        if self.errors:
            problem["errors"] = [fault.members() for fault in self.errors]
        return problem


def _field(pointer: str, meaning: str | None) -> dict[str, str]:
    found = {"pointer": pointer}
    name = name_of(pointer)
    if name is not None:
        found |= {"field": name.english, "field_zh": name.chinese}
    if meaning is not None:
        found["meaning"] = meaning
    return found


def _texts(fault: Fault) -> dict[str, str]:
    return {
        "detail": fault.detail,
        "detail_zh": fault.detail_zh,
        "hint": fault.hint,
        "hint_zh": fault.hint_zh,
    }
