"""The catalogues of all services' databases."""

from collections.abc import Mapping
from typing import Final

from services.alerts.store.catalogue import CATALOGUE as ALERTS
from services.alerts.store.catalogue import REFERRALS
from services.analysis.store.catalogue import CATALOGUE as ANALYSIS
from services.chassis.catalogue import Catalogue, Kept
from services.intake.store.catalogue import CATALOGUE as INTAKE
from services.reporting.store.catalogue import CATALOGUE as REPORTING

CATALOGUES: Final[Mapping[str, Catalogue]] = {
    each.database: each for each in (INTAKE, ANALYSIS, ALERTS, REPORTING, REFERRALS)
}
KEPT: Final[Mapping[Kept, str]] = {
    Kept.BACKUP: "**backup**",
    Kept.TOPIC: "made again",
    Kept.AWAY: "not missed",
}


def table() -> str:
    """Write what is where as a table of docs/backup.md."""
    rows = ["| database | collection | holds | comes back |", "|---|---|---|---|"]
    for catalogue in CATALOGUES.values():
        for name, each in catalogue.collections.items():
            back = KEPT[each.kept] + (f": {each.again}" if each.again else "")
            if catalogue.restricted:
                back = "**backup of its own**: `--referrals`"
            rows.append(f"| `{catalogue.database}` | `{name}` | {each.holds} | {back} |")
    return "\n".join(rows)
