"""Parameters that several routes share, with their bounds."""

from typing import Annotated, Final

from fastapi import Query

from contracts.vocabulary import FISCAL_YEAR_MAX, FISCAL_YEAR_MIN, ID_LENGTH_MAX

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 1_000
CURSOR_MAX: Final = 2**63 - 1
SUBJECT_LENGTH_MAX: Final = 2 * ID_LENGTH_MAX + 4
CUT_LENGTH_MAX: Final = 4_000
TOKEN_LENGTH_MAX: Final = 100

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Most items in the answer.")]
Name = Annotated[str | None, Query(max_length=SUBJECT_LENGTH_MAX)]
Year = Annotated[int | None, Query(ge=FISCAL_YEAR_MIN, le=FISCAL_YEAR_MAX)]
Cursor = Annotated[int, Query(ge=0, le=CURSOR_MAX)]
