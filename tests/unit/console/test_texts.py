"""Both languages say the same things, and templates ask for nothing else."""

import re
import string
from importlib.resources import files
from pathlib import Path
from typing import Final, get_args

import pytest

from contracts.codec import INTAKE_TYPES
from contracts.vocabulary import (
    Aspect,
    AttainmentState,
    ExpectedBasis,
    FindingKind,
    IndicatorBehaviour,
    Light,
    Quadrant,
    Severity,
)
from services.alerts.domain.delivery import LogKind
from services.console.domain.lists import SORTS, kind_of
from services.console.domain.texts import Language
from services.console.pages.frame.rendering import texts_of
from services.intake.store.principal_log import Action

TEMPLATES: Final = sorted(Path(str(files("services.console") / "templates")).rglob("*.html"))
KEY: Final = re.compile(r"""\bt\(\s*"([a-z_0-9.]+)"\s*[,)]""")
WORDS: Final = {
    "light": [*Light, "none"],
    "severity": list(Severity),
    "aspect": list(Aspect),
    "quadrant": list(Quadrant),
    "state": list(AttainmentState),
    "basis": list(ExpectedBasis),
    "behaviour": list(IndicatorBehaviour),
    "finding": list(FindingKind),
    "column": list(SORTS),
    "delivery_kind": list(LogKind),
    "audit_action": list(get_args(Action)),
    "event": [kind_of(name) for name in INTAKE_TYPES],
}


def gaps(text: str) -> set[str]:
    """Name what a text has gaps for."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_catalogues_have_the_same_keys_and_gaps() -> None:
    """A text of one language is missing in none, and takes the same values."""
    chinese, english = (texts_of(language).entries for language in Language)

    assert list(chinese) == list(english)
    assert {key: gaps(text) for key, text in chinese.items()} == {
        key: gaps(text) for key, text in english.items()
    }
    assert all(chinese.values())
    assert all(english.values())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_templates_ask_for_texts_that_exist(template: Path) -> None:
    """Every key written in a template is in the catalogues."""
    assert set(KEY.findall(template.read_text("utf-8"))) <= set(texts_of(Language.CHINESE).entries)


@pytest.mark.parametrize("group", WORDS)
def test_every_word_of_the_contracts_has_its_text(group: str) -> None:
    """What a service may say is never shown as a code."""
    entries = texts_of(Language.CHINESE).entries

    assert [] == [word for word in WORDS[group] if f"{group}.{word}" not in entries]


def test_an_unknown_word_is_shown_as_it_is() -> None:
    """A newer service may say more than this release knows."""
    texts = texts_of(Language.ENGLISH)

    assert ("brand.new", "–") == (texts.of("event", "brand.new"), texts.of("event", None))
