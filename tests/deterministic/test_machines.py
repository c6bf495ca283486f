"""Whatever publishers, crashes and takeovers do in whatever order: the model is kept."""

import secrets
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pymongo import MongoClient

from deploy.local.stack import Stack
from services.chassis.settings import MongoSettings
from tests.deterministic.chain import ROLES, Chain, Model, opened, payment
from tests.deterministic.invariants import Breach
from tests.deterministic.stories import PROJECTS

pytestmark = pytest.mark.integration

DAYS_MAX: Final = 20
WRITES_MAX: Final = 12
"""A crash may fall at any of so many writes of a service's work."""
services = st.sampled_from(sorted(ROLES))
amounts = st.integers(1, 90)
projects = st.sampled_from(PROJECTS)
Sent = tuple[str, str, int]
"""Id, project, amount."""


class ChainMachine(RuleBasedStateMachine):
    """Draws what happens to the chain; a dictionary says what must come of it."""

    sent = Bundle("sent")
    where: MongoSettings
    prefix: str

    def __init__(self) -> None:
        super().__init__()
        self.chain = Chain(self.where, self.prefix)
        self.model = Model()
        self.number = 0
        self.moved = False

    @initialize()
    def begin(self) -> None:
        """A jurisdiction with projects."""
        self.chain.run(self.chain.open())

    @rule(target=sent, project=projects, amount=amounts)
    def publish(self, project: str, amount: int) -> Sent:
        """A new payment."""
        return self._send(self._name(), project, amount)

    @rule(target=sent, first=amounts, second=amounts, project=projects)
    def reorder(self, first: int, second: int, project: str) -> Any:
        """Two new payments, the later one first."""
        name = self._name()
        later = self._send(self._name(), project, second)
        return multiple(later, self._send(name, project, first))

    @rule(known=sent)
    def duplicate(self, known: Sent) -> None:
        """A payment once more."""
        self.chain.submit(payment(*known))

    @rule(known=consumes(sent), more=st.integers(1, 9))
    def conflict(self, known: Sent, more: int) -> None:
        """Another payment of the same id: refused, and the first one stays."""
        event_id, project, amount = known
        self.chain.submit(payment(event_id, project, amount + more))

    @precondition(lambda self: self.model.days < DAYS_MAX)
    @rule()
    def open_day(self) -> None:
        """The next day."""
        self.model.days += 1
        self.chain.submit(opened(self.model.days))

    @rule(name=services)
    def work(self, name: str) -> None:
        """A service comes to rest."""
        self.moved = True
        self.chain.run(self.chain.work(name))

    @rule(
        target=sent,
        name=services,
        writes=st.integers(1, WRITES_MAX),
        after=st.booleans(),
        day=st.booleans(),
        project=projects,
        amount=amounts,
    )
    def crash(
        self, name: str, writes: int, project: str, amount: int, *, after: bool, day: bool
    ) -> Sent:
        """A service dies at one of the writes that a new payment, or a new day, makes it do."""
        sent = self._bring(name, project, amount, day=day)
        self.chain.run(self.chain.work(name, writes, after=after))
        return sent

    @rule(target=sent, name=services, day=st.booleans(), project=projects, amount=amounts)
    def rebalance(self, name: str, project: str, amount: int, *, day: bool) -> Sent:
        """A second process takes over and does what is to be done; the first one then does it."""
        self.chain.run(self.chain.work(name))
        sent = self._bring(name, project, amount, day=day)
        _none(self.chain.run(self.chain.take_over(name)))
        return sent

    @rule()
    def rebuild(self) -> None:
        """The ledger is folded anew, beside the live fold."""
        self.moved = True
        _none(self.chain.run(self.chain.rebuild()))

    @invariant()
    def what_always_holds(self) -> None:
        """Exactly once, gapless, nothing told before it is stored."""
        if self.moved:
            self.moved = False
            _none(self.chain.run(self.chain.always()))

    def teardown(self) -> None:
        """At rest everything is there, once, and every figure is the model's."""
        try:
            if self.chain.seen:
                _none(self.chain.run(self.chain.at_rest(self.model)))
                _none(self.chain.run(self.chain.rebuild()))
        finally:
            self.chain.run(self.chain.close())
            self.chain.runner.close()

    def _bring(self, name: str, project: str, amount: int, *, day: bool) -> Sent:
        """Bring a service something to do: those before it have done their part."""
        sent = self._send(self._name(), project, amount)
        if day and self.model.days < DAYS_MAX:
            self.open_day()
        for before in takewhile(lambda known: known != name, ROLES):
            self.chain.run(self.chain.work(before))
        self.moved = True
        return sent

    def _name(self) -> str:
        self.number += 1
        return f"p-{self.number}"

    def _send(self, name: str, project: str, amount: int) -> Sent:
        self.model.spent[name] = (project, amount)
        self.chain.submit(payment(name, project, amount))
        return name, project, amount


def _none(breaches: list[Breach]) -> None:
    assert [] == [str(breach) for breach in breaches]


@pytest.fixture
def machine(shared_stack: Stack, steady_clock: None) -> Iterator[type[ChainMachine]]:
    """A machine with databases of its own, dropped at the end."""
    del steady_clock
    where = MongoSettings(url=shared_stack.endpoints().mongo)
    prefix = f"machine_{secrets.token_hex(4)}"
    yield type("Machine", (ChainMachine,), {"where": where, "prefix": prefix})
    with MongoClient[dict[str, Any]](where.url) as client:
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)


def _play(machine: type[ChainMachine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            derandomize=True,
            database=None,
            deadline=None,
            max_examples=examples,
            stateful_step_count=steps,
            # Stories are short, and each telling takes a while: one that fails is shown as it is.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_chain_keeps_its_model(machine: type[ChainMachine]) -> None:
    """The same few stories every time."""
    _play(machine, examples=8, steps=12)


@pytest.mark.long
def test_the_chain_keeps_its_model_for_long(machine: type[ChainMachine]) -> None:
    """Many and longer stories."""
    _play(machine, examples=100, steps=40)
