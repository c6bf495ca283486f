"""The rule language's traps: no error is ever taken for an answer."""

import pytest
from cel_expr_python import cel
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.facts import Facts, FactType, FactValue
from services.alerts.domain.rules import EvaluationError, ExpressionError
from services.alerts.packs.cel import (
    ANSWERS_MAX,
    CEL_TYPES,
    EXPRESSION_LENGTH_MAX,
    CelEvaluator,
    conjuncts,
)

NINE = "[1,2,3,4,5,6,7,8,9]"
ENDLESS = (
    f"{NINE}.all(p, {NINE}.all(q, {NINE}.all(r, {NINE}.all(s, {NINE}.all(t, p + q + t + a > 0)))))"
)
TYPES = {"a": FactType.INT, "b": FactType.INT, "word": FactType.STRING, "flag": FactType.BOOL}


def holds(expression: str, facts: Facts) -> bool:
    """Compile and ask."""
    return CelEvaluator().compile(expression, TYPES, {"limit": 5}).holds(facts)


def test_answers() -> None:
    """True is true and false is false."""
    assert holds("a > b && word == 'x' && flag && a > parameter.limit", X)
    assert not holds("a < b", X)


X: Facts = {"a": 7, "b": 1, "word": "x", "flag": True}


@pytest.mark.parametrize(
    ("expression", "facts"),
    [
        ("a / b > 1", {"a": 1, "b": 0}),
        ("a > b", {"a": 1}),
        ("a > b", {"a": "1", "b": 1}),
        ("a > b", {"a": 2**63, "b": 1}),
        ("a + b > 1", {"a": 2**63 - 1, "b": 1}),
        ("int(word) > 1", {"word": "no number"}),
        (ENDLESS, {"a": 1}),
    ],
    ids=["division", "absent", "type", "too_big", "overflow", "conversion", "iteration_budget"],
)
def test_an_error_is_no_answer(expression: str, facts: Facts) -> None:
    """The engine's truthy error values and its exceptions become one error of the port."""
    with pytest.raises(EvaluationError):
        holds(expression, facts)


def test_a_guard_saves_from_an_absent_fact() -> None:
    """`has_x && x < 1` is false where x is not there."""
    assert not holds("flag && a > 1", {"flag": False})


@pytest.mark.parametrize(
    "expression",
    ["a > 1.5", "c > 1", "a", "a >", "word > 1", "x" * (EXPRESSION_LENGTH_MAX + 1)],
)
def test_refuses_what_is_no_condition(expression: str) -> None:
    """Wrong types, unknown names, no boolean, bad syntax, too long."""
    with pytest.raises(ExpressionError):
        holds(expression, X)


def test_knows_which_names_it_mentions() -> None:
    """Names within string literals and as parts of longer names do not count."""
    condition = CelEvaluator().compile("flag && word == 'a b'", TYPES, {"limit": 5})

    assert frozenset({"flag", "word"}) == condition.names


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("a", ["a"]),
        ("a && b && c", ["a ", " b ", " c"]),
        ("a && (b && c)", ["a ", " (b && c)"]),
        ("a || b && c", ["a || b && c"]),
        ("a && b ? c : d", ["a && b ? c : d"]),
        ("a in ['&&', \"||\"] && b", ["a in ['&&', \"||\"] ", " b"]),
        ("(a || b) && !(c ? d : e)", ["(a || b) ", " !(c ? d : e)"]),
    ],
)
def test_conjuncts_are_cut_where_they_join_the_whole(expression: str, parts: list[str]) -> None:
    """Never within brackets or words, never below `||` and `?`."""
    assert parts == conjuncts(expression)


WHOLE = "flag && 10 / a > 1 && b < 5 && word == 'x'"


@given(
    facts=st.fixed_dictionaries(
        {"flag": st.booleans(), "a": st.integers(0, 12)},
        optional={"b": st.integers(0, 9), "word": st.sampled_from(["x", "y"])},
    )
)
def test_parts_answer_as_the_whole_does(facts: dict[str, FactValue]) -> None:
    """False if any is; else no answer if any gives none; what is remembered is the same."""
    whole = cel.NewEnv(variables={n: CEL_TYPES[t] for n, t in TYPES.items()}).compile(WHOLE)
    answer = whole.eval(data=facts)
    expected = bool(answer.value()) if answer.type() == cel.Type.BOOL else None
    condition = CelEvaluator().compile(WHOLE, TYPES, {})

    for _ in range(2):
        try:
            found: bool | None = condition.holds(facts)
        except EvaluationError:
            found = None
        assert expected == found


def test_other_parameters_judge_otherwise() -> None:
    """The condition that they were taken from keeps its own."""
    condition = CelEvaluator().compile("a > parameter.limit", TYPES, {"limit": 10})
    other = condition.bound({"limit": 5})

    assert (False, True) == (condition.holds({"a": 7}), other.holds({"a": 7}))


def test_answers_are_forgotten_before_they_grow() -> None:
    """A condition on a figure that is never the same twice stays small."""
    condition = CelEvaluator().compile("a > 10", TYPES, {})

    assert all(condition.holds({"a": n}) == (n > 10) for n in range(ANSWERS_MAX + 50))
