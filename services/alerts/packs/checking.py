"""Everything that can be said of a pack before it is published: faults with their places."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from services.alerts.domain.layers import Ignored, Layer, changed, lay
from services.alerts.domain.rules import Evaluator, Rule
from services.alerts.packs.faults import TOP, Fault, Path, Place, placed
from services.alerts.packs.loader import (
    PackError,
    build_layer,
    build_rule,
    read_form,
)
from services.alerts.packs.model import PackForm
from services.alerts.packs.reach import unreachable
from services.alerts.packs.testing import answer_to, faults_of_given, run_tests

OF_RULES: Final[dict[str, Path]] = {"restated": (), "silenced": ("inhibits",)}
"""Codes of what is wrong with a rule that a pack states, and where in the rule it is said."""


@dataclass(frozen=True, slots=True)
class Tested:
    """One inline test and what came of it."""

    rule: str
    test: str
    expected: str
    answer: str

    @property
    def passed(self) -> bool:
        """Whether the rule says what the test expects."""
        return self.expected == self.answer


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found."""

    pack: str = ""
    """Its id; empty if it could not be read."""
    version: str = ""
    layer: Layer | None = None
    """The pack, if nothing is wrong with it by itself."""
    faults: list[Place] = field(default_factory=list)
    """What is wrong, in the order of the file; none: it may be published."""


def check(content: bytes, below: Iterable[Rule], evaluator: Evaluator) -> Checked:
    """Check a pack against the rules that it is laid upon."""
    try:
        form = read_form(content)
    except PackError as error:
        places = placed(content, error.faults)
        if (error.line, error.column) != (1, 1):
            places = [Place(error.line, error.column, str(fault)) for fault in error.faults]
        return Checked(faults=places)
    known = {rule.id: rule for rule in below}
    layer: Layer | None = None
    faults: list[str]
    try:
        layer = build_layer(form, evaluator)
    except PackError as error:
        faults = [*error.faults]
        # What its overrides do wrong is said along with it.
        alone = form.model_copy(update={"rules": ()})
        if alone.overrides and alone.extends is not None:
            faults = [*faults, *_of_overrides(alone, known, evaluator)]
    else:
        faults = [*_of_layer(form, layer, known), *_of_rules(form, layer, known)]
    return Checked(form.id, form.version, layer, placed(content, faults))


def _of_overrides(form: PackForm, below: dict[str, Rule], evaluator: Evaluator) -> list[Fault]:
    try:
        return list(_of_layer(form, build_layer(form, evaluator), below))
    except PackError:
        return []


def _of_layer(form: PackForm, layer: Layer, below: dict[str, Rule]) -> Iterator[Fault]:
    """Say what the layers below do not let through, and what tests of overrides fail."""
    _, ignored = lay(below, layer)
    faulty = {fault.rule for fault in ignored}
    for fault in ignored:
        yield Fault(fault.why, _path(form, fault))
    own = {rule.id: rule for rule in layer.rules}
    for place, override in enumerate(layer.overrides):
        tests = form.overrides[place].tests
        rule = own.get(override.rule) or below.get(override.rule)
        if rule is None or override.rule in faulty or not override.enabled:
            continue
        given = list(faults_of_given(rule.scope, tests))
        found = given or run_tests(changed(rule, override, layer.name), tests)
        for failed in found:
            yield failed.under("overrides", place, said=f"rule {override.rule}: ")


def _path(form: PackForm, fault: Ignored) -> Path:
    if fault.code == "unknown_pack":
        return ("extends",)
    if fault.code in OF_RULES:
        places = [number for number, rule in enumerate(form.rules) if rule.id == fault.rule]
        return ("rules", places[0], *OF_RULES[fault.code]) if places else TOP
    places = [number for number, one in enumerate(form.overrides) if one.rule == fault.rule]
    if not places:
        return TOP
    path: Path = ("overrides", places[0])
    if fault.parameter:
        return (*path, "parameters", fault.parameter)
    return (*path, "enabled") if fault.code == "switched_off" else path


def _of_rules(form: PackForm, layer: Layer, below: dict[str, Rule]) -> Iterator[Fault]:
    """Say which conditions are never true, and which inhibited rules there are not."""
    known = {*below, *(rule.id for rule in layer.rules)}
    for place, (rule_form, rule) in enumerate(zip(form.rules, layer.rules, strict=True)):
        for name in unreachable(rule_form, rule):
            text = f"rule {rule.id}: {name} is never true where it is asked"
            yield Fault(text, ("rules", place, name))
        for number, other in enumerate(rule.inhibits):
            if other not in known or other == rule.id:
                text = f"rule {rule.id}: inhibits {other}, which is no other rule"
                yield Fault(text, ("rules", place, "inhibits", number))


def outcomes_of(content: bytes, below: Iterable[Rule], evaluator: Evaluator) -> list[Tested]:
    """Run every inline test of a pack, those of its overrides too; PackError if it is faulty."""
    form = read_form(content)
    known = {rule.id: rule for rule in below}
    found: list[Tested] = []
    for rule_form in form.rules:
        rule = build_rule(form, rule_form, evaluator)
        known[rule.id] = rule
        found.extend(
            Tested(rule.id, test.name, test.expect.value, answer_to(rule, test.given))
            for test in rule_form.tests
        )
    layer_name = f"{form.id}@{form.version}"
    layer = build_layer(form, evaluator) if form.overrides else None
    for place, override in enumerate(layer.overrides if layer else ()):
        if override.rule not in known:
            raise PackError(form.id, [f"there is no rule {override.rule} below"])
        rule = changed(known[override.rule], override, layer_name)
        found.extend(
            Tested(rule.id, test.name, test.expect.value, answer_to(rule, test.given))
            for test in form.overrides[place].tests
        )
    return found
