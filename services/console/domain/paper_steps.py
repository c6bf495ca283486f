"""From the fields of a form to what reporting is asked: one function for each step of a paper."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.console.domain.papers import WHOLE
from services.console.domain.steps import Body, Form, one

REASON: Final = "reason:"
"""Begins the names of the fields in which a reviewer says why a field is returned."""
BULK: Final = ("approve", "return")
SAVED_MAX: Final = 500
"""Most fields that are saved at once."""


def _note(form: Form) -> Body:
    return {"note": one(form, "note")}


def _nothing(_form: Form) -> Body:
    return {}


def _return(form: Form) -> Body:
    return {"reasons": reasons(form), "note": one(form, "note")}


def _delegate(form: Form) -> Body:
    return {"to": one(form, "to") or None}


def _dispute(form: Form) -> Body:
    return {"field": one(form, "field"), "reason": one(form, "reason")}


def _settle(form: Form) -> Body:
    return {
        "field": one(form, "field"),
        "answer": one(form, "answer"),
        "corrected": one(form, "corrected") == "yes",
    }


def _seal(form: Form) -> Body:
    edition = one(form, "edition")
    return {"edition": int(edition) if edition.isdecimal() else 0, "scan": scan(form)}


def _enter(form: Form) -> Body:
    received_on = one(form, "received_on") or None
    return {"scan": scan(form), "received_on": received_on, "note": one(form, "note")}


STEPS: Final[Mapping[str, Callable[[Form], Body]]] = {
    "submit": _note,
    "withdraw": _note,
    "reopen": _note,
    "approve": _note,
    "return": _return,
    "delegate": _delegate,
    "dispute": _dispute,
    "settle": _settle,
    "seal": _seal,
    "enter": _enter,
    "refresh": _nothing,
}
"""What each step sends, by the name that its address has."""


def reasons(form: Form) -> list[Body]:
    """List why which field is returned; what is only noted is about the whole."""
    found = [
        {"field": name.removeprefix(REASON), "reason": values[0].strip()}
        for name, values in form.items()
        if name.startswith(REASON) and values[0].strip()
    ]
    note = one(form, "note")
    return found if found or not note else [{"field": WHOLE, "reason": note}]


def bulk(form: Form) -> Body:
    """Write one step for all papers that were chosen."""
    step, note = one(form, "step"), one(form, "note")
    body: Body = {"step": step, "papers": list(form.get("paper", ())), "note": note}
    if step == "return":
        body["reasons"] = [{"field": WHOLE, "reason": note}] if note else []
    return body


def scan(form: Form) -> Any:
    """Read the file that was uploaded before: what intake said of it."""
    try:
        found = json.loads(one(form, "scan") or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def saved(body: Any) -> list[Body]:
    """Read the fields that a page wants saved; ValueError if it is nothing of the kind."""
    fields = body.get("fields") if isinstance(body, Mapping) else None
    if not isinstance(fields, Sequence) or isinstance(fields, str) or len(fields) > SAVED_MAX:
        msg = f"`fields` is a list of at most {SAVED_MAX}"
        raise ValueError(msg)
    return [_field(one) for one in fields]


def _field(found: Any) -> Body:
    if not isinstance(found, Mapping) or not {"field", "value", "version"} <= set(found):
        msg = "each field has `field`, `value` and `version`"
        raise ValueError(msg)
    return {name: found[name] for name in ("field", "value", "version")}
