"""What rules measured, as people read it."""

import pytest

from services.alerts.domain.facts import SPECS
from services.console.domain import facts
from services.console.domain.figures import MoneyUnit
from services.console.domain.texts import Language
from services.console.pages.frame.rendering import texts_of


@pytest.mark.parametrize(
    ("name", "value", "chinese", "english"),
    [
        ("ratio_bp", "7000 bp", "70.00%", "70.00%"),
        ("unit.red_share_bp", "3333 bp", "33.33%", "33.33%"),
        ("finding.amount", "123450000 fen", "123.45 万元", "123.45 ×10,000"),
        ("adjusted_after_approval", "-123450000 fen", "\N{MINUS SIGN}123.45 万元", None),
        ("money_ahead_bp", "-512 bp", "\N{MINUS SIGN}5.12 个百分点", None),
        ("cpi_bp", "9722 bp", "0.9722", "0.9722"),
        ("finding.days_since", "1234 days", "1,234 天", "1,234 days"),
        ("months_completed", "5 months", "5 个月", "5 months"),
        ("finding.days_since", "1 days", "1 天", "1 day"),
        ("settled", "true", "是", "yes"),
        ("quadrant", "both_behind", None, "Both behind"),
        ("line.expected_basis", "class_profile", None, "profile of its class"),
        ("indicator.state", "not_reported", None, "due, not reported"),
        ("state", "suspended", None, "Suspended"),
        ("indicator.actual", "12 km", "12 km", "12 km"),
        ("indicators", "12", "12", "12"),
        ("indicator.grade", "", "–", "–"),
        ("indicator.trend", "brand_new", "brand_new", "brand_new"),
    ],
)
def test_a_fact_is_written_in_its_measure(
    name: str, value: str, chinese: str | None, english: str | None
) -> None:
    """Rates per cent, fen as money in the chosen unit, codes in words, all else as it is."""
    for language, expected in ((Language.CHINESE, chinese), (Language.ENGLISH, english)):
        if expected is not None:
            assert expected == facts.fact(name, value, MoneyUnit.WAN, texts_of(language))


@pytest.mark.parametrize(
    ("value", "measure", "expected"),
    [
        (7000, "bp", "70.00%"),
        (100_000, "fen", "1,000.00 元"),
        (3, "months", "3 个月"),
        (5, None, "5"),
        (True, None, "是"),
        ("class", None, "class"),
    ],
)
def test_a_parameter_is_written_like_a_fact(
    value: object, measure: str | None, expected: str
) -> None:
    """In its measure, if it has one."""
    texts = texts_of(Language.CHINESE)

    assert expected == facts.parameter(value, measure, MoneyUnit.YUAN, texts)


@pytest.mark.parametrize("language", Language)
def test_every_fact_and_measure_has_its_text(language: Language) -> None:
    """What a rule may speak about is never shown as a code."""
    entries = texts_of(language).entries
    measures = {spec.unit for spec in SPECS.values()} - {"", "bp", "fen"}

    assert [] == [name for name in SPECS if f"fact.{name}" not in entries]
    for group in ("fact_unit", "fact_unit_one"):
        assert [] == [name for name in measures if f"{group}.{name}" not in entries]
    assert set(facts.WORDS) | facts.DIFFERENCES | facts.RATIOS <= set(SPECS) | {
        name.rpartition(".")[2] for name in SPECS
    }
