"""The whole corpus. Another family is another module with `CASES`, named here."""

from typing import Final

from tests.fault.hostile import figures, letters, records, requests, syntax
from tests.fault.hostile.case import Case

CASES: Final[tuple[Case, ...]] = (
    *syntax.CASES,
    *letters.CASES,
    *figures.CASES,
    *requests.CASES,
    *records.CASES,
)
