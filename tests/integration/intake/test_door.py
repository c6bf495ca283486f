import itertools

import pytest

from tests.integration.intake.running import Intake
from tests.support.hostile import event, organisation, registered

pytestmark = pytest.mark.integration

_numbers = itertools.count(1)


def new_jurisdiction() -> str:
    return f"J{next(_numbers)}"


async def test_a_batch_is_accepted_and_counted(intake: Intake) -> None:
    code = new_jurisdiction()

    answer = await intake.send(
        registered(code), organisation(code), event(f"{code}-1", f"{code}/P1")
    )

    assert {"sent": 3, "accepted": 3, "duplicate": 0, "quarantined": 0, "pending": 0} == answer[
        "counts"
    ]
