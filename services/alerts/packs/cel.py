"""The rule language: CEL by `cel-expr-python`, behind the domain's `Evaluator` port.

Three traps of the engine are closed here. An evaluation error comes back as a *value* of type
ERROR that is truthy, so the type is looked at before the value. Exceeding the engine's iteration
budget raises instead; both become `EvaluationError`. And only names that an expression mentions
are handed over, so that the cost of a rule does not grow with the number of facts.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cel_expr_python import cel

from services.alerts.domain.facts import Facts, FactType, FactValue
from services.alerts.domain.rules import EvaluationError, ExpressionError

EXPRESSION_LENGTH_MAX: Final = 2_000
PARAMETER_PREFIX: Final = "parameter."
ANSWERS_MAX: Final = 2_000
"""Answers remembered of one condition; then it begins anew."""

CEL_TYPES: Final = {
    FactType.INT: cel.Type.INT,
    FactType.STRING: cel.Type.STRING,
    FactType.BOOL: cel.Type.BOOL,
}
_REPORT = re.compile(r"<input>:([0-9]+):([0-9]+): ([^\n]*)")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


class CelEvaluator:
    """Compiles CEL expressions over typed facts and parameters."""

    def compile(
        self,
        expression: str,
        types: Mapping[str, FactType],
        parameters: Mapping[str, FactValue],
    ) -> "CelCondition":
        """Check an expression statically: known names, right types, boolean result."""
        if len(expression) > EXPRESSION_LENGTH_MAX:
            msg = f"an expression has at most {EXPRESSION_LENGTH_MAX} characters"
            raise ExpressionError(msg)
        constants = {f"{PARAMETER_PREFIX}{name}": value for name, value in parameters.items()}
        variables = {name: CEL_TYPES[kind] for name, kind in types.items()}
        variables |= {name: CEL_TYPES[type_of(value)] for name, value in constants.items()}
        env = cel.NewEnv(variables=variables)
        try:
            compiled = env.compile(expression)
        except RuntimeError as error:
            raise _refused(str(error)) from error
        if compiled.return_type() != cel.Type.BOOL:
            msg = f"must give true or false, gives {compiled.return_type().name()}"
            raise ExpressionError(msg)
        parts = [
            Part(env.compile(text), tuple(sorted(_names(text) & variables.keys())))
            for text in conjuncts(expression)
        ]
        return CelCondition(parts, constants)


class Part(NamedTuple):
    """One of the conditions that all have to hold."""

    compiled: cel.Expression
    names: tuple[str, ...]
    """What it mentions."""


class CelCondition:
    """One compiled expression, by its parts that `&&` joins.

    Each part is asked alone, and what it answered to the same few facts is remembered: most
    projects of a day give a kind, a flag, a month the same way, and the first part that is false
    spares the others. That is CEL's own `&&`: false if any part is, else without an answer if any
    part gives none.
    """

    def __init__(self, parts: Sequence[Part], constants: Mapping[str, FactValue]) -> None:
        """Keep the parts and the parameters' values."""
        self._parts = tuple(parts)
        self._constants = dict(constants)
        self._asked = [_Asked(part, self._constants) for part in self._parts]

    @property
    def names(self) -> frozenset[str]:
        """Facts, flags and parameters that the expression mentions."""
        return frozenset(name for part in self._parts for name in part.names)

    def bound(self, parameters: Mapping[str, FactValue]) -> "CelCondition":
        """Return it with other values of its parameters, without compiling it again."""
        values = {f"{PARAMETER_PREFIX}{name}": value for name, value in parameters.items()}
        return CelCondition(self._parts, self._constants | values)

    def holds(self, facts: Facts) -> bool:
        """Evaluate; EvaluationError unless the engine answers with a boolean."""
        failed: EvaluationError | None = None
        for part in self._asked:
            try:
                if not part.holds(facts):
                    return False
            except EvaluationError as error:
                failed = error
        if failed is not None:
            raise failed
        return True


class _Asked:
    """A part with its parameters, and what it answered."""

    __slots__ = ("_answers", "_compiled", "_constants", "_names")

    def __init__(self, part: Part, constants: Mapping[str, FactValue]) -> None:
        self._compiled = part.compiled
        self._constants = {name: constants[name] for name in part.names if name in constants}
        self._names = tuple(name for name in part.names if name not in constants)
        self._answers: dict[tuple[FactValue | None, ...], bool] = {}

    def holds(self, facts: Facts) -> bool:
        """Evaluate, or remember."""
        key = tuple(map(facts.get, self._names))
        known = self._answers.get(key)
        if known is None:
            known = self._evaluate(facts)
            if len(self._answers) >= ANSWERS_MAX:
                self._answers.clear()
            self._answers[key] = known
        return known

    def _evaluate(self, facts: Facts) -> bool:
        data = {name: facts[name] for name in self._names if name in facts} | self._constants
        try:
            answer = self._compiled.eval(data=data)
        except RuntimeError as error:
            raise EvaluationError(str(error)) from error
        if answer.type() != cel.Type.BOOL:
            raise EvaluationError(str(answer.value()))
        return bool(answer.value())


def conjuncts(expression: str) -> list[str]:
    """Cut an expression at each `&&` that joins it as a whole; one part where none does."""
    depth, start, found = 0, 0, []
    bare = _LITERAL.sub(lambda literal: "_" * len(literal.group()), expression)
    for place, character in enumerate(bare):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif depth == 0 and (character == "?" or bare.startswith("||", place)):
            # Both bind less than `&&`: then it joins no whole.
            return [expression]
        elif depth == 0 and bare.startswith("&&", place):
            found.append(expression[start:place])
            start = place + 2
    return [*found, expression[start:]]


def _names(text: str) -> set[str]:
    return set(_NAME.findall(_LITERAL.sub("''", text)))


def _refused(said: str) -> ExpressionError:
    """Take from the engine's report what is wrong first, and where."""
    found = _REPORT.search(said)
    if found is None:
        return ExpressionError(said)
    line, column, text = found.groups()
    return ExpressionError(text.strip(), int(column) - 1 if line == "1" else None)


def type_of(value: FactValue) -> FactType:
    """Return the type of a parameter's value; bool before int, which it is a kind of."""
    if isinstance(value, bool):
        return FactType.BOOL
    return FactType.INT if isinstance(value, int) else FactType.STRING
