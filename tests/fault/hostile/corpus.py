"""The whole corpus. Another family is another module with `CASES`, named here."""

from typing import Final

from tests.fault.hostile import connections, figures, letters, records, requests, syntax
from tests.fault.hostile.case import Case

CASES: Final[tuple[Case, ...]] = (
    *syntax.CASES,
    *letters.CASES,
    *figures.CASES,
    *requests.CASES,
    *connections.CASES,
    *records.CASES,
)
