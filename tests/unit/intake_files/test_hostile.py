"""Rows that cannot be read are refused field by field, files that attack as a whole."""

import pytest

from services.intake.domain.admission import admit
from services.intake.domain.verdicts import Refusal
from services.intake.files.iati import map_iati
from services.intake.files.options import ImportOptions
from services.intake.files.xml import FILE_BYTES_MAX, UnreadableFileError
from tests.unit.intake_files.iati_files import (
    GB,
    activities,
    budget,
    mapped,
    period,
    planned,
    result,
    transaction,
)


def _refused_at(raw: bytes) -> list[str | None]:
    """Map a file and say where intake's admission refuses its events."""
    judged = (admit(event) for event in map_iati(raw, GB))
    return [verdict.pointer for verdict in judged if isinstance(verdict, Refusal)]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (transaction("3", "1", "last week"), "/data/date"),
        (transaction("3", "1", "2021-02-30"), "/data/date"),
        (transaction("3", "1", ""), "/data/date"),
        (transaction("3", "a lot"), "/data/amount"),
        (transaction("3", "1,000"), "/data/amount"),
        (transaction("3", ""), "/data/amount"),
        (transaction("3", "9" * 20), "/data/amount"),
        (transaction("3", "1", "1985-01-01"), "/data/fiscal_year"),
        (transaction("banana", "1"), "/type"),
        ("<transaction/>", "/type"),
        (budget("1", start="spring"), "/data/date"),
        (budget("1", end="autumn"), "/data/period/end"),
        (budget("1", end="2021-03-31"), "/data/period"),
        (budget("much"), "/data/amount"),
        (budget("-5", end="2023-03-31"), "/data/amount"),
        (budget("1", start="1901-01-01", end="1909-03-31"), "/data/fiscal_year"),
        (budget("1", kind="9"), "/type"),
        (planned("1", "spring", "2021-06-30"), "/data/periods/0/start"),
        (planned("1", "spring", "summer"), "/data/date"),
        (planned("-1", "2021-04-01", "2021-06-30"), "/data/periods/0/amount"),
        (
            planned("1", "2021-04-01", "2021-06-30", kind="x"),
            "/type",
        ),
        (result(period("spring", "2022-03-31", target="1")), "/data/date"),
        (result(period("2021-04-01", "spring", target="1")), "/data/targets/0/due/0"),
        (result(period("2021-04-01", "spring", actual="1")), "/data/date"),
        (result(period("spring", "2022-03-31", actual="1")), "/data/fiscal_year"),
        ("<activity-date type='2' iso-date='long ago'/>", "/data/date"),
        ("<activity-date type='3' iso-date='one day'/>", "/data/end_year"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_where_it_is_wrong(body: str, pointer: str) -> None:
    """One event, one refusal, with the pointer to the offending value; the rest goes through."""
    good = transaction("3", "5", "2021-05-01")

    assert [pointer] == _refused_at(activities(body + good))


def test_another_currency_is_said_for_intake_to_refuse() -> None:
    """The contract knows no jurisdiction, so it takes the event; intake's admission does not."""
    spent = "<transaction><transaction-type code='3'/><transaction-date iso-date='2021-05-01'/>"
    raw = activities(
        budget("100")
        + budget("90", kind="2", currency="EUR")
        + planned("1", "2021-04-01", "2021-06-30").replace("<value ", "<value currency='USD' ")
        + f"{spent}<value currency='CNY'>1</value></transaction>"
    )
    currencies = [event["data"].get("currency") for event in mapped(raw)[3:]]

    assert ["GBP", "EUR", "USD", "CNY"] == currencies
    # The foreign revision leaves what stands as it is.
    assert "100.00" == mapped(raw)[3]["data"]["amount"]


def test_a_bad_row_does_not_spoil_the_plan_of_the_others() -> None:
    """It travels alone; the readable quarters are one plan."""
    raw = activities(
        planned("1", "2021-04-01", "2021-06-30") + planned("x", "2021-07-01", "2021-09-30")
    )

    assert ["/data/periods/0/amount"] == _refused_at(raw)
    assert [1, 1] == [len(event["data"]["periods"]) for event in mapped(raw)[3:]]


def test_an_activity_without_identifier_is_refused_by_its_subject() -> None:
    """There is no project to put its facts to."""
    raw = activities(transaction("3", "1")).replace(b" A1 ", b"")

    assert ["/subject", "/subject"] == _refused_at(raw)


BOMB = """<!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]>"""
FOREIGN = '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
BODY = "<iati-activities version='2.03'>{}</iati-activities>"


@pytest.mark.parametrize("prolog", [BOMB, FOREIGN, REMOTE, "<!-- <a> -->" + BOMB, "<!DOCTYPE x>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_definition_is_refused(prolog: str, encoding: str) -> None:
    """Entity bombs, foreign files and foreign addresses all need one."""
    text = prolog + BODY.format("&lol3;&file;" if "ENTITY" in prolog else "")

    with pytest.raises(UnreadableFileError):
        list(map_iati(text.encode(encoding), GB))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not xml",
        b"<iati-activities",
        b"<iati-activities>\xff</iati-activities>",
        b"<html/>",
        b"<iati-activities/>",
        b"<iati-activities>&undefined;</iati-activities>",
        b"<iati-activities>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</iati-activities>",
        b"<iati-activities>" + b" " * FILE_BYTES_MAX + b"</iati-activities>",
    ],
    ids=[
        "empty",
        "prose",
        "cut",
        "no-utf-8",
        "another-root",
        "no-activity",
        "undefined-entity",
        "too-deep",
        "too-large",
    ],
)
def test_a_file_that_is_no_iati_activity_file_is_refused_as_a_whole(raw: bytes) -> None:
    """Before the first event: nothing of it is half imported."""
    with pytest.raises(UnreadableFileError):
        next(map_iati(raw, GB))


def test_words_that_look_like_a_doctype_are_words() -> None:
    """Only the prolog can hold one."""
    raw = activities("<description><![CDATA[<!DOCTYPE html> & more]]></description>")

    assert "<!DOCTYPE html> & more" == mapped(raw)[2]["data"]["goal"]


def test_a_file_that_names_no_organisation_or_currency_asks_for_them() -> None:
    """Nothing is guessed."""
    raw = b"<iati-activities><iati-activity/></iati-activities>"

    with pytest.raises(UnreadableFileError, match="organisation"):
        list(map_iati(raw, ImportOptions(currency="GBP")))
    with pytest.raises(UnreadableFileError, match="currency"):
        list(map_iati(raw, ImportOptions("GB")))
