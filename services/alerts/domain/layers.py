"""Packs in layers: parent jurisdiction, jurisdiction, department; each changes those below it.

A layer sets parameters, severities and terms of rules below, states rules anew or adds some. Rules
of compliance are never loosened, switched off or muted by a rule of somebody else's (Art. 10, 17):
what would do so is refused when a pack is checked; where it is in force all the same (the layer
below became stricter meanwhile), it alone is ignored and the layer below holds.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from contracts.vocabulary import Aspect, Severity
from services.alerts.domain.facts import WITHIN_PROJECT, FactValue
from services.alerts.domain.rules import Condition, Pack, Parameter, Rule, Stricter, Term, rules_at

PARENTS_MAX: Final = 8
"""Longest chain of jurisdictions that inherit from each other."""
SETS_MAX: Final = 2_000
"""Sets of rules remembered by jurisdiction, department and day; then it begins anew."""
SEVERITIES: Final = (Severity.INFO, Severity.YELLOW, Severity.RED)


@dataclass(frozen=True, slots=True)
class Override:
    """What a layer changes of one rule below it; null: nothing."""

    rule: str
    """Id of the rule."""
    parameters: Mapping[str, FactValue] = field(default_factory=dict)
    """Other values."""
    severity: Severity | None = None
    """Another severity, where no condition says another."""
    for_days: int | None = None
    """Another number of opened days."""
    term: Term | None = None
    """Other terms, all of them."""
    enabled: bool = True
    """False: it does not judge."""


class LayerKey(NamedTuple):
    """What a published pack is one version of."""

    jurisdiction: str
    organisation: str
    """Department whose own rules they are; empty: the jurisdiction's."""
    pack: str
    version: int


@dataclass(frozen=True, slots=True)
class Layer:
    """A pack as something that is laid upon others."""

    pack: str
    """Its id."""
    version: str
    """Version that alerts record."""
    effective_from: dt.date
    """First as-of date it judges."""
    effective_to: dt.date | None
    """Last one; null: until a later version does."""
    title_zh: str
    """Title in Chinese."""
    title_en: str
    """Title in English."""
    extends: str | None
    """Pack below that it changes; null: it stands by itself."""
    overrides: tuple[Override, ...]
    """What it changes."""
    rules: tuple[Rule, ...]
    """What it states."""

    @property
    def name(self) -> str:
        """How rules and parameters name it: city@3."""
        return f"{self.pack}@{self.version}"

    def holds_at(self, as_of: dt.date) -> bool:
        """Tell whether it is in effect at a date."""
        return self.effective_from <= as_of and not (
            self.effective_to and self.effective_to < as_of
        )


@dataclass(frozen=True, slots=True)
class StoredPack:
    """One published version of a pack."""

    key: LayerKey
    effective_from: dt.date
    effective_to: dt.date | None
    sha256: str
    content: str
    published_on: dt.date

    def laid(self, layer: Layer) -> Layer:
        """Return the layer as the fact puts it in force: its id, version and dates count."""
        name = f"{self.key.pack}@{self.key.version}"
        rules = tuple(
            replace(
                rule,
                pack=self.key.pack,
                pack_version=str(self.key.version),
                layers=(name,),
                organisation=self.key.organisation,
                parameters={
                    known: replace(parameter, layer=name)
                    for known, parameter in rule.parameters.items()
                },
            )
            for rule in layer.rules
        )
        return replace(
            layer,
            pack=self.key.pack,
            version=str(self.key.version),
            effective_from=self.effective_from,
            effective_to=self.effective_to,
            rules=rules,
        )


@dataclass(frozen=True, slots=True)
class Ignored:
    """A part of a layer that does not hold, and why."""

    layer: str
    """Pack and version."""
    rule: str
    """Rule it is about; empty: the whole layer."""
    code: str
    """unknown_rule, unknown_parameter, wrong_type, loosened, switched_off, silenced, restated,
    fixed, no_for_days, unknown_pack."""
    why: str
    """In words."""
    parameter: str = ""
    """Parameter it is about, if any."""


class RuleSet(NamedTuple):
    """Rules in force, and what of their layers is not."""

    rules: tuple[Rule, ...]
    ignored: tuple[Ignored, ...] = ()


def lay(below: Mapping[str, Rule], layer: Layer) -> tuple[dict[str, Rule], tuple[Ignored, ...]]:
    """Lay a layer upon rules: what holds then, by id, and what of it is ignored."""
    packs = {name.rpartition("@")[0] for rule in below.values() for name in rule.layers}
    packs |= {rule.pack for rule in below.values()}
    if layer.extends is not None and layer.extends not in packs:
        return dict(below), (
            Ignored(layer.name, "", "unknown_pack", f"there is no pack {layer.extends} below it"),
        )
    rules = dict(below)
    ignored: list[Ignored] = []
    if layer.extends is None:
        # A whole pack takes the place of its own id's; rules of compliance stay.
        rules = {
            name: rule
            for name, rule in below.items()
            if origin(rule) != layer.pack or rule.aspect is Aspect.COMPLIANCE
        }
    stated: dict[str, Rule] = {}
    for rule in layer.rules:
        known = below.get(rule.id)
        if known is not None and known.aspect is Aspect.COMPLIANCE:
            why = f"{rule.id} is a rule of compliance of {known.pack}: override its parameters"
            ignored.append(Ignored(layer.name, rule.id, "restated", why))
        else:
            stated[rule.id] = rule
    rules, silenced = _with_stated(rules, stated, layer.name)
    ignored.extend(silenced)
    for override in layer.overrides:
        faults = tuple(_faults(layer, rules.get(override.rule), override))
        if faults:
            ignored.extend(faults)
        elif override.enabled:
            rules[override.rule] = changed(rules[override.rule], override, layer.name)
        else:
            del rules[override.rule]
    return rules, tuple(ignored)


def _with_stated(
    below: Mapping[str, Rule], stated: Mapping[str, Rule], layer: str
) -> tuple[dict[str, Rule], list[Ignored]]:
    """Add what a layer states: only who states a rule of compliance says what mutes it.

    A rule that would mute another's judges all the same; it mutes the rest of what it inhibits.
    """
    rules = {**below, **stated}
    ignored: list[Ignored] = []
    lawful = {name for name, rule in rules.items() if rule.aspect is Aspect.COMPLIANCE}
    for name, rule in tuple(rules.items()):
        # Pairs within what is below were asked when it was laid, pairs within a pack are its own.
        muted = lawful & {
            other for other in rule.inhibits if (other in stated) is not (name in stated)
        }
        if not muted:
            continue
        left = tuple(other for other in rule.inhibits if other not in muted)
        rules[name] = replace(rule, inhibits=left)
        if name in stated:
            told = ", ".join(sorted(muted))
            why = f"{name} would mute {told}: of compliance, and not stated by this pack"
            ignored.append(Ignored(layer, name, "silenced", why))
    return rules, ignored


def origin(rule: Rule) -> str:
    """Name the pack that first stated a rule."""
    return rule.layers[0].rpartition("@")[0] if rule.layers else rule.pack


def changed(rule: Rule, override: Override, layer: str) -> Rule:
    """Return a rule with what an override changes of it."""
    parameters = dict(rule.parameters)
    for name, value in override.parameters.items():
        parameters[name] = replace(parameters[name], value=value, layer=layer)
    values = {name: parameter.value for name, parameter in parameters.items()}
    pack, _, version = layer.rpartition("@")
    return replace(
        rule,
        pack=pack,
        pack_version=version,
        severity=override.severity or rule.severity,
        for_days=rule.for_days if override.for_days is None else override.for_days,
        term=override.term or rule.term,
        parameters=parameters,
        layers=(*rule.layers, layer),
        when=rule.when.bound(values),
        hold_when=_bound(rule.hold_when, values),
        info_when=_bound(rule.info_when, values),
        red_when=_bound(rule.red_when, values),
    )


def _bound(condition: Condition | None, values: Mapping[str, FactValue]) -> Condition | None:
    return None if condition is None else condition.bound(values)


def _faults(layer: Layer, rule: Rule | None, override: Override) -> Iterator[Ignored]:
    if rule is None:
        why = f"there is no rule {override.rule} below it"
        yield Ignored(layer.name, override.rule, "unknown_rule", why)
        return
    for name, value in override.parameters.items():
        fault = _parameter_fault(rule, name, value)
        if fault is not None:
            yield Ignored(layer.name, rule.id, *fault, parameter=name)
    if override.for_days and rule.scope not in WITHIN_PROJECT:
        why = f"a {rule.scope} is judged day by day: it knows no for_days"
        yield Ignored(layer.name, rule.id, "no_for_days", why)
    if rule.aspect is Aspect.COMPLIANCE:
        for code, why in _loosened(rule, override):
            yield Ignored(layer.name, rule.id, code, why)


def _parameter_fault(rule: Rule, name: str, value: FactValue) -> tuple[str, str] | None:
    known = rule.parameters.get(name)
    if known is None:
        return "unknown_parameter", f"{rule.id} has no parameter {name}"
    if type(known.value) is not type(value):
        return "wrong_type", f"{name} must be of the type of {known.value!r}"
    if known.stricter is Stricter.FIXED and value != known.value:
        return "fixed", f"{name} is fixed at {known.value!r}"
    if rule.aspect is Aspect.COMPLIANCE and loosens(known, value):
        which = f"only {known.stricter} is stricter" if known.stricter else "it may not be set"
        return "loosened", f"{name} {known.value!r} → {value!r} loosens compliance: {which}"
    return None


def loosens(known: Parameter, value: FactValue) -> bool:
    """Tell whether a value is less strict than the one below; if none is said, any other is."""
    if value == known.value:
        return False
    if isinstance(value, str) or isinstance(known.value, str) or known.stricter is None:
        return True
    return value < known.value if known.stricter is Stricter.HIGHER else value > known.value


def _loosened(rule: Rule, override: Override) -> Iterator[tuple[str, str]]:
    if not override.enabled:
        yield "switched_off", f"{rule.id} is a rule of compliance: it is never switched off"
    severity = override.severity
    if severity and SEVERITIES.index(severity) < SEVERITIES.index(rule.severity):
        yield "loosened", f"severity {rule.severity} → {severity} loosens compliance"
    if override.for_days is not None and override.for_days > rule.for_days:
        yield "loosened", f"for_days {rule.for_days} → {override.for_days} loosens compliance"
    if override.term and later(rule.term, override.term):
        yield "loosened", "the term is later than the one below, goes up or is reminded of later"


def later(below: Term, term: Term) -> bool:
    """Tell whether terms give more time than those below, or remind less or later."""
    pairs = (
        (below.explain_within, term.explain_within),
        (_of_priority(below), _of_priority(term)),
    )
    for known, new in pairs:
        if known is None:
            continue
        if new is None or new > known:
            return True
        if _behind(_reminded(below, known), _reminded(term, new)):
            return True
    return _behind(below.escalate_after, term.escalate_after)


def _behind(known: Sequence[int], new: Sequence[int]) -> bool:
    """Tell whether of rising days there are fewer than there were, or one comes later."""
    steps = zip(known, new, strict=False)
    return len(new) < len(known) or any(after > before for before, after in steps)


def _reminded(term: Term, within: int) -> list[int]:
    """Count from the beginning of a term when one is reminded: a shorter one reminds earlier."""
    return sorted(max(within - before, 0) for before in term.remind_before)


def _of_priority(term: Term) -> int | None:
    own = term.explain_within_priority
    return term.explain_within if own is None else own


@dataclass(frozen=True, slots=True)
class Published:
    """Packs that were published, and who inherits from whom, as one partition knows them."""

    layers: Mapping[LayerKey, Layer] = field(default_factory=dict)
    """Every version of every pack."""
    parents: Mapping[str, str] = field(default_factory=dict)
    """Jurisdiction → the one whose packs it inherits (Art. 17)."""

    def with_layer(self, key: LayerKey, layer: Layer) -> "Published":
        """Return it with one more pack; the same version again replaces it."""
        return replace(self, layers={**self.layers, key: layer})

    def with_parent(self, jurisdiction: str, parent: str | None) -> "Published":
        """Return it with what a jurisdiction inherits from; null: from none."""
        parents = {code: above for code, above in self.parents.items() if code != jurisdiction}
        if parent is not None:
            parents[jurisdiction] = parent
        return replace(self, parents=parents)

    def above(self, jurisdiction: str) -> tuple[str, ...]:
        """Name a jurisdiction and those it inherits from, the highest first."""
        chain = [jurisdiction]
        for _ in range(PARENTS_MAX):
            parent = self.parents.get(chain[-1])
            if parent is None or parent in chain:
                break
            chain.append(parent)
        return tuple(reversed(chain))

    def in_effect(self, jurisdiction: str, organisation: str, as_of: dt.date) -> tuple[Layer, ...]:
        """Name one owner's packs at a date, those that others extend before them.

        Of each pack its highest version in effect.
        """
        newest: dict[str, tuple[int, Layer]] = {}
        for key, layer in self.layers.items():
            mine = (key.jurisdiction, key.organisation) == (jurisdiction, organisation)
            if mine and layer.holds_at(as_of) and key.version > newest.get(key.pack, (0,))[0]:
                newest[key.pack] = key.version, layer
        return _in_order([layer for _, (_, layer) in sorted(newest.items())])


def _in_order(layers: list[Layer]) -> tuple[Layer, ...]:
    """Put whole packs first, and each layer after the one that it extends."""
    found: list[Layer] = []
    left = sorted(layers, key=lambda layer: layer.extends is not None)
    for _ in range(len(layers)):
        waiting = {layer.pack for layer in left}
        ready = [
            layer for layer in left if layer.extends not in waiting or layer.extends == layer.pack
        ]
        found.extend(ready or left)
        left = [layer for layer in left if layer not in found]
    return tuple(found)


class RuleBook:
    """Which rules are in force for whom and when: shipped packs, and what is laid upon them.

    It never changes; a fact that publishes a pack makes another.
    """

    def __init__(self, shipped: Iterable[Pack], published: Published | None = None) -> None:
        """Begin with the shipped packs."""
        self.shipped = tuple(shipped)
        self.published = published or Published()
        self._known: dict[tuple[str, str, dt.date], RuleSet] = {}
        self._laid: dict[tuple[int, ...], RuleSet] = {}

    def at(self, jurisdiction: str, department: str | None, as_of: dt.date) -> RuleSet:
        """Return the rules in force for a department's projects at a date."""
        key = (jurisdiction, department or "", as_of)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= SETS_MAX:
                self._known.clear()
            found = self._known[key] = self._at(*key)
        return found

    def _at(self, jurisdiction: str, department: str, as_of: dt.date) -> RuleSet:
        layers = self.layers(jurisdiction, department, as_of)
        below = rules_at(self.shipped, as_of)
        # The same packs give the same rules, whoever asks on whatever day.
        laid = tuple(id(part) for part in (*below, *layers))
        found = self._laid.get(laid)
        if found is None:
            if len(self._laid) >= SETS_MAX:
                self._laid.clear()
            found = self._laid[laid] = stack(below, layers)
        return found

    def layers(self, jurisdiction: str, department: str, as_of: dt.date) -> tuple[Layer, ...]:
        """Name the published packs in force, the lowest first."""
        if not self.published.layers:
            return ()
        owners = [(code, "") for code in self.published.above(jurisdiction)]
        if department:
            owners.append((jurisdiction, department))
        return tuple(layer for owner in owners for layer in self.published.in_effect(*owner, as_of))


def stack(below: Iterable[Rule], layers: Iterable[Layer]) -> RuleSet:
    """Lay layers upon rules, one after the other."""
    rules = {rule.id: rule for rule in below}
    ignored: list[Ignored] = []
    for layer in layers:
        rules, faults = lay(rules, layer)
        ignored.extend(faults)
    return RuleSet(tuple(rules.values()), tuple(ignored))
