"""What analysis knows about money and targets: pure functions from entries to assessments.

`evolve` folds the ledger's entries into a project's years, `assess` says where a project stands
at a date (both monitors, Art. 2), `explain` says why. Nothing here reads a clock or does I/O.
"""

from services.analysis.domain.assessment import assess
from services.analysis.domain.calendar import (
    add_working_days,
    current_fiscal_year,
    fiscal_year_bounds,
    is_working_day,
    months_completed,
)
from services.analysis.domain.encoding import StateVersionError, decode_state, encode_state
from services.analysis.domain.findings.detection import findings_of
from services.analysis.domain.folding.dispatch import (
    FOLD_OF,
    advance_head,
    advance_year,
    count_late,
    evolve,
    evolve_head,
    fiscal_year_of,
    is_kept,
    needs_sweep,
    new_head,
    new_year,
    note_closing,
    swept_years,
)
from services.analysis.domain.folding.jurisdiction import evolve_jurisdiction
from services.analysis.domain.folding.organisations import (
    KnownOrganisation,
    evolve_organisation,
    organisation_at,
    tree_at,
)
from services.analysis.domain.size import LOOK_BYTES, STATE_BYTES_MAX, leave_out, look
from services.analysis.domain.standing import ends_silence
from services.analysis.domain.state import (
    PUBLISHERS_MAX,
    Entry,
    Jurisdiction,
    Organisation,
    ProjectHead,
    ProjectYear,
    Registration,
)
from services.analysis.domain.why.entries import Contribution
from services.analysis.domain.why.explanation import (
    DERIVED,
    FIGURES,
    INDICATOR_PREFIX,
    Explanation,
    UnknownFigureError,
    explain,
)

__all__ = [
    "DERIVED",
    "FIGURES",
    "FOLD_OF",
    "INDICATOR_PREFIX",
    "LOOK_BYTES",
    "PUBLISHERS_MAX",
    "STATE_BYTES_MAX",
    "Contribution",
    "Entry",
    "Explanation",
    "Jurisdiction",
    "KnownOrganisation",
    "Organisation",
    "ProjectHead",
    "ProjectYear",
    "Registration",
    "StateVersionError",
    "UnknownFigureError",
    "add_working_days",
    "advance_head",
    "advance_year",
    "assess",
    "count_late",
    "current_fiscal_year",
    "decode_state",
    "encode_state",
    "ends_silence",
    "evolve",
    "evolve_head",
    "evolve_jurisdiction",
    "evolve_organisation",
    "explain",
    "findings_of",
    "fiscal_year_bounds",
    "fiscal_year_of",
    "is_kept",
    "is_working_day",
    "leave_out",
    "look",
    "months_completed",
    "needs_sweep",
    "new_head",
    "new_year",
    "note_closing",
    "organisation_at",
    "swept_years",
    "tree_at",
]
