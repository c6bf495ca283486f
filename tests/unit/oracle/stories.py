"""Stories of one project, drawn by a seed: money on three lines, moved about by corrections.

Every fact is of a day of its own, so that which of several of one day is named is no question;
but in crowded stories, of few days, which tell of plans, quotas and results as well.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - seeded
from typing import Any, Final

CITY: Final = "990300"
PROJECT: Final = f"{CITY}/P1"
YEAR: Final = 2026
FACTS: Final = (8, 30)
"""At least and at most so many facts a story has behind its beginning."""
LINES: Final = ("L1", "L2", "L3")
UNITS: Final = ("U1", "U2")
ACCOUNTS: Final = ("general_public", "government_funds")
CHANNELS: Final = ("allocation", "treasury_payment", "own_funds")
FUNCTIONS: Final = ("2010101", "2010102", "2060101")
ECONOMIC: Final = ("50201", "50301", "50102")
FUNDS: Final = ("111", "121")
FIRMS: Final = ("甲公司", "乙公司")
CONTRACTS: Final = ("C1", "C2")
OF_NO_YEAR: Final = frozenset(
    {"jurisdiction.registered", "project.registered", "project_state.changed"}
)
CORRECTED: Final = 0.2
"""Share of corrections among the facts."""
CROWDED_DAYS: Final = 12
"""Days of a crowded story."""


@dataclass
class Story:
    """A story as it grows, and the chance that tells it."""

    chance: Random
    lines: list[dict[str, Any]] = field(default_factory=list)
    """Lines of its log."""
    days: list[dt.date] = field(default_factory=list)
    """Days that no fact has yet."""
    papers: list[str] = field(default_factory=list)
    """Numbers of the vouchers of its payments."""
    facts: int = 0
    unit: int = 1
    """What amounts are a multiple of, in yuan."""
    crowded: bool = False
    """Whether facts share their days."""
    apart: list[dt.date] = field(default_factory=list)
    """Days of a crowded story that are shared by none."""

    def tell(self, kind: str, data: Mapping[str, Any], subject: str = PROJECT) -> None:
        """Add a fact, on a day of its own unless that is given."""
        of_year = {"fiscal_year": YEAR} if kind not in OF_NO_YEAR else {}
        number = len(self.lines)
        event = {
            "specversion": "1.0",
            "id": f"e-{number}",
            "source": "urn:dualwatch:publisher:stories",
            "type": f"dualwatch.{kind}.v1",
            "subject": subject,
            "time": "2026-01-01T00:00:00+08:00",
            "datacontenttype": "application/json",
            "data": {"date": self.day(), **of_year, **data},
        }
        self.lines.append(event)
        self.facts += subject == PROJECT

    def day(self) -> str:
        """Give a day that no fact has yet; of a crowded story any."""
        if self.crowded:
            return self.chance.choice(self.days).isoformat()
        return self.days.pop().isoformat()

    def amount(self, least: int = 1, most: int = 50) -> str:
        """Give an amount."""
        return f"{self.chance.randint(least, most) * self.unit}.00"

    def maybe(self, share: float, **data: Any) -> dict[str, Any]:
        """Give something in a share of all cases, else nothing."""
        return data if self.chance.random() < share else {}

    def line(self) -> dict[str, Any]:
        """Name a line, or now and then none."""
        return self.maybe(0.88, line=self.chance.choice(LINES))

    def classes(self) -> dict[str, str]:
        """Give some class codes."""
        return {
            **self.maybe(0.7, function=self.chance.choice(FUNCTIONS)),
            **self.maybe(0.5, government_economic=self.chance.choice(ECONOMIC)),
            **self.maybe(0.2, fund_type=self.chance.choice(FUNDS)),
        }

    def owned(self) -> dict[str, Any]:
        """Say whose a line is."""
        choose = self.chance.choice
        return {
            "line": choose(LINES),
            "account": choose(ACCOUNTS),
            "unit": choose(UNITS),
            "channel": choose(CHANNELS[:2]),
            "classification": self.classes(),
        }


def _approve(story: Story) -> None:
    story.tell(
        "budget.approved",
        {
            **story.owned(),
            "amount": story.amount(0, 100),
            **story.maybe(0.4, allocation_is_expenditure=True),
            **story.maybe(0.2, undistributed=True),
            **story.maybe(0.2, origin="carryover"),
        },
    )


def _carry_over(story: Story) -> None:
    carried = {"from_year": YEAR - story.chance.choice((1, 2)), "amount": story.amount(0, 60)}
    story.tell("carryover.registered", story.owned() | carried)


def _adjust(story: Story) -> None:
    kind = story.chance.choice(("supplement", "cut", "virement", "passed_down"))
    flow = {"direction": story.chance.choice(("in", "out")), "batch_number": "B1"}
    changed = {"line": story.chance.choice(LINES), "amount": story.amount()}
    story.tell(
        "budget.adjusted",
        changed | {"adjustment_kind": kind} | (flow if kind == "virement" else {}),
    )


def _commit(story: Story) -> None:
    parts = [story.chance.randint(1, 20) * story.unit for _ in range(2)]
    due = [f"{YEAR}-{month:02d}-15" for month in sorted(story.chance.sample(range(1, 13), 2))]
    schedule = [{"due": day, "amount": f"{part}.00"} for day, part in zip(due, parts, strict=True)]
    story.tell(
        "commitment.recorded",
        {
            **story.line(),
            "amount": f"{sum(parts)}.00",
            **story.maybe(0.7, contract=story.chance.choice(CONTRACTS)),
            **story.maybe(0.6, schedule=schedule),
            **story.maybe(0.5, supplier={"name": story.chance.choice(FIRMS)}),
        },
    )


def _pay(story: Story) -> None:
    number = f"V-{story.facts}"
    story.papers.append(number)
    story.tell(
        "expenditure.recorded",
        {
            **story.line(),
            "amount": story.amount(),
            "channel": story.chance.choice(CHANNELS),
            "document": {"kind": "payment_certificate", "number": number},
            **story.maybe(0.7, classification=story.classes()),
            **story.maybe(0.4, account=story.chance.choice(ACCOUNTS)),
            **story.maybe(0.3, contract=story.chance.choice(CONTRACTS)),
            **story.maybe(0.6, payee={"name": story.chance.choice(FIRMS)}),
        },
    )


def _return(story: Story) -> None:
    number = story.chance.choice(story.papers or ["V-0"])
    story.tell(
        "expenditure.reversed",
        {
            **story.line(),
            "amount": story.amount(1, 20),
            "channel": story.chance.choice(CHANNELS[:2]),
            **story.maybe(0.6, original={"kind": "payment_certificate", "number": number}),
            **story.maybe(0.1, prior_year=True),
        },
    )


def _disburse(story: Story) -> None:
    given = {"amount": story.amount(), "channel": "allocation", **story.line()}
    story.tell("funds.disbursed", given | story.maybe(0.15, returned=True))


def _stop(story: Story) -> None:
    change = story.chance.choice(("suspended", "resumed", "completed", "terminated", "started"))
    story.tell("project_state.changed", {"change": change})


def _give_quota(story: Story) -> None:
    channel = story.chance.choice(("treasury_payment", "treasury_payment", "own_funds"))
    given = {"amount": story.amount(), "channel": channel, **story.line()}
    story.tell(story.chance.choice(("funds.disbursed", "funds.disbursed", "funds.returned")), given)


def _pay_by_treasury(story: Story) -> None:
    paid = {"amount": story.amount(), "channel": "treasury_payment", **story.line()}
    story.tell("expenditure.recorded", paid | {"pay_type": story.chance.choice(("1", "2", "2"))})


def _plan(story: Story) -> None:
    starts = ["01-01", "03-01", "07-01", "10-01"]
    ends = ["02-28", "06-30", "09-30", "12-31"]
    first = story.chance.choice((0, 0, 0, 1, 2))
    periods = [
        {"start": f"{YEAR}-{start}", "end": f"{YEAR}-{end}", "amount": story.amount(0, 40)}
        for start, end in list(zip(starts, ends, strict=True))[first:]
    ]
    of_line = story.maybe(0.6, line=story.chance.choice(LINES))
    name = story.chance.choice(("PL1", "PL2", "PL3"))
    story.tell("spending_plan.approved", {"plan": name, "periods": periods, **of_line})


def _approve_for_a_period(story: Story) -> None:
    year = story.chance.choice((YEAR, YEAR + 1, YEAR + 1))
    period = {"start": f"{YEAR}-02-01", "end": f"{year}-10-31"}
    approved = story.owned() | {"amount": story.amount(), "period": period}
    # Whether one that is not counted may be the day's last word on a budget is not said.
    alone = {} if year == YEAR else {"date": story.apart.pop().isoformat()}
    story.tell("budget.approved", approved | alone)


def _commit_anew(story: Story) -> None:
    """Sign or release, often without a line, what falls due in the years around as well."""
    amount = story.amount()
    due = f"{YEAR + story.chance.choice((-1, 0, 0, 1))}-{story.chance.randint(1, 12):02d}-15"
    story.tell(
        "commitment.recorded",
        {
            "amount": amount,
            **story.maybe(0.5, line=story.chance.choice(LINES)),
            **story.maybe(0.4, released=True),
            **story.maybe(0.7, contract=story.chance.choice(CONTRACTS)),
            **story.maybe(0.7, schedule=[{"due": due, "amount": amount}]),
        },
    )


def _recover(story: Story) -> None:
    recovered = {"amount": story.amount(), "line": story.chance.choice(LINES)}
    story.tell("balance.recovered", recovered)


def _report(story: Story) -> None:
    value = str(story.chance.randint(1, 110))
    story.tell("target_progress.reported", {"indicator": "K1", "value": value, "value_text": value})


def _correct(story: Story, entry: int) -> None:
    changed = {
        **story.maybe(0.7, line=story.chance.choice(LINES)),
        **story.maybe(0.3, unit=story.chance.choice(UNITS)),
        **story.maybe(0.3, account=story.chance.choice(ACCOUNTS)),
        **story.maybe(0.3, classification=story.classes()),
    }
    told = changed or {"line": story.chance.choice(LINES)}
    story.tell("fact.corrected", {"entry": entry, "reason": "更正", **told})


KINDS: Final[Mapping[Callable[[Story], None], int]] = {
    _approve: 4,
    _carry_over: 2,
    _adjust: 3,
    _commit: 3,
    _pay: 8,
    _return: 3,
    _disburse: 4,
    _stop: 1,
}
"""What is told, and how often beside the others."""
CROWDED_KINDS: Final[Mapping[Callable[[Story], None], int]] = {
    **KINDS,
    _give_quota: 4,
    _pay_by_treasury: 4,
    _plan: 3,
    _approve_for_a_period: 1,
    _commit_anew: 3,
    _recover: 2,
    _report: 1,
}
"""The same of crowded stories."""


def story(seed: int, *, crowded: bool = False) -> Iterator[dict[str, Any]]:
    """Give the lines of the log of a story."""
    chance = Random(seed)
    first = dt.date(YEAR, 1, 1)
    days = [first + dt.timedelta(days=number) for number in range(1, 365)]
    chance.shuffle(days)
    told = Story(chance, days=days, unit=chance.choice((1, 1, 10_000)), crowded=crowded)
    kinds, beside = (
        (CROWDED_KINDS, {"control_mode": "allotment_and_plan"}) if crowded else (KINDS, {})
    )
    if crowded:
        # The year's last month as well, which may be a rush.
        last = dt.date(YEAR, 12, 20)
        told.days = [*days[:CROWDED_DAYS], last]
        told.apart = [day for day in days[CROWDED_DAYS:] if day != last]
    told.tell(
        "jurisdiction.registered", {"date": f"{first}", "name": CITY, "clock": "manual"}, CITY
    )
    known = {"name": "甲", "lead_unit": "U1", "department": "D1", **beside}
    told.tell("project.registered", {"date": f"{first}", "project_class": "procurement", **known})
    if crowded:
        said = {"behaviour": "progress", "target_text": "≥100", "target": "100"}
        targets = [{"indicator": "K1", "name": "指标", **said}]
        told.tell("targets.approved", {"date": f"{first}", "targets": targets})
    entry = 1
    for _ in range(chance.randint(*FACTS)):
        if chance.random() >= CORRECTED:
            chance.choices(tuple(kinds), tuple(kinds.values()))[0](told)
            continue
        # Often the same one again, so that corrections go on from each other.
        if chance.random() < 0.6:
            entry = chance.randint(1, told.facts)
        _correct(told, entry)
    yield from told.lines
