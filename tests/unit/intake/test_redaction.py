"""People's data at the door: what is redacted, and what stays to the byte."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import ENVELOPES, INTAKE_TYPES
from services.intake.domain import people
from services.intake.domain.admission import Admitted
from services.intake.domain.forms import Arrival
from services.intake.domain.redacting import TEXTS, identifiers
from services.intake.domain.redaction import Judged, Redactor, suspicious
from services.intake.domain.verdicts import Refusal
from tests.support.hostile import event, wire

CARD = "6222021234567890123"
IDENTITY = "610103199001011234"
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
PAYMENT = {"date": "2026-03-02", "fiscal_year": 2026, "amount": "12.50", "line": "L1"}
REDACTOR = Redactor("a-key-for-people-in-tests-only")


def judged(document: Any) -> Judged:
    raw = document if isinstance(document, bytes) else wire(document)
    return REDACTOR.judge(Arrival(raw))


def payment(**data: Any) -> bytes:
    return wire(event(data={**PAYMENT, **data}))


def digits(raw: bytes) -> str:
    """Give every digit that can be read in bytes, however it is written."""
    text = raw.decode("utf-8", "replace").replace("\x00", "")
    return "".join(sign for sign in people.fold(text) if sign.isdigit())


def test_an_account_becomes_a_keyed_hash_and_a_person_a_masked_name() -> None:
    """The ledger never sees either."""
    payee = {"name": "张三丰", "account": "6222 0212 3456 7890 123", "natural_person": True}
    found = judged(payment(payee=payee, purpose="付张三丰生活补助"))

    assert isinstance(found.admission, Admitted)
    data = json.loads(found.raw)["data"]
    assert data["payee"] == {
        "name": "张*丰",
        "account_hash": REDACTOR.hash(CARD),
        "natural_person": True,
    }
    assert data["purpose"] == "付张*丰生活补助"
    noted = "/data/payee/name,/data/payee/account_hash,/data/purpose"
    assert json.loads(found.raw)["redacted"] == noted


def test_the_hash_needs_the_key() -> None:
    """Without one an account is only taken away."""
    raw = payment(payee={"name": "甲公司", "account": CARD})
    keyless = Redactor(None).judge(Arrival(raw))

    assert json.loads(keyless.raw)["data"]["payee"]["account_hash"] is None
    assert REDACTOR.hash(CARD) != Redactor("another-key-of-sixteen").hash(CARD)


def test_what_has_nothing_of_people_stays_to_the_byte() -> None:
    """Also where it looks a little like it."""
    raw = payment(
        payee={"name": "陕西水务有限公司", "account_hash": "9f2c41d0", "natural_person": False},
        purpose="2026-03-02—2026-03-31 灌区维修,合同 XA-2026-0001",
        document={"kind": "payment_certificate", "number": "610100202601310018"},
    )

    assert judged(raw).raw == raw


def test_the_same_twice_is_the_same() -> None:
    """Redacting draws nothing, and what is redacted is redacted already."""
    raw = payment(payee={"name": "张三", "account": CARD, "natural_person": True})
    once = judged(raw)

    assert judged(raw) == once
    assert judged(once.raw) == once


WRITTEN = {
    "plain": CARD,
    "spaced": "6222 0212 3456 7890 123",
    "dashed": "6222-0212-3456-7890-123",
    "wide": CARD.translate(WIDE),
    "single places": " ".join(CARD),
    "zero width": "\u200b".join(CARD),
    "behind many digits": f"{'7 ' * 60}{' '.join(CARD)}",
    "identity": IDENTITY,
    "identity in groups": "610103 19900101 1234",
    "identity with X": "61010319900101123X",
    "old identity": "610103900101123",
    "labelled": "账号:37001210901440",
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize(
    "place",
    ["purpose", "payee_acct_no", "note", "deep"],
)
def test_no_number_is_left_wherever_it_stands(written: str, place: str) -> None:
    """In free texts of what is admitted, and anywhere in what is refused."""
    data: dict[str, Any] = {place: written}
    if place == "deep":
        data = {"more": [{"inside": {"of": ["it", f"卡 {written}。"]}}]}
    found = judged(payment(**data))
    plain = people.plain_account(written.removeprefix("账号:").removeprefix("7 " * 60)).rstrip("X")

    assert plain not in digits(found.raw)
    assert isinstance(found.admission, Admitted) == (place == "purpose")


RAW = {
    "cut off": payment(payee={"name": "张三", "account": CARD})[:-9],
    "rubbish": b"payee 6222 0212 3456 7890 123 <xml/>",
    "escaped": payment(purpose="X").replace(b"X", b"\\u0036222021234567890123"),
    "gbk": f"{{卡:{CARD.translate(WIDE)}}}".encode("gbk"),
    "utf-16": payment(purpose=f"卡 {CARD}").decode().encode("utf-16"),
    "two names": payment(purpose="a").replace(b'"a"', f'"a","purpose":"{CARD}"'.encode()),
    "in a text": payment(purpose=json.dumps({"account": CARD, "id": IDENTITY})),
    "number": payment(payee={"name": "甲", "account": 0}).replace(b" 0}", f" {CARD}}}".encode()),
    "name of a field": payment(**{CARD: "x"}),
    "base64": wire({"data_base64": base64.b64encode(f"卡 {CARD}".encode()).decode()}),
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
def test_no_number_is_left_in_what_cannot_be_read(raw: bytes) -> None:
    """Quarantine keeps it, so it is looked through whatever it is."""
    found = judged(raw)
    told = json.dumps(str(found.admission), ensure_ascii=False)

    assert CARD not in digits(found.raw)
    assert base64.b64encode(f"卡 {CARD}".encode()) not in found.raw
    assert CARD not in told
    assert IDENTITY not in told


def test_a_problem_quotes_what_is_redacted() -> None:
    """Refusals name fields and values of the event."""
    found = judged(payment(**{f"卡 {CARD}": 1}))

    assert isinstance(found.admission, Refusal)
    assert "unknown_field" == found.admission.code
    assert CARD not in str(found.admission.problem())


def test_a_voucher_line_that_is_an_account_is_its_hash() -> None:
    """Domain-rules 4: the payee's account tells the lines of one voucher apart."""
    document = {"kind": "payment_certificate", "number": "PV-1", "line": CARD}
    found = judged(payment(payee={"name": "甲公司", "account": CARD}, document=document))
    alone = judged(payment(document=document))

    for raw in (found.raw, alone.raw):
        assert json.loads(raw)["data"]["document"]["line"] == REDACTOR.hash(CARD)


def test_two_names_are_still_refused() -> None:
    """Redaction replaces values in place; it never makes an event sound."""
    raw = payment(payee={"name": "甲", "account": CARD, "account_hash": "ab"})
    found = judged(raw)

    assert isinstance(found.admission, Refusal)
    assert found.admission.pointer == "/data/payee/account"


def test_a_large_one_is_cut_before_a_number() -> None:
    """What is kept of it ends before the number that the cut goes through."""
    body = b'{"x":"' + b"a " * (128 * 1024 - 8) + CARD.encode() + b'"}'
    found = judged(body)

    assert len(found.raw) <= 256 * 1024
    assert CARD[:8] not in digits(found.raw)


@given(st.binary(max_size=200), st.sampled_from([CARD, IDENTITY]), st.binary(max_size=200))
def test_whatever_is_sent_nothing_breaks(before: bytes, number: str, after: bytes) -> None:
    """Any bytes around a number, which stands by itself."""
    raw = before + b' "' + number.encode() + b'" ' + after
    found = judged(raw)

    assert isinstance(found.admission, Admitted | Refusal)


def test_every_free_text_of_the_contracts_is_known() -> None:
    """A field that people write freely is looked through; others are identifiers."""
    texts = set()
    for name in INTAKE_TYPES:
        schema = ENVELOPES[name].model_json_schema()
        for part in [schema, *schema.get("$defs", {}).values()]:
            for field, form in part.get("properties", {}).items():
                forms = [form, *form.get("anyOf", []), form.get("items", {})]
                if any(form.get("maxLength", 0) >= 500 for form in forms):
                    texts.add(field)

    # A rule pack's text has a hash that tells whether it was changed.
    assert texts - {"content"} <= TEXTS
    assert texts.isdisjoint(identifiers()) or texts & identifiers() == {"content"}


def test_ordinary_events_are_not_looked_through() -> None:
    """The look before costs a microsecond, the look itself a hundred."""
    company = {"name": "陕西水务", "account_hash": "9f2c41d0"}

    assert not suspicious(payment(purpose="维修款", document={"kind": "invoice", "number": "7"}))
    assert suspicious(payment(payee={**company, "natural_person": True}))
    assert not suspicious(payment(account="general_public", line="99010026P104000000007"))
