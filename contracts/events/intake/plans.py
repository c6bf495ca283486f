"""What is going to be paid: spending plans and contracts (domain-rules 3, 10)."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import Part
from contracts.events.intake.parts import Document, Payee, Period, YearFact
from contracts.vocabulary import Amount, BusinessDate, Code, Identifier

PERIODS_MAX = 60
INSTALMENTS_MAX = 120


class PlanPeriod(Period):
    """One period of a spending plan: its amount is expected to be spent by its last day."""

    amount: Amount
    """Planned spending within the period [plan_amt]."""


class SpendingPlanApproved(YearFact):
    """A project's spending plan for a year; a later one replaces it [PAY_PLAN_VOUCHER]."""

    TYPE: ClassVar[str] = "spending_plan.approved"

    plan: Identifier
    """Plan id [plan_id]; a fact with the same plan replaces the earlier one."""
    line: Identifier | None = None
    """Line it is for; null: the whole project."""
    periods: Annotated[tuple[PlanPeriod, ...], Field(min_length=1, max_length=PERIODS_MAX)]
    """Its periods, in order."""
    document: Document | None = None
    """Plan voucher [plan_voucher_no]."""


class Instalment(Part):
    """One payment a contract calls for."""

    due: BusinessDate
    """When it falls due."""
    amount: Amount
    """How much."""


class CommitmentRecorded(YearFact):
    """A contract is signed and not yet paid (stage 1 of domain-rules 3)."""

    TYPE: ClassVar[str] = "commitment.recorded"

    amount: Amount
    """Amount committed in that year."""
    released: bool = False
    """True: the amount is no longer committed."""
    line: Identifier | None = None
    """Line it binds."""
    unit: Identifier | None = None
    """Unit that signed."""
    contract: Identifier | None = None
    """合同编号 [contract_no]."""
    supplier: Payee | None = None
    """The other party."""
    schedule: Annotated[tuple[Instalment, ...], Field(max_length=INSTALMENTS_MAX)] = ()
    """Payment schedule of the contract."""
    source_kind: Code | None = None
    """Kind in the source's own list (IATI transaction type)."""
    document: Document | None = None
    """The contract as a document."""
