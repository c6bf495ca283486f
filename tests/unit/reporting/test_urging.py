"""Urging 催办: whoever is urged is told when all is in, reminded before or not."""

import datetime as dt
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest

from contracts.vocabulary import Dueness, PaperKind
from services.chassis.identity import Principal
from services.chassis.problems import ProblemError
from services.reporting.api.boards import OWING_MAX, URGED_MAX, BoardDesk, UrgeForm
from services.reporting.domain import Names
from services.reporting.domain.campaign import CampaignState
from services.reporting.domain.reminding import Owing, Reminded, to_tell
from services.reporting.store.boards import URGED_LAST, Urged, UrgedLast
from services.reporting.store.commanding import WRITES_MAX, Plan
from services.reporting.store.reminding import REMINDED
from tests.support.looped import looped
from tests.unit.reporting.test_campaign import campaign

DAY: Final = dt.date(2026, 7, 1)
OPEN: Final = campaign(state=CampaignState.OPEN)
OWING: Final = tuple(Owing(code, PaperKind.FORM, 2, 3) for code in ("A", "B", "C"))


class World:
    """Stores in memory: B was reminded, and all of it was in once; C was urged today."""

    def __init__(
        self,
        last: tuple[UrgedLast, ...] = (),
        hidden: tuple[str, ...] = (),
        debts: tuple[Owing, ...] = OWING,
    ) -> None:
        """Know for what organisations were urged last, which campaigns are hidden, who owes."""
        self.last = last
        self.hidden = hidden
        self.debts = debts

    @property
    def campaigns(self) -> Any:
        """The store of the desk of campaigns."""
        return self

    async def visible(self, *_: Any) -> Any:
        """Find the campaign."""
        return OPEN

    async def campaign(self, key: str) -> Any:
        """Find any campaign."""
        return replace(OPEN, id=key.partition("/")[2])

    async def sees(self, _: Any, found: Any) -> bool:
        """Tell whether it is there for the caller."""
        return found.key not in self.hidden

    async def names(self, *_: Any) -> Names:
        """Tell the organisations' names."""
        return Names({"A": "甲单位"})

    async def today(self, _: str) -> dt.date:
        """Tell the day."""
        return DAY

    async def owing(self, *_: Any, **__: Any) -> list[Owing]:
        """Tell what is missing."""
        return list(self.debts)

    async def urged(self, *_: Any) -> list[Urged]:
        """Tell who was urged."""
        return [Urged("C", PaperKind.FORM, DAY, 1, 1)]

    async def urged_last(self, *_: Any) -> dict[str, UrgedLast]:
        """Tell who was urged last, in whatever campaign."""
        return {one.organisation: one for one in self.last}

    async def reminded(self, *_: Any) -> dict[str, Reminded]:
        """Tell who was reminded."""
        return {"B": Reminded(Dueness.DONE, OPEN.dues.unit, 4)}


def urge(world: World, **order: Any) -> Plan:
    """Press the button once, for forms."""
    stores: Any = world
    asking: Any = SimpleNamespace(spec=Principal, id="bureau", narrow=False)
    desk = BoardDesk(stores, stores, stores, stores, "0.1")
    form = UrgeForm(kind=PaperKind.FORM, **order)
    return looped(desk.urge(asking, OPEN.key, form))


def test_who_is_urged_is_remembered_as_reminded() -> None:
    """An urging alone raises an alert; without this nothing would ever clear it."""
    plan = urge(World())
    kept = {
        write.document["organisation"]: (write.document["dueness"], write.version)
        for write in plan.writes
        if write.collection == REMINDED
    }

    assert kept == {"A": ("coming", None), "B": ("coming", 4)}
    assert len(plan.told) == 2
    before = Reminded(Dueness.COMING, OPEN.dues.unit, 1)
    handed_in = replace(OWING[0], missing=0)
    assert to_tell(handed_in, before, OPEN.dues.unit, marked=False, ended=False)


def test_one_recipient_is_urged_once_a_day_over_all_campaigns() -> None:
    """Of two campaigns, and of both kinds of papers; the answer says who, why and for what.

    Yesterday's urging in another campaign does not count (domain-rules 23).
    """
    yesterday = DAY - dt.timedelta(days=1)
    last = (
        UrgedLast("A", "340700/other", PaperKind.REPORT, DAY, 3),
        UrgedLast("B", "340700/other", PaperKind.FORM, yesterday, 5),
    )
    plan = urge(World(last), organisations=("A", "B", "C", "D"))
    told = json.loads(plan.answer.body)
    kept = {
        write.document["organisation"]: (write.document["campaign"], write.version)
        for write in plan.writes
        if write.collection == URGED_LAST
    }

    assert [one["organisation"] for one in told["urged"]] == ["B"]
    assert told["not_urged"] == [
        {
            "organisation": "A",
            "organisation_name": "甲单位",
            "reason": "urged_today",
            "urged_for": {"campaign": "340700/other", "kind": "report"},
        },
        {
            "organisation": "C",
            "organisation_name": None,
            "reason": "urged_today",
            "urged_for": {"campaign": OPEN.key, "kind": "form"},
        },
        {
            "organisation": "D",
            "organisation_name": None,
            "reason": "nothing_missing",
            "urged_for": None,
        },
    ]
    # Compared-and-set on one document a recipient: two campaigns at once urge it once.
    assert kept == {"B": (OPEN.key, 5)}


def test_a_campaign_that_the_caller_does_not_see_is_not_named() -> None:
    """Who was urged in it was urged, but it has no name for him."""
    last = (UrgedLast("A", "340700/hidden", PaperKind.FORM, DAY, 1),)
    plan = urge(World(last, hidden=("340700/hidden",)), organisations=("A",))

    (left, *_) = json.loads(plan.answer.body)["not_urged"]
    assert left["urged_for"] == {"campaign": None, "kind": "form"}


def test_no_more_are_urged_or_named_than_one_answer_holds() -> None:
    """Two thousand at once; of ten thousand that owe each is named, urged or not and why."""

    def owing(many: int) -> tuple[Owing, ...]:
        return tuple([Owing(f"U-{n:05}", PaperKind.FORM, 1, 1) for n in range(many)])

    all_but = tuple(
        [
            UrgedLast(one.organisation, "340700/other", PaperKind.FORM, DAY, 1)
            for one in owing(OWING_MAX)[URGED_MAX:]
        ]
    )
    plan = urge(World(all_but, debts=owing(OWING_MAX)))
    told = json.loads(plan.answer.body)

    assert len(told["urged"]) == len(plan.told) == URGED_MAX
    assert len(plan.writes) == 3 * URGED_MAX <= WRITES_MAX
    assert {one["organisation"] for one in told["not_urged"]} >= {
        one.organisation for one in all_but
    }
    for world in (World(debts=owing(URGED_MAX + 1)), World(all_but, debts=owing(OWING_MAX + 1))):
        with pytest.raises(ProblemError) as refused:
            urge(world)
        assert refused.value.problem.code == "too_many"
