"""Whatever intake refuses over HTTP, it says in both languages, and what to do."""

import pytest

from services.chassis.problems import ProblemError
from services.intake.api import principal_problems, proof_problems

REFUSALS = [
    principal_problems.unknown("p"),
    principal_problems.unknown_key("p", "k"),
    principal_problems.exists("p"),
    principal_problems.changed_meanwhile("p"),
    principal_problems.is_revoked("p"),
    principal_problems.too_many_keys("p"),
    principal_problems.too_many(),
    principal_problems.too_wide(9),
    principal_problems.beyond_bounds(),
    principal_problems.expired_already(),
    proof_problems.no_entry("340100/P1", 7),
    proof_problems.no_partition(4),
    proof_problems.not_covered(3),
    proof_problems.too_long("100 MB"),
    proof_problems.broken("checkpoint 3 is another"),
    proof_problems.overtaken(),
    proof_problems.none_made(),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_a_refusal_tells_in_both_languages_and_says_what_to_do(refusal: ProblemError) -> None:
    """Title, detail and hint; whoever reads Chinese learns as much as whoever reads English."""
    told = refusal.problem.document()

    for part in ("title", "detail", "hint"):
        assert told[part]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in told[f"{part}_zh"]), part


def test_a_hint_names_the_same_ways_out_in_both_languages() -> None:
    """A command or an address is written alike."""
    told = proof_problems.none_made().problem.document()

    assert "DUALWATCH_INTAKE__CHECKPOINTS" in told["hint"]
    assert "DUALWATCH_INTAKE__CHECKPOINTS" in told["hint_zh"]


def test_what_the_last_checkpoint_is_is_told() -> None:
    """Which is older, or that there is none."""
    older, none = (proof_problems.not_covered(last).problem.document() for last in (3, None))

    assert "the last, 3, is older" in older["detail"]
    assert "there is none yet" in none["detail"]
    assert older["detail_zh"] != none["detail_zh"]
