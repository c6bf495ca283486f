"""IATI transactions: money that came, was spent, was promised, came back."""

from collections import Counter

import pytest

from services.intake.files.iati import map_iati
from tests.unit.intake_files.iati_files import GB, activities, data_of, mapped, transaction


def _kinds(code: str, value: str) -> tuple[str, dict[str, object]]:
    event = mapped(activities(transaction(code, value)))[-1]
    return event["type"].removeprefix("dualwatch.").removesuffix(".v1"), event["data"]


@pytest.mark.parametrize("code", ["1", "11", "IF"])
def test_incoming_funds_are_disbursed_to_the_unit(code: str) -> None:
    """Version 2 codes 1 and 11, version 1 code IF; a negative amount went back."""
    thing, data = _kinds(code, "10")

    assert ("funds.disbursed", "allocation", "10.00", False, code) == (
        thing,
        data["channel"],
        data["amount"],
        data["returned"],
        data["source_kind"],
    )
    assert _kinds(code, "-10")[1]["returned"] is True


@pytest.mark.parametrize("code", ["3", "4", "D", "E"])
def test_disbursements_and_expenditure_are_spent_through_the_treasury(code: str) -> None:
    """Both are spending of the reporting organisation; IATI's kind is kept."""
    thing, data = _kinds(code, "10.10")

    assert thing == "expenditure.recorded"
    assert data == {
        "date": "2021-09-30",
        "fiscal_year": 2021,
        "currency": "GBP",
        "amount": "10.10",
        "line": "A1",
        "unit": "ORG",
        "source_kind": code,
        "channel": "treasury_payment",
    }
    assert ("expenditure.reversed", "10.10") == (
        _kinds(code, "-10.10")[0],
        _kinds(code, "-10.10")[1]["amount"],
    )


@pytest.mark.parametrize("code", ["2", "C"])
def test_commitments_bind_money_and_negative_ones_release_it(code: str) -> None:
    """A commitment has no channel: nothing is paid yet."""
    thing, data = _kinds(code, "5")

    assert ("commitment.recorded", False) == (thing, data["released"])
    assert _kinds(code, "-5")[1]["released"] is True


def test_other_kinds_are_left_out_and_counted() -> None:
    """Loans and pledges have no word here; the person is told how many there were."""
    left_out: Counter[str] = Counter()
    raw = activities(transaction("12", "5") + transaction("12", "6") + transaction("3", "7"))
    events = list(map_iati(raw, GB, left_out))

    assert 4 == len(events)
    assert {"transaction of type 12": 2} == left_out


def test_more_than_two_decimals_are_rounded_half_up_and_kept() -> None:
    """Half up is away from zero, also for what comes back."""
    assert ("0.13", "0.125") == tuple(
        _kinds("3", "0.125")[1][name] for name in ("amount", "source_amount")
    )
    assert ("0.13", "-0.125") == tuple(
        _kinds("3", "-0.125")[1][name] for name in ("amount", "source_amount")
    )
    assert "source_amount" not in _kinds("3", "0.1200")[1]


def test_the_value_date_counts_only_where_there_is_no_transaction_date() -> None:
    """A transaction-date that is prose is refused, never replaced."""
    undated = (
        "<transaction><transaction-type code='3'/>"
        "<value value-date='2021-05-05'>1</value></transaction>"
    )
    [data] = data_of(activities(undated), "expenditure.recorded")
    [prose] = data_of(activities(transaction("3", "1", "in May")), "expenditure.recorded")

    assert ("2021-05-05", 2021) == (data["date"], data["fiscal_year"])
    assert ("in May", None) == (prose["date"], prose.get("fiscal_year"))


def test_equal_transactions_of_a_file_are_separate_payments() -> None:
    """Rows have no number: equal ones are told apart by their ordinal (domain-rules 4)."""
    raw = activities(transaction("3", "5") * 2, transaction("3", "5"))
    ids = [event["id"] for event in mapped(raw) if "expenditure" in event["type"]]

    assert 3 == len(ids) == len(set(ids))


def test_what_is_not_read_does_not_change_an_events_id_or_bytes() -> None:
    """Publishers rewrite descriptions and the layout of numbers with every release."""
    told = "<description><narrative>FQ2 spend</narrative></description>"
    first = mapped(activities(transaction("3", "5", more=told)))[-1]
    second = mapped(activities(f"\n\n{transaction('3', '5.00')}"))[-1]

    assert first == second
