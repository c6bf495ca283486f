"""What an import needs to know that the file does not say."""

from dataclasses import dataclass
from typing import Final

FISCAL_YEAR_START_DEFAULT: Final = "01-01"
TIME_ZONE_DEFAULT: Final = "UTC"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The jurisdiction an IATI file is imported as."""

    jurisdiction: str | None = None
    """Its code; None: the reporting organisation's identifier."""
    fiscal_year_start: str = FISCAL_YEAR_START_DEFAULT
    """First day of its fiscal year, MM-01."""
    currency: str | None = None
    """ISO 4217 code of its money; None: the first one the file names."""
    time_zone: str = TIME_ZONE_DEFAULT
    """IANA name of the time zone its business days are counted in."""

    @property
    def start_month(self) -> int:
        """Month in which its fiscal year begins."""
        return int(self.fiscal_year_start[:2])
