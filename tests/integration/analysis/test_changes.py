"""What changes, pulled and streamed: nothing is missed, nobody sees another's."""

import asyncio
import json
from typing import Any

import pytest

from services.chassis import identity_leave
from tests.integration.analysis.cities import TODAY, city
from tests.integration.analysis.running import Analysis, Ledger
from tests.support import builders
from tests.support.eventually import eventually_async

pytestmark = pytest.mark.integration

J = "C1"
PULLED = {"accept": "application/json"}


async def pull(analysis: Analysis, **params: Any) -> Any:
    """Ask for a page of what changed."""
    answer = await analysis.client.get(
        "/v1/changes", params={"jurisdiction": J, **params}, headers=PULLED
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def everything(analysis: Analysis, cursor: str | None = None) -> tuple[list[Any], str]:
    """Pull until there is no more."""
    found: list[Any] = []
    asked: dict[str, Any] = {"limit": 4} | ({} if cursor is None else {"cursor": cursor})
    for _ in range(100):
        page = await pull(analysis, **asked)
        found += page["items"]
        asked["cursor"] = page["cursor"]
        if not page["more"]:
            return found, page["cursor"]
    raise AssertionError(cursor)


async def test_what_changes_comes_once_in_its_latest_state(
    analysis: Analysis, ledger: Ledger
) -> None:
    """From the beginning, behind a cursor, waited for, and streamed until the service stops."""
    await analysis.passed(await ledger.enter(*city(J), builders.day_opened(TODAY, J)))
    first, cursor = await everything(analysis)
    plain = (await analysis.get("/v1/projects", jurisdiction=J))["items"]

    with_facts = {row["project_id"]: row["spent"] for row in plain if row["indicators"]}
    assert with_facts == {row["project_id"]: row["spent"] for row in first}
    assert len(first) == len(with_facts)
    assert [] == (await everything(analysis, cursor))[0]

    waiting = asyncio.create_task(pull(analysis, cursor=cursor, wait=60))
    await analysis.passed(await ledger.enter(builders.expenditure(f"{J}/P1", "1.00")))
    (changed,) = (await waiting)["items"]
    assert f"{J}/P1" == changed["project_id"]

    async with analysis.of_unit(J, "U3") as reader:
        seen, _ = await everything(reader)
        assert {f"{J}/P{number}" for number in (2, 5, 8)} == {row["project_id"] for row in seen}
        assert [] == (await everything(reader, cursor))[0]


async def test_a_cursor_that_was_never_given_is_refused(analysis: Analysis) -> None:
    """Of another deployment, or of the future."""
    for cursor in ("1", "a", "9-9-9-9-9", "-".join(["99999999999"] * 4)):
        assert (422, "invalid_cut") == await analysis.problem("/v1/changes", cursor=cursor)


async def test_a_stream_goes_on_behind_the_last_event_and_ends_with_the_service(
    analysis: Analysis, ledger: Ledger
) -> None:
    """As a browser reads it; the last event says that it is the end."""
    assert analysis.service is not None
    _, cursor = await everything(analysis)
    stopping = analysis.service.stopping
    asked = analysis.client.get(
        "/v1/changes", params={"jurisdiction": J}, headers={"last-event-id": cursor}
    )
    stream = asyncio.create_task(asked)
    await analysis.passed(await ledger.enter(builders.expenditure(f"{J}/P2", "2.00")))
    await eventually_async(lambda: _has_changed(analysis, cursor))
    # The stream looks again within a quarter of a second.
    await pull(analysis, cursor="now", wait=1)
    stopping.set()
    try:
        answer = await stream
    finally:
        stopping.clear()
    events = [part for part in answer.text.split("\n\n") if part]

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "retry: 2000" == events[0]
    assert "event: end\ndata: {}" == events[-1]
    rows = [part.splitlines() for part in events if "project_year" in part]
    last = json.loads(rows[-1][-1].removeprefix("data: "))
    assert f"{J}/P2" == last["project_id"]
    assert rows[-1][0].startswith("id: ")


async def test_a_stream_ends_with_the_key(
    analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so does a question that waits: nothing goes on being read by whoever may not."""
    monkeypatch.setattr(identity_leave, "TRUST_SECONDS", 0.0)
    asked = {"jurisdiction": J, "cursor": "now"}
    async with analysis.of_unit(J, "U3") as reader:
        stream = asyncio.create_task(reader.client.get("/v1/changes", params=asked))
        waiting = asyncio.create_task(
            reader.client.get("/v1/changes", params={**asked, "wait": 60}, headers=PULLED)
        )
        # Both are let in and read for the first time before this comes back.
        await pull(analysis, cursor="now", wait=1)
    answers = [await stream, await waiting]

    assert [200, 401] == [answer.status_code for answer in answers]
    assert answers[0].text.endswith('event: end\ndata: {"reason":"not_let_in"}\n\n')


async def _has_changed(analysis: Analysis, cursor: str) -> bool:
    found, _ = await everything(analysis, cursor)
    assert found
    return True
