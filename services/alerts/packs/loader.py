"""Reads packs: file → form → rules, and says everything that is wrong with one at once."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import yaml

from services.alerts.domain.facts import (
    PYTHON_TYPES,
    SPECS,
    FactType,
    FactValue,
    Scope,
    complete,
    flag_of,
    known_to,
    types_of,
)
from services.alerts.domain.judging import Outcome, ask
from services.alerts.domain.rules import (
    Condition,
    Evaluator,
    ExpressionError,
    Pack,
    Parameter,
    Rule,
    Term,
)
from services.alerts.packs.cel import PARAMETER_PREFIX
from services.alerts.packs.model import (
    Expect,
    PackForm,
    ParameterForm,
    RuleForm,
    TermForm,
    TestForm,
)
from services.alerts.packs.schema import SCHEMA_FILE

PACKS_FOLDER: Final = Path(__file__).parent
PACKS_MAX: Final = 100
PACK_BYTES_MAX: Final = 1_000_000
FAULTS_MAX: Final = 100
CONDITIONS: Final = ("hold_when", "when", "info_when", "red_when")


class PackError(Exception):
    """A pack cannot be used; `faults` names every reason."""

    def __init__(self, name: str, faults: list[str]) -> None:
        """Keep the pack's name and its faults."""
        super().__init__(f"{name}: " + "; ".join(faults))
        self.faults = faults


def load_packs(evaluator: Evaluator, folder: Path = PACKS_FOLDER) -> tuple[Pack, ...]:
    """Read every pack of a folder; PackError at the first that is faulty."""
    files = sorted(folder.glob("*.yaml"))[:PACKS_MAX]
    packs = tuple(load_pack(file.read_bytes(), evaluator, file.name) for file in files)
    owners = {(rule.id, pack.id) for pack in packs for rule in pack.rules}
    twice = sorted(rule for rule, count in Counter(rule for rule, _ in owners).items() if count > 1)
    if twice:
        raise PackError(folder.name, [f"rule {rule} is in two packs" for rule in twice])
    return packs


def read_forms(folder: Path = PACKS_FOLDER) -> tuple[PackForm, ...]:
    """Read every pack of a folder as it is written, for people to look at."""
    files = sorted(folder.glob("*.yaml"))[:PACKS_MAX]
    return tuple(read_form(file.read_bytes(), file.name) for file in files)


def load_pack(content: bytes, evaluator: Evaluator, name: str = "pack") -> Pack:
    """Read one pack, check it and run its inline tests; PackError names every fault."""
    form = read_form(content, name)
    rules: list[Rule] = []
    faults = [
        f"rule {rule}: appears twice"
        for rule, count in Counter(rule.id for rule in form.rules).items()
        if count > 1
    ]
    for rule_form in form.rules:
        try:
            rule = build_rule(form, rule_form, evaluator)
        except PackError as error:
            faults.extend(f"rule {rule_form.id}: {fault}" for fault in error.faults)
            continue
        rules.append(rule)
        faults.extend(f"rule {rule.id}: {fault}" for fault in run_tests(rule, rule_form.tests))
    if faults:
        raise PackError(name, faults)
    return Pack(
        id=form.id,
        version=form.version,
        effective_from=form.effective_from,
        title_zh=form.title_zh,
        title_en=form.title_en,
        rules=tuple(rules),
        effective_to=form.effective_to,
    )


def read_form(content: bytes, name: str = "pack") -> PackForm:
    """Parse YAML strictly (no repeated keys, no tags) and check it by the committed schema."""
    if len(content) > PACK_BYTES_MAX:
        raise PackError(name, [f"a pack has at most {PACK_BYTES_MAX} bytes"])
    try:
        document = yaml.load(content, _StrictLoader)  # noqa: S506  a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PackError(name, [f"no YAML: {error}"]) from error
    faults = [f"{fault.json_path}: {fault.message}" for fault in _validator().iter_errors(document)]
    if faults:
        raise PackError(name, faults[:FAULTS_MAX])
    return PackForm.model_validate(document)


@cache
def _validator() -> jsonschema.Draft202012Validator:
    # The committed schema decides: what others check their packs by is what we check ours by.
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def build_rule(pack: PackForm, form: RuleForm, evaluator: Evaluator) -> Rule:
    """Compile a rule's expressions; PackError names every fault of the rule."""
    faults = [f"shows unknown fact {name}" for name in form.shows if name not in known(form.scope)]
    conditions: dict[str, Condition] = {}
    for place in CONDITIONS:
        expression = getattr(form, place)
        if expression is None:
            continue
        try:
            compiled = evaluator.compile(expression, types_of(form.scope), values_of(form))
        except ExpressionError as error:
            faults.append(f"{place}: {error}")
            continue
        conditions[place] = compiled
    if not faults:
        faults.extend((*_unasked(conditions), *_unused(form, conditions)))
    faults.extend(_test_faults(form))
    if faults:
        raise PackError(form.id, faults)
    return Rule(
        id=form.id,
        pack=pack.id,
        pack_version=pack.version,
        scope=form.scope,
        aspect=form.aspect,
        article=form.article,
        title_zh=form.title_zh,
        title_en=form.title_en,
        severity=form.severity,
        when=conditions["when"],
        hold_when=conditions.get("hold_when"),
        info_when=conditions.get("info_when"),
        red_when=conditions.get("red_when"),
        shows=form.shows,
        for_days=form.for_days,
        term=term_of(form.term),
        inhibits=form.inhibits,
        suggests=form.suggests,
        nominates=form.nominates,
        parameters={
            name: parameter_of(stated, f"{pack.id}@{pack.version}")
            for name, stated in form.parameters.items()
        },
        layers=(f"{pack.id}@{pack.version}",),
    )


def values_of(form: RuleForm) -> dict[str, FactValue]:
    """Return the parameters' values."""
    return {
        name: stated.value if isinstance(stated, ParameterForm) else stated
        for name, stated in form.parameters.items()
    }


def parameter_of(stated: FactValue | ParameterForm, layer: str) -> Parameter:
    """Turn a parameter as it is written into the domain's."""
    if not isinstance(stated, ParameterForm):
        return Parameter(stated, layer=layer)
    return Parameter(
        value=stated.value,
        unit=stated.unit,
        meaning_zh=stated.meaning_zh,
        meaning_en=stated.meaning_en,
        stricter=stated.stricter,
        layer=layer,
    )


def term_of(form: TermForm) -> Term:
    """Turn terms as they are written into the domain's."""
    return Term(
        explain_within=form.explain_within,
        explain_within_priority=form.explain_within_priority,
        remind_before=form.remind_before,
        escalate_after=form.escalate_after,
    )


def run_tests(rule: Rule, tests: Iterable[TestForm]) -> list[str]:
    """Run inline tests; return what failed, in words."""
    return [
        f'test "{test.name}": expected {test.expect}, is {answer}'
        for test in tests
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


def known(scope: Scope) -> frozenset[str]:
    """Names of the facts that a rule of this scope may show or be tested with."""
    return frozenset(known_to(scope))


def _unasked(conditions: dict[str, Condition]) -> Iterator[str]:
    # What `when` asked for is known wherever the severity is decided.
    granted = conditions["when"].names if "when" in conditions else frozenset()
    for place, condition in conditions.items():
        asked = condition.names | (granted if place in {"info_when", "red_when"} else frozenset())
        for name in sorted(condition.names & SPECS.keys()):
            if SPECS[name].nullable and flag_of(name) not in asked:
                yield f"{place}: {name} may be null, ask {flag_of(name)} first"


def _unused(form: RuleForm, conditions: dict[str, Condition]) -> Iterator[str]:
    used = {name for condition in conditions.values() for name in condition.names}
    for name in form.parameters:
        if f"{PARAMETER_PREFIX}{name}" not in used:
            yield f"parameter {name} is not used"


def _test_faults(form: RuleForm) -> Iterator[str]:
    types = {name: spec.type for name, spec in known_to(form.scope).items()}
    for test in form.tests:
        for name, value in test.given.items():
            if name not in types:
                yield f'test "{test.name}": unknown fact {name}'
            elif not _is_of(types[name], value):
                yield f'test "{test.name}": {name} must be of type {types[name]}'
    expectations = {test.expect for test in form.tests}
    if Expect.SILENT not in expectations:
        yield "needs a test that is silent"
    if not expectations - {Expect.SILENT, Expect.HELD}:
        yield "needs a test that raises"


def _is_of(kind: FactType, value: FactValue) -> bool:
    return type(value) is PYTHON_TYPES[kind]


class _StrictLoader(yaml.SafeLoader):
    """YAML without surprises: a repeated key is an error."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        # Here, not in the constructor: a merge (<<) later puts the overridden keys in again.
        node = super().compose_mapping_node(anchor)
        names = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for name, count in names.items():
            if count > 1:
                msg = f"key {name} appears twice"
                raise yaml.constructor.ConstructorError(None, None, msg, node.start_mark)
        return node
