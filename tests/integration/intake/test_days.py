import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from contracts.topics import partition_of
from services.chassis import clock
from tests.integration.intake.running import PARTITIONS, Intake, new_code
from tests.support.eventually import eventually_async
from tests.support.hostile import event, registered

pytestmark = pytest.mark.integration


async def today(intake: Intake, code: str) -> str | None:
    items = (await intake.get("/v1/jurisdictions"))["items"]
    (found,) = [item for item in items if item["jurisdiction"] == code]
    shown: str | None = found["today"]
    return shown


async def test_missed_days_are_opened_in_order_on_every_partition(intake: Intake) -> None:
    """Accepted means that each partition has them."""
    code = new_code()
    await intake.send(registered(code))
    first = await intake.open_day(code, "2026-02-27")
    then = await intake.open_day(code, "2026-03-02")

    assert ["2026-02-27"] == first["opened"]
    assert ["2026-02-28", "2026-03-01", "2026-03-02"] == then["opened"]
    assert "2026-03-02" == await today(intake, code)
    ledger = await intake.ledger_once()
    expected = [f"day:{code}:{date}" for date in first["opened"] + then["opened"]]
    for partition in range(PARTITIONS):
        values = [value.decode() for key, value in ledger[partition].values() if key == code]
        assert expected == [
            found for value in values for found in expected if f'"id":"{found}"' in value
        ]
        assert 5 == len(values)


async def test_a_day_again_is_a_duplicate(intake: Intake) -> None:
    """And so is any day before it; nothing new is entered."""
    code = new_code()
    await intake.send(registered(code))
    await intake.open_day(code, "2026-03-02")
    entries = await intake.entries(code)
    for date in ("2026-03-02", "2026-01-01"):
        again = await intake.open_day(code, date)
        jumped = await intake.open_day(code, date, jump=True)

        assert ([], [date]) == (again["opened"], again["duplicate"])
        assert ([], [date]) == (jumped["opened"], jumped["duplicate"])
    assert entries == await intake.entries(code)


async def test_a_jump_opens_one_day_alone(intake: Intake) -> None:
    """The default for imported history."""
    code = new_code()
    await intake.send(registered(code))
    await intake.open_day(code, "2020-01-01")
    jumped = await intake.open_day(code, "2026-03-31", jump=True)

    assert ["2026-03-31"] == jumped["opened"]
    (entry,) = [e for e in await intake.entries(code) if e["sequence"] == 3]
    assert entry["event"]["data"] == {"date": "2026-03-31", "working_day": True, "jump": True}
    assert ("dualwatch:intake", code) == (entry["event"]["source"], entry["event"]["subject"])


async def test_a_day_comes_after_everything_that_was_accepted_before_it(intake: Intake) -> None:
    """On every partition, so that its sweep sees all of it."""
    code = new_code()
    await intake.send(registered(code), *(event(f"{code}-{n}", f"{code}/P{n}") for n in range(20)))
    await intake.open_day(code, "2026-03-02")
    ledger = await intake.ledger_once()

    for partition in range(PARTITIONS):
        keys = [key for key, _ in ledger[partition].values() if key.split("/")[0] == code]
        assert keys[-1] == code
        assert {code} != set(keys)


@pytest.mark.parametrize(
    ("change", "status", "code", "pointer"),
    [
        ({"jurisdiction": "nobody"}, 422, "unknown_jurisdiction", "/jurisdiction"),
        ({"date": "2036-01-01"}, 422, "too_many_days", "/date"),
        ({"date": "2026-02-30"}, 422, "invalid_parameter", "/date"),
        ({"date": 5}, 422, "invalid_parameter", "/date"),
        ({"jump": "yes"}, 422, "invalid_parameter", "/jump"),
        ({"colour": "red"}, 422, "invalid_parameter", "/colour"),
    ],
)
async def test_what_cannot_be_opened_is_a_problem(
    intake: Intake, change: dict, status: int, code: str, pointer: str
) -> None:
    """That names the field."""
    jurisdiction = new_code()
    await intake.send(registered(jurisdiction))
    await intake.open_day(jurisdiction, "2026-03-02")
    wanted = {"jurisdiction": jurisdiction, "date": "2026-03-03"} | change
    answer = await intake.client.post("/v1/days", json=wanted)

    assert (status, code, pointer) == (
        answer.status_code,
        answer.json()["code"],
        answer.json()["pointer"],
    )


async def test_a_live_clock_opens_its_day_by_itself(intake: Intake) -> None:
    """Today in its own time zone, once; by hand it is not opened."""
    code = new_code()
    zone = "Pacific/Kiritimati"
    before = clock.now()
    await intake.send(registered(code, clock="live", time_zone=zone))
    await eventually_async(lambda: today(intake, code))
    dates = {instant.astimezone(ZoneInfo(zone)).date() for instant in (before, clock.now())}

    assert dt.date.fromisoformat(str(await today(intake, code))) in dates
    answer = await intake.client.post("/v1/days", json={"jurisdiction": code, "date": "2026-03-02"})
    assert (409, "clock_is_live") == (answer.status_code, answer.json()["code"])


async def test_facts_are_entered_at_home_and_copied(intake: Intake) -> None:
    """With one sequence everywhere and a position of its own on each partition."""
    code = new_code()
    answer = await intake.send(registered(code), event(f"{code}-1", f"{code}/P1"))
    (fact, _) = answer["results"]

    assert partition_of(code, PARTITIONS) == fact["partition"]
    ledger = await intake.ledger_once()
    for partition in range(PARTITIONS):
        assert 1 == [key for key, _ in ledger[partition].values()].count(code)
