"""Ids that follow from content, so that the same row of a file is the same event for ever.

id = hash(element, what is read of it, occurrence number among equal rows of the file[, part]).
What is *not* read (descriptions, narrative of parties) does not enter: publishers rewrite it with
every release of a file, and the same payment would come back under a new id.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Final

ID_BYTES: Final = 16
"""Length of the digest; 32 hexadecimal digits on the wire."""

SHORT_ID_BYTES: Final = 6
"""Length of an indicator's digest: unique within a project, and short enough to type."""

Content = Sequence[object]
"""What is read of an element: strings, numbers, None and lists of them."""


def digest(content: Content, size_bytes: int = ID_BYTES) -> str:
    """Hash canonical content (JSON without spaces, UTF-8) to hexadecimal digits."""
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=size_bytes).hexdigest()


class Occurrences:
    """Counts equal rows of one file, so that equal rows are separate facts (domain-rules 4)."""

    def __init__(self) -> None:
        """Start with no rows seen."""
        self._seen: Counter[str] = Counter()

    def number(self, content: Content) -> int:
        """Return the ordinal of this row among the equal ones so far, from 1."""
        key = digest(content)
        self._seen[key] += 1
        return self._seen[key]
