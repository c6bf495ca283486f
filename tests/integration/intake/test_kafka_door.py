import pytest

from contracts.topics import partition_of
from tests.integration.intake.running import PARTITIONS, Intake, new_code
from tests.support.eventually import eventually_async
from tests.support.hostile import event, organisation, registered, wire

pytestmark = pytest.mark.integration


async def test_a_file_put_on_one_partition_works_in_its_order(intake: Intake) -> None:
    """Facts are held back until the jurisdiction is everywhere."""
    code = new_code()
    projects = [f"{code}/P{number}" for number in range(12)]
    file = [registered(code), organisation(code)]
    file += [event(f"{code}-{subject}", subject) for subject in projects]
    await intake.published("publish.demo", *((b"one key", wire(line)) for line in file))

    async def all_entered() -> bool:
        return all([await _entries(intake, subject) for subject in projects])

    await eventually_async(all_entered)
    assert {partition_of(subject, PARTITIONS) for subject in projects} == set(range(PARTITIONS))


async def test_what_came_over_http_is_a_duplicate_here(intake: Intake) -> None:
    """The doors share one ledger."""
    code = new_code()
    subject = f"{code}/P1"
    await intake.send(registered(code), event(f"{code}-1", subject))
    await intake.published(
        "publish.demo",
        (b"k", wire(event(f"{code}-1", subject))),
        (b"k", wire(event(f"{code}-2", subject))),
    )

    async def second() -> bool:
        return len(await _entries(intake, subject)) == 2

    await eventually_async(second)
    ids = [entry["event"]["id"] for entry in await intake.entries(subject)]
    assert [f"{code}-1", f"{code}-2"] == ids


async def _entries(intake: Intake, stream: str) -> list[dict]:
    answer = await intake.client.get(f"/v1/ledger/{stream.replace('/', '%2F')}")
    assert answer.status_code in {200, 404}
    return answer.json().get("items", [])
