"""What people find when they look: checks, problems, assets (Art. 7, 8(3), 10, 11)."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import Data
from contracts.events.evidence import EvidenceFiles
from contracts.events.intake.parts import Document, YearFact
from contracts.vocabulary import (
    Amount,
    BusinessDate,
    CheckResult,
    Code,
    ExtendedTopic,
    FiscalYear,
    Identifier,
    MonitoringMode,
    Name,
    ProblemKind,
    ProblemOrigin,
    ProblemOutcome,
    Severity,
    Text,
)

QUANTITY_MAX = 1_000_000_000


class CheckRecorded(Data):
    """Somebody looked at a project and says what was found (Art. 8(3), 11)."""

    TYPE: ClassVar[str] = "check.recorded"

    fiscal_year: FiscalYear
    """Year whose work was looked at."""
    check: Identifier
    """Its id; the same id in a later fact replaces what was said."""
    mode: MonitoringMode
    """日常监控, 重点监控 or 延伸监控."""
    topic: ExtendedTopic | None = None
    """What was looked at, by Art. 8(3)."""
    checked_by: Name
    """Organisation that looked."""
    result: CheckResult
    """What came out."""
    conclusion: Text = ""
    """The conclusion, in words."""
    priority_list: Identifier | None = None
    """Priority list that the check answers (`priority_list.published`)."""
    evidence: EvidenceFiles = ()
    """Working papers and photographs."""


class ProblemRegistered(Data):
    """Something about a project has to be put right (Art. 2, 7, 10, 14)."""

    TYPE: ClassVar[str] = "problem.registered"

    fiscal_year: FiscalYear
    """Year it concerns."""
    problem: Identifier
    """Its id; the same id in a later fact replaces what was said."""
    kind: ProblemKind
    """What it is about."""
    origin: ProblemOrigin
    """Who found it."""
    severity: Severity
    """How much it demands; `red`: serious in the sense of Art. 14(2)."""
    title: Name
    """The problem in one line."""
    description: Text = ""
    """The problem in full."""
    amount: Amount | None = None
    """Money it concerns, in the jurisdiction's currency; null: none or unknown."""
    check: Identifier | None = None
    """Check that found it (`check.recorded`)."""
    due: BusinessDate | None = None
    """整改期限: when it has to be put right."""
    evidence: EvidenceFiles = ()
    """Files that show it."""


class ProblemResolved(Data):
    """A registered problem has ended [PAY_PERF_MONITOR_INFO]."""

    TYPE: ClassVar[str] = "problem.resolved"

    fiscal_year: FiscalYear
    """Year it concerns."""
    problem: Identifier
    """Id it was registered under."""
    outcome: ProblemOutcome
    """How it ended."""
    resolution: Text = ""
    """整改情况: what was done, in words [rectify_epilog]."""
    confirmed_by: Name | None = None
    """Organisation that confirmed it; null: the unit says so itself."""
    evidence: EvidenceFiles = ()
    """Files that prove it."""


class AssetAcquired(YearFact):
    """A project bought an asset (Art. 8(3) 资产管理, Art. 10 超标准配置资产).

    The payment itself is an `expenditure.recorded`: this fact moves no money.
    """

    TYPE: ClassVar[str] = "asset.acquired"

    asset: Identifier
    """Asset card number 资产卡片编号."""
    name: Name
    """What it is."""
    category: Code | None = None
    """固定资产分类代码 (GB/T 14885)."""
    quantity: Annotated[int, Field(strict=True, ge=1, le=QUANTITY_MAX)] = 1
    """How many, in the unit of measure."""
    measure_unit: Code | None = None
    """Unit of measure 计量单位; null: pieces."""
    amount: Amount
    """Acquisition value of all of them together."""
    standard_amount: Amount | None = None
    """What the configuration standard 配置标准 allows for one; null: there is none."""
    standard_quantity: Annotated[int, Field(strict=True, ge=0, le=QUANTITY_MAX)] | None = None
    """How many the standard allows the unit; null: there is none."""
    line: Identifier | None = None
    """Funding line it was bought from [bgt_id]."""
    unit: Identifier | None = None
    """Unit that holds it [agency_code]."""
    contract: Identifier | None = None
    """Contract it was bought under [contract_no]."""
    payment: Document | None = None
    """Document of the payment, as its own fact names it [pay_cert_no]."""
