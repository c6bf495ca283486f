"""The catalogue of texts, one file per language: what a page says, by key."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Language(StrEnum):
    """Languages of the pages; the first is the default."""

    CHINESE = "zh"
    ENGLISH = "en"


@dataclass(frozen=True)
class Texts:
    """The texts of one language; called with a key, and what the text has gaps for."""

    language: Language
    entries: Mapping[str, str]

    def __call__(self, key: str, **values: Any) -> str:
        """Return a text; a missing key is an error, the catalogues are tested to agree."""
        return self.entries[key].format(**values)

    def of(self, group: str, word: str | None) -> str:
        """Return the text of a word that a service said; the word itself if we know none."""
        return self.entries.get(f"{group}.{word}", word or "–")

    def under(self, group: str) -> dict[str, str]:
        """Return all texts of a group by their words, for a script that picks among them."""
        prefix = f"{group}."
        return {
            key.removeprefix(prefix): text
            for key, text in self.entries.items()
            if key.startswith(prefix)
        }

    def listed(self, words: Iterable[str]) -> str:
        """Write several words one after the other, as the language divides them."""
        return ("、" if self.language is Language.CHINESE else ", ").join(words)

    @property
    def html_language(self) -> str:
        """Say which language it is, as HTML wants it."""
        return "zh-CN" if self.language is Language.CHINESE else "en"


def read_texts(language: Language, source: str) -> Texts:
    """Read a catalogue (TOML): tables make the keys' dotted parts."""
    return Texts(language, dict(_flat("", tomllib.loads(source))))


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _flat(f"{key}.", value)
        else:
            yield key, str(value)
