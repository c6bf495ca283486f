"""Commands at the edge: refusals have words, bodies are read strictly, evidence is asked for."""

import json
from typing import Any

import httpx
import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.requests import Request

from contracts.events.evidence import Evidence
from contracts.vocabulary import PrincipalKind, Role
from services.alerts.api.alerts import Listing
from services.alerts.api.commands import STEPS
from services.alerts.api.evidence import Cabinet
from services.alerts.api.refusals import WORDS
from services.alerts.api.suppressions import SuppressionForm
from services.alerts.domain.commands import COMMANDED, Refusal
from services.alerts.domain.listing import Filters
from services.alerts.domain.work import DETAIL_OF
from services.alerts.store.reading import filter_query, task_queries
from services.chassis.answers import key_of, mark_of
from services.chassis.evidence import LISTED_MAX
from services.chassis.identity import Permission, Principal
from services.chassis.problems import ProblemError
from services.chassis.requests import (
    KEY_LENGTH_MAX,
    described,
    expected_version,
    idempotency_key,
    parsed,
)

FILE = Evidence(sha256="a" * 64, name="a.pdf", media_type="application/pdf", bytes=9)
ITEM = FILE.model_dump()
KEY = b"Bearer dw_somebody"


def test_every_refusal_has_words_in_both_languages() -> None:
    """Title, detail and hint; statuses that say whether another try could help."""
    assert set(Refusal) == set(WORDS)
    for code, words in WORDS.items():
        assert words.status in {409, 422}, code
        document = words.problem(code.value).document()
        for name in ("title", "detail", "hint"):
            assert document[name], (code, name)
            assert not document[f"{name}_zh"].isascii(), (code, name)


def test_every_step_that_people_may_command_has_an_address() -> None:
    """And the form of what it tells; those of Art. 15 ask for another permission."""
    assert set(COMMANDED) == {step.kind for step in STEPS.values()}
    for step in STEPS.values():
        assert set(step.form.model_fields) == set(DETAIL_OF[step.kind].model_fields), step.name
        assert "$ref" not in json.dumps(described(step.form))
    reviewing = {name for name, step in STEPS.items() if step.permission is Permission.REVIEW}
    assert {"urge", "review", "close"} == reviewing


def request(**headers: str) -> Request:
    """Make a request with headers."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw})


@pytest.mark.parametrize("given", ["k", '"k"', " k "])
def test_keys_are_read_quoted_or_plain(given: str) -> None:
    """RFC 8941 strings stand for what they hold."""
    assert "k" == idempotency_key(request(idempotency_key=given))


@pytest.mark.parametrize("given", ["", '""', "a b", "a\tb", "x" * (KEY_LENGTH_MAX + 1)])
def test_keys_that_cannot_be_used_are_refused(given: str) -> None:
    """One key, visible, bounded."""
    with pytest.raises(ProblemError) as caught:
        idempotency_key(request(idempotency_key=given))

    assert (400, "invalid_idempotency_key") == (
        caught.value.problem.status,
        caught.value.problem.code,
    )


@pytest.mark.parametrize(("given", "version"), [('"7"', 7), ("7", 7), ("*", None)])
def test_versions_are_read_as_etags(given: str, version: int | None) -> None:
    """Any version will do for a star, or without one."""
    assert version == expected_version(request(if_match=given))
    assert expected_version(request()) is None


@pytest.mark.parametrize("given", ['"0"', 'W/"7"', "-1", "1e3", "9" * 20, "７"])
def test_what_is_no_version_is_refused(given: str) -> None:
    """Rather than taken for any version."""
    with pytest.raises(ProblemError):
        expected_version(request(if_match=given))


@pytest.mark.parametrize(
    ("step", "body", "where"),
    [
        ("comment", b"[]", ()),
        ("comment", b"{", ()),
        ("comment", b'{"note": "\\ud800"}', ()),
        ("assign", b"{}", ("assignee",)),
        ("assign", b'{"assignee": " li"}', ("assignee",)),
        ("explain", b'{"reason": "other", "objective": 1, "text": "t"}', ("objective",)),
        ("plan", b'{"measure": "1", "text": "t", "owner": "u", "due": "1799-01-01"}', ("due",)),
        ("review", b'{"outcome": "ACCEPTED"}', ("outcome",)),
        ("close", b'{"ground": "corrected", "note": "n", "$where": "1"}', ("$where",)),
    ],
)
def test_bodies_are_read_strictly(step: str, body: bytes, where: tuple[str, ...]) -> None:
    """The place of the fault is told."""
    with pytest.raises(RequestValidationError) as caught:
        parsed(STEPS[step].form, body)

    assert ("body", *where) == caught.value.errors()[0]["loc"]


def test_no_body_is_an_empty_one() -> None:
    """Where nothing has to be said."""
    assert "" == getattr(parsed(STEPS["acknowledge"].form, b""), "note", None)


def test_keys_and_marks_keep_their_words_apart() -> None:
    """Neither of another principal nor of another request."""
    assert 3 == len({key_of("a", "bc"), key_of("ab", "c"), key_of("a", "b", "c")})
    assert 2 == len({mark_of(b"a", b"bc"), mark_of(b"ab", b"c")})


def cabinet(*answers: httpx.Response | Exception) -> tuple[Cabinet, list[httpx.Request]]:
    """Make a client of an intake that gives these answers in turn."""
    asked: list[httpx.Request] = []

    def handler(question: httpx.Request) -> httpx.Response:
        answer = answers[len(asked)]
        asked.append(question)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Cabinet("http://intake", 1.0, httpx.MockTransport(handler)), asked


def listed(*items: dict[str, Any]) -> httpx.Response:
    """Answer with a project's files."""
    return httpx.Response(200, json={"items": list(items)})


async def code_of(answer: httpx.Response | Exception, *more: httpx.Response) -> str:
    """Check a file and give the refusal's code."""
    asked, _ = cabinet(answer, *more)
    with pytest.raises(ProblemError) as caught:
        await asked.check(KEY, "J/P-1", [FILE])
    return caught.value.problem.code


async def test_evidence_is_asked_for_in_the_callers_name() -> None:
    """Once for all files of a command; not at all where there are none."""
    asked, questions = cabinet(listed(ITEM))
    await asked.check(KEY, "J/P-1", [FILE, FILE])
    await asked.check(KEY, "J/P-1", [])
    await asked.close()

    assert 1 == len(questions)
    assert ("J/P-1", KEY.decode()) == (
        questions[0].url.params["subject"],
        questions[0].headers["authorization"],
    )


async def test_evidence_that_is_not_there_is_refused() -> None:
    """Nor another file's size or type, nor a project the caller may not see."""
    assert "unknown_evidence" == await code_of(listed())
    assert "unknown_evidence" == await code_of(listed({**ITEM, "bytes": 8}))
    assert "unknown_evidence" == await code_of(listed({**ITEM, "media_type": "image/png"}))
    assert "unknown_evidence" == await code_of(httpx.Response(404, json={}))


async def test_an_intake_that_does_not_answer_is_told() -> None:
    """And what it should not have said is no evidence either."""
    assert "intake_unreachable" == await code_of(httpx.ConnectError("refused"))
    assert "intake_unreachable" == await code_of(httpx.ReadTimeout("slow"))
    assert "intake_unreachable" == await code_of(httpx.Response(503, json={}))
    assert "intake_unreachable" == await code_of(httpx.Response(200, text="<html>"))


async def test_a_file_beyond_the_list_is_asked_for_by_itself() -> None:
    """A project may have more files than a list holds."""
    full = listed(*({**ITEM, "sha256": f"{n:064x}"} for n in range(LISTED_MAX)))
    there = httpx.Response(
        206, headers={"content-range": "bytes 0-0/9", "content-type": "application/pdf"}
    )
    asked, questions = cabinet(full, there)
    await asked.check(KEY, "J/P-1", [FILE])

    assert "bytes=0-0" == questions[1].headers["range"]
    full = listed(*({**ITEM, "sha256": f"{n:064x}"} for n in range(LISTED_MAX)))
    assert "unknown_evidence" == await code_of(full, httpx.Response(404))


def principal(*roles: Role, narrow: bool = True) -> Principal:
    """Make somebody of unit U-1."""
    units = ("U-1",) if narrow else ()
    return Principal(
        "li", PrincipalKind.STAFF, frozenset(roles), frozenset({"J"}), units, frozenset(units)
    )


def test_tasks_are_those_of_ones_roles() -> None:
    """Who may not review is not asked to; who works at no level has nothing to explain."""
    everything = {"assigned", "to_explain", "measures_late", "to_review", "to_carry_out"}
    assert everything - {"to_review"} == set(task_queries(principal(Role.UNIT_FILLER), None))
    assert everything == set(task_queries(principal(Role.DEPARTMENT_REVIEWER), "J"))
    assert everything - {"to_explain", "measures_late"} == set(
        task_queries(principal(Role.BUREAU_LEADER), None)
    )
    assert {"assigned", "to_carry_out"} == set(task_queries(principal(Role.AUDITOR), None))


def test_a_search_holds_no_nul() -> None:
    """The store could look for none, and answered as if it were away."""
    with pytest.raises(ValidationError, match="q"):
        Filters(q="a\0b")
    assert Filters(q="道路 (一期)").q == "道路 (一期)"


def test_every_query_is_within_scope() -> None:
    """Filters never widen what somebody sees, and text is never a pattern."""
    who = principal(Role.UNIT_FILLER)
    found = json.dumps(filter_query(Filters(q=".*", jurisdiction="other"), who))

    assert '{"lead_unit": {"$in": ["U-1"]}}' in found
    assert '"\\\\.\\\\*"' in found
    for query in task_queries(who, "other").values():
        assert '{"lead_unit": {"$in": ["U-1"]}}' in json.dumps(query)


def test_a_list_takes_what_a_saved_filter_holds() -> None:
    """Page and counts are the list's own."""
    assert {"after", "limit", "counts"} == set(Listing.model_fields) - set(Filters.model_fields)


@pytest.mark.parametrize(
    ("reason", "wrong"), [("", [("reason",)]), (" \n\t", [("reason",)]), (" 洪水停工", [])]
)
def test_a_suppression_has_a_reason_in_words(reason: str, wrong: list[tuple[str]]) -> None:
    """Blanks say nothing."""
    body = {"matcher": {"rule": "over_budget"}, "reason": reason, "until": "2026-07-31"}
    places: list[tuple[int | str, ...]] = []
    try:
        SuppressionForm.model_validate(body)
    except ValidationError as error:
        places = [fault["loc"] for fault in error.errors()]

    assert wrong == places
