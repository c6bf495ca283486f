"""Conditions that no facts make true: looked for with values around every number they mention."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from services.alerts.domain.facts import Facts, FactType, FactValue, types_of
from services.alerts.domain.judging import Outcome, ask
from services.alerts.domain.rules import Rule
from services.alerts.packs.cel import PARAMETER_PREFIX
from services.alerts.packs.model import Expect, RuleForm

COMBINATIONS_MAX: Final = 4_000
"""Combinations of values tried for a rule; of more a sample."""
STRIDE: Final = 2_654_435_761
"""Step through all combinations (a prime near 2³² ÷ golden ratio: it spreads)."""
_NUMBER: Final = re.compile(r"(?<![A-Za-z_0-9.])[0-9]+")
_WORD: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"")

PLACES: Final[Mapping[Expect, str]] = {
    Expect.RED: "red_when",
    Expect.INFO: "info_when",
    Expect.HELD: "hold_when",
}


def unreachable(form: RuleForm, rule: Rule) -> list[str]:
    """Name the conditions that are never true where they are asked, as far as can be found.

    What an inline test reaches is reachable; for the rest values around the numbers and words of
    the rule are tried.
    """
    wanted = {
        place: expect
        for expect, place in PLACES.items()
        if getattr(form, place) is not None and all(test.expect != expect for test in form.tests)
    }
    if not wanted:
        return []
    left = dict(wanted)
    for facts in _candidates(form, rule):
        answer = _answer(rule, facts)
        left = {place: expect for place, expect in left.items() if expect != answer}
        if not left:
            break
    return sorted(left)


def _answer(rule: Rule, facts: Facts) -> str:
    verdict = ask(rule, "reach", facts)
    if verdict.outcome is Outcome.RAISED:
        return str(verdict.severity)
    return str(verdict.outcome)


def _candidates(form: RuleForm, rule: Rule) -> Iterable[Facts]:
    conditions = (rule.when, rule.hold_when, rule.info_when, rule.red_when)
    names = {name for condition in conditions if condition for name in condition.names}
    names = {name for name in names if not name.startswith(PARAMETER_PREFIX)}
    types = types_of(form.scope)
    by_type = _values(form, rule)
    choices = [(name, by_type[types[name]]) for name in sorted(names)]
    total = 1
    for _, values in choices:
        total *= len(values)
    step = 1 if total <= COMBINATIONS_MAX else STRIDE
    for number in range(min(total, COMBINATIONS_MAX)):
        left = number * step % total
        facts: dict[str, FactValue] = {}
        for name, values in choices:
            left, place = divmod(left, len(values))
            facts[name] = values[place]
        yield facts


def _values(form: RuleForm, rule: Rule) -> dict[FactType, list[FactValue]]:
    texts = [
        text
        for text in (form.when, form.hold_when, form.info_when, form.red_when)
        if text is not None
    ]
    numbers = {int(found) for text in texts for found in _NUMBER.findall(text)}
    words = {first or second for text in texts for first, second in _WORD.findall(text)}
    for parameter in rule.parameters.values():
        if isinstance(parameter.value, str):
            words.add(parameter.value)
        elif not isinstance(parameter.value, bool):
            numbers.add(parameter.value)
    around = sorted({number + step for number in {0, *numbers} for step in (-1, 0, 1)})
    return {
        FactType.INT: list(around),
        FactType.STRING: ["", *sorted(words)],
        FactType.BOOL: [False, True],
    }
