"""A rule's inline tests: what is wrong with them, and what its rule answers."""

from collections.abc import Iterable, Iterator

from services.alerts.domain.facts import (
    PYTHON_TYPES,
    FactType,
    FactValue,
    Scope,
    complete,
    known_to,
)
from services.alerts.domain.judging import Outcome, ask
from services.alerts.domain.rules import Rule
from services.alerts.packs.faults import Fault
from services.alerts.packs.model import Expect, RuleForm, TestForm


def run_tests(rule: Rule, tests: Iterable[TestForm]) -> list[Fault]:
    """Run inline tests; return what failed, in words."""
    return [
        Fault(f'test "{test.name}": expected {test.expect}, is {answer}', ("tests", place))
        for place, test in enumerate(tests)
        if (answer := answer_to(rule, test.given)) != test.expect
    ]


def answer_to(rule: Rule, given: dict[str, FactValue]) -> str:
    """Ask a rule about facts written by hand, in the words of `Expect`, or why it failed."""
    nulls: dict[str, FactValue | None] = {
        name: None for name, spec in known_to(rule.scope).items() if spec.nullable
    }
    verdict = ask(rule, "test", complete({**nulls, **given}))
    match verdict.outcome:
        case Outcome.RAISED:
            return str(verdict.severity)
        case Outcome.FAILED:
            return f"no answer: {verdict.error}"
        case outcome:
            return str(outcome)


def faults_of_tests(form: RuleForm) -> Iterator[Fault]:
    """Say what is wrong with a rule's tests: what they are about, and that there are too few."""
    yield from faults_of_given(form.scope, form.tests)
    expectations = {test.expect for test in form.tests}
    if Expect.SILENT not in expectations:
        yield Fault("needs a test that is silent", ("tests",))
    if not expectations - {Expect.SILENT, Expect.HELD}:
        yield Fault("needs a test that raises", ("tests",))


def faults_of_given(scope: Scope, tests: Iterable[TestForm]) -> Iterator[Fault]:
    """Say which facts of tests are unknown, or of another type."""
    types = {name: spec.type for name, spec in known_to(scope).items()}
    for place, test in enumerate(tests):
        for name, value in test.given.items():
            path = ("tests", place, "given", name)
            if name not in types:
                yield Fault(f'test "{test.name}": unknown fact {name}', path)
            elif not _is_of(types[name], value):
                yield Fault(f'test "{test.name}": {name} must be of type {types[name]}', path)


def _is_of(kind: FactType, value: FactValue) -> bool:
    return type(value) is PYTHON_TYPES[kind]
