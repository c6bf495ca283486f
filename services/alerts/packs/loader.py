"""Reads packs: file → form → rules, and says everything that is wrong with one at once."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import yaml
from pydantic import ValidationError

from services.alerts.domain.facts import (
    SPECS,
    FactValue,
    Scope,
    flag_of,
    known_to,
    types_of,
)
from services.alerts.domain.layers import Layer, Override
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
from services.alerts.packs.faults import Fault, of_yaml
from services.alerts.packs.model import (
    OverrideForm,
    PackForm,
    ParameterForm,
    RuleForm,
    TermForm,
)
from services.alerts.packs.schema import SCHEMA_FILE
from services.alerts.packs.testing import faults_of_tests, run_tests

PACKS_FOLDER: Final = Path(__file__).parent
VARIANTS_FOLDER: Final = PACKS_FOLDER / "variants"
PACKS_MAX: Final = 100
PACK_BYTES_MAX: Final = 1_000_000
FAULTS_MAX: Final = 100
NODES_MAX: Final = 200_000
"""Most values of a pack, aliases written out."""
NOT_WAITING: Final = frozenset({Scope.UNIT, Scope.DEPARTMENT, Scope.QUARANTINE, Scope.PAPERS})
"""Scopes in which no deviation waits for days of its own."""
SHIPPED_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads ten times as fast, but what is nested deep enough would break its stack: what
people publish is read by the other."""
CONDITIONS: Final = ("hold_when", "when", "info_when", "red_when")


class PackError(Exception):
    """A pack cannot be used; `faults` names every reason."""

    def __init__(self, name: str, faults: Iterable[str], line: int = 1, column: int = 1) -> None:
        """Keep the pack's name and its faults; line and column of what is no YAML."""
        self.faults = list(faults)
        super().__init__(f"{name}: " + "; ".join(self.faults))
        self.line = line
        self.column = column


def load_packs(evaluator: Evaluator, folder: Path = PACKS_FOLDER) -> tuple[Pack, ...]:
    """Read every pack of a folder; PackError at the first that is faulty."""
    packs = tuple(
        _alone(build_layer(form, evaluator, name), name) for name, form in _shipped_in(folder)
    )
    owners = {(rule.id, pack.id) for pack in packs for rule in pack.rules}
    twice = sorted(rule for rule, count in Counter(rule for rule, _ in owners).items() if count > 1)
    if twice:
        raise PackError(folder.name, [f"rule {rule} is in two packs" for rule in twice])
    return packs


def read_forms(folder: Path = PACKS_FOLDER) -> tuple[PackForm, ...]:
    """Read every pack of a folder as it is written, for people to look at."""
    return tuple(form for _, form in _shipped_in(folder))


def _shipped_in(folder: Path) -> Iterator[tuple[str, PackForm]]:
    for file in sorted(folder.glob("*.yaml"))[:PACKS_MAX]:
        yield file.name, _shipped(file.read_bytes(), file.name)


@lru_cache(maxsize=PACKS_MAX)
def _shipped(content: bytes, name: str) -> PackForm:
    """Read what comes with us, once: a service starts two seconds sooner."""
    return read_form(content, name, SHIPPED_LOADER)


def load_pack(content: bytes, evaluator: Evaluator, name: str = "pack") -> Pack:
    """Read a pack that stands by itself, run its inline tests; PackError names every fault."""
    return _alone(load_layer(content, evaluator, name), name)


def _alone(layer: Layer, name: str) -> Pack:
    if layer.extends is not None:
        raise PackError(name, [Fault(f"extends {layer.extends}: it is a layer", ("extends",))])
    return Pack(
        id=layer.pack,
        version=layer.version,
        effective_from=layer.effective_from,
        title_zh=layer.title_zh,
        title_en=layer.title_en,
        rules=layer.rules,
        effective_to=layer.effective_to,
    )


def load_layer(content: bytes, evaluator: Evaluator, name: str = "pack") -> Layer:
    """Read any pack, check it by itself and run its rules' tests; PackError names every fault.

    Whether its overrides fit the layers below is asked by laying it upon them.
    """
    return build_layer(read_form(content, name), evaluator, name)


def build_layer(form: PackForm, evaluator: Evaluator, name: str = "pack") -> Layer:
    """Compile a pack's rules and run their tests; PackError names every fault."""
    rules: list[Rule] = []
    faults: list[str] = list(_faults_of_form(form))
    for place, rule_form in enumerate(form.rules):
        said = f"rule {rule_form.id}: "
        try:
            rule = build_rule(form, rule_form, evaluator)
        except PackError as error:
            faults.extend(_under(error.faults, "rules", place, said=said))
            continue
        rules.append(rule)
        faults.extend(_under(run_tests(rule, rule_form.tests), "rules", place, said=said))
    if faults:
        raise PackError(name, faults[:FAULTS_MAX])
    return Layer(
        pack=form.id,
        version=form.version,
        effective_from=form.effective_from,
        effective_to=form.effective_to,
        title_zh=form.title_zh,
        title_en=form.title_en,
        extends=form.extends,
        overrides=tuple(override_of(override) for override in form.overrides),
        rules=tuple(rules),
    )


def _under(faults: Iterable[str], *path: str | int, said: str) -> Iterator[Fault]:
    for fault in faults:
        known = fault if isinstance(fault, Fault) else Fault(fault)
        yield known.under(*path, said=said)


def _faults_of_form(form: PackForm) -> Iterator[Fault]:
    """What the schema cannot say of a pack as a whole."""
    if form.effective_to and form.effective_to < form.effective_from:
        yield Fault("effective_to must not be before effective_from", ("effective_to",))
    if form.extends is None and form.overrides:
        yield Fault("overrides need `extends`: the pack they change", ("overrides",))
    if form.extends is None and not form.rules:
        yield Fault("needs rules, or `extends` and overrides", ("rules",))
    yield from _repeated("rules", [rule.id for rule in form.rules])
    yield from _repeated("overrides", [override.rule for override in form.overrides])
    for kind, terms in (
        ("rules", [rule.term for rule in form.rules]),
        ("overrides", [override.term for override in form.overrides]),
    ):
        for place, term in enumerate(terms):
            for text in _faults_of_term(term) if term else ():
                yield Fault(text, (kind, place, "term"))


def _repeated(kind: str, names: list[str]) -> Iterator[Fault]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Fault(f"rule {name}: appears twice", (kind, place))


def _faults_of_term(term: TermForm) -> Iterator[str]:
    within, priority = term.explain_within, term.explain_within_priority
    if priority is not None and (within is None or priority > within):
        yield "explain_within_priority must not be longer than explain_within (Art. 11)"
    if list(term.remind_before) != sorted(set(term.remind_before), reverse=True):
        yield "remind_before must fall"
    if list(term.escalate_after) != sorted(set(term.escalate_after)):
        yield "escalate_after must rise"
    if within is None and (term.remind_before or term.escalate_after):
        yield "reminders and escalation need explain_within"


def read_form(content: bytes, name: str = "pack", loader: Any = yaml.SafeLoader) -> PackForm:
    """Parse YAML strictly (no repeated keys, no tags) and check it by the committed schema."""
    if len(content) > PACK_BYTES_MAX:
        raise PackError(name, [f"a pack has at most {PACK_BYTES_MAX} bytes"])
    try:
        document = _parse(content, loader)
    except yaml.YAMLError as error:
        raise PackError(name, [f"no YAML: {error}"], *of_yaml(error)) from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise PackError(name, [f"no YAML: {error}"]) from error
    faults = [
        Fault(f"{fault.json_path}: {fault.message}", tuple(fault.absolute_path))
        for fault in _validator().iter_errors(_plain(document))
    ]
    if faults:
        raise PackError(name, faults[:FAULTS_MAX])
    try:
        return PackForm.model_validate(document)
    except ValidationError as error:
        found = [Fault(one["msg"], tuple(one["loc"])) for one in error.errors()]
        raise PackError(name, found[:FAULTS_MAX]) from error


def _parse(content: bytes, kind: Any) -> Any:
    """Parse YAML; what aliases would blow up beyond all measure is refused before it is made."""
    loader = kind(content)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _size(node, {}) > NODES_MAX:
            msg = f"more than {NODES_MAX} values, aliases written out"
            raise yaml.constructor.ConstructorError(None, None, msg, node.start_mark)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Count the values of a node, those of an alias each time; a repeated key is an error."""
    found = known.get(id(node))
    if found is None:
        known[id(node)] = NODES_MAX  # a node that holds itself
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            _refuse_repeated_keys(node)
            parts = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            parts = node.value
        found = known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return found


def _refuse_repeated_keys(node: yaml.MappingNode) -> None:
    # Before anything is constructed: a merge (<<) puts the overridden keys in again.
    names = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
    for name, count in names.items():
        if count > 1:
            msg = f"key {name} appears twice"
            raise yaml.constructor.ConstructorError(None, None, msg, node.start_mark)


def _plain(document: Any) -> Any:
    """Return it as JSON has it: a date written without quotes is its text."""
    if not isinstance(document, dict):
        return document
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in document.items()
    }


@cache
def _validator() -> jsonschema.Draft202012Validator:
    # The committed schema decides: what others check their packs by is what we check ours by.
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def build_rule(pack: PackForm, form: RuleForm, evaluator: Evaluator) -> Rule:
    """Compile a rule's expressions; PackError names every fault of the rule."""
    faults: list[str] = [
        Fault(f"shows unknown fact {name}", ("shows", place))
        for place, name in enumerate(form.shows)
        if name not in known(form.scope)
    ]
    conditions: dict[str, Condition] = {}
    for place in CONDITIONS:
        expression = getattr(form, place)
        if expression is None:
            continue
        try:
            compiled = evaluator.compile(expression, types_of(form.scope), values_of(form))
        except ExpressionError as error:
            faults.append(Fault(f"{place}: {error}", (place,), error.offset))
            continue
        conditions[place] = compiled
    if not faults:
        faults.extend((*_unasked(conditions), *_unused(form, conditions)))
    if form.for_days and form.scope in NOT_WAITING:
        faults.append(Fault(f"for_days: a {form.scope} is judged day by day", ("for_days",)))
    faults.extend(faults_of_tests(form))
    if faults:
        raise PackError(form.id, faults)
    layer = f"{pack.id}@{pack.version}"
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
        parameters={name: parameter_of(stated, layer) for name, stated in form.parameters.items()},
        layers=(layer,),
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


def override_of(form: OverrideForm) -> Override:
    """Turn an override as it is written into the domain's."""
    return Override(
        rule=form.rule,
        parameters=form.parameters,
        severity=form.severity,
        for_days=form.for_days,
        term=None if form.term is None else term_of(form.term),
        enabled=form.enabled,
    )


def known(scope: Scope) -> frozenset[str]:
    """Names of the facts that a rule of this scope may show or be tested with."""
    return frozenset(known_to(scope))


def _unasked(conditions: dict[str, Condition]) -> Iterator[Fault]:
    # What `when` asked for is known wherever the severity is decided.
    granted = conditions["when"].names if "when" in conditions else frozenset()
    for place, condition in conditions.items():
        asked = condition.names | (granted if place in {"info_when", "red_when"} else frozenset())
        for name in sorted(condition.names & SPECS.keys()):
            if SPECS[name].nullable and flag_of(name) not in asked:
                text = f"{place}: {name} may be null, ask {flag_of(name)} first"
                yield Fault(text, (place,))


def _unused(form: RuleForm, conditions: dict[str, Condition]) -> Iterator[Fault]:
    used = {name for condition in conditions.values() for name in condition.names}
    for name in form.parameters:
        if f"{PARAMETER_PREFIX}{name}" not in used:
            yield Fault(f"parameter {name} is not used", ("parameters", name))
