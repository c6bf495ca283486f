"""The pages for publishers as tests read them: code blocks, and what each is said to print."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[3] / "docs" / "publishers"
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ELSE: Final = "…"
"""Stands for whatever differs from time to time."""


@dataclass(frozen=True)
class Block:
    """A block of code, and the answer that the page shows below it, if it shows one."""

    code: str
    answer: str | None


def blocks(page: str, language: str) -> list[Block]:
    """Take the blocks of one language out of a page, in order."""
    text = (FOLDER / page).read_text(encoding="utf-8")
    found = [(match.group(1), match.group(2)) for match in _BLOCK.finditer(text)]
    followed = zip(found, [*found[1:], ("", "")], strict=True)
    return [
        Block(code, answer if after == "text" else None)
        for (word, code), (after, answer) in followed
        if word == language
    ]


def answers(shown: str, printed: str) -> bool:
    """Whether what was printed is what the page shows, `…` standing for anything."""
    parts = [re.escape(" ".join(part.split())) for part in shown.split(ELSE)]
    return re.search(".*?".join(parts), " ".join(printed.split())) is not None
