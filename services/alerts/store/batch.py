"""What one batch of assessments did, gathered before it is written in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from contracts.envelope import AnyEvent
from services.alerts.domain.alert import Alert, Change
from services.alerts.domain.case import Case, Examination
from services.alerts.domain.telling import Because, Told
from services.alerts.store.documents import case_id


@dataclass
class Batch:
    """Cases as they were loaded and as assessments have changed them."""

    position: int
    """Last position of the partition that is part of it."""
    offset: int | None
    """Kafka offset to read next; null: from the beginning. A hint."""
    cases: dict[str, Case]
    """Present state of every case, by id."""
    names: dict[str, str] = field(default_factory=dict)
    """Names of jurisdictions that were registered, on their home partition."""
    facts: list[AnyEvent] = field(default_factory=list)
    """Jurisdiction facts and `day assessed` in it, in order, for those that keep them."""
    told: list[Told] = field(default_factory=list)
    """Everything that happened, in order."""
    _loaded: dict[str, int] = field(init=False)
    _touched: dict[str, Alert] = field(init=False, default_factory=dict)
    _judged: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        """Remember the versions that the store has."""
        self._loaded = {
            alert.id: alert.version for case in self.cases.values() for alert in _alerts(case)
        }

    @property
    def weight(self) -> int:
        """About how many documents it writes: alerts, cases, and what is told of them."""
        return len(self._touched) + len(self._judged) + 2 * len(self.told)

    def apply(self, examination: Examination, because: Because) -> None:
        """Take over what an assessment did to its case."""
        if examination.stale:
            return
        case = examination.case
        name = case_id(case.project, case.fiscal_year)
        self._judged.add(name)
        self.change(name, case, examination.changes, because)

    def change(self, name: str, case: Case, changes: Iterable[Change], because: Because) -> None:
        """Take over what something else than an assessment did to a case."""
        self.cases[name] = case
        for change in changes:
            alert = case.alerts[change.key]
            self._touched[alert.id] = alert
            self.told.append(Told(change, because))

    def judged(self) -> dict[str, Case]:
        """Return the cases that were judged."""
        return {name: self.cases[name] for name in self._judged}

    def changed(self) -> list[tuple[Alert, int]]:
        """Return alerts that the store has and that changed, with the version it must have."""
        return [
            (alert, self._loaded[alert.id])
            for alert in self._touched.values()
            if alert.id in self._loaded
        ]

    def raised(self) -> list[Alert]:
        """Return alerts that the store does not have yet."""
        return [alert for alert in self._touched.values() if alert.id not in self._loaded]

    def superseded(self) -> list[str]:
        """Return stored alerts, unchanged, that are no longer the latest of their key."""
        gone = self._loaded.keys() - self.latest() - self._touched.keys()
        return sorted(gone)

    def latest(self) -> frozenset[str]:
        """Return the newest occurrence of every key."""
        return frozenset(alert.id for case in self.cases.values() for alert in _alerts(case))


def _alerts(case: Case) -> Iterable[Alert]:
    return case.alerts.values()
