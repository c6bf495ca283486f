"""Structures that several facts share: papers, classes, payees, decisions, periods.

National field names stand in brackets (docs: finance-data; tables BA_BGT_INFO … PAY_DETAIL).
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.envelope import Data, Part
from contracts.vocabulary import (
    BusinessDate,
    Code,
    DocumentKind,
    FiscalYear,
    Identifier,
    Name,
    Text,
)

ORDINAL_MAX = 2**53 - 1
"""Largest sequence that every JSON reader keeps exactly."""


class Document(Part):
    """The numbered paper a fact is recorded on; with jurisdiction and year, its document key.

    Two facts with one key are one document: the second is refused (domain-rules 4).
    """

    kind: DocumentKind
    """What paper it is."""
    number: Identifier
    """Number printed on it (cor_bgt_doc_no, pay_app_no, pay_cert_no, contract_no …)."""
    line: Identifier | None = None
    """Detail id (pay_detail_id), else payee account hash, else ordinal within the voucher."""


class Classification(Part):
    """Class codes of a line or payment (numbers as declared nationally)."""

    function: Code | None = None
    """Functional class 类款项, 3/5/7 digits [exp_func_code]."""
    government_economic: Code | None = None
    """Government economic class, 5 digits [gov_bgt_eco_code]."""
    department_economic: Code | None = None
    """Department economic class, 5 digits [dep_bgt_eco_code]."""
    fund_type: Code | None = None
    """Kind of money, e.g. 111 一般公共预算资金 [fund_type_code]."""


class Payee(Part):
    """Who was paid. Natural persons only masked and as a keyed hash (domain-rules 7)."""

    name: Name
    """Name of an organisation, or a masked personal name [payee_acct_name]."""
    account_hash: Code | None = None
    """Keyed hash of the account number; the number itself is never stored."""
    natural_person: bool = False
    """Whether the payee is a person."""


class Period(Part):
    """A span of days, both ends included."""

    start: BusinessDate
    """First day."""
    end: BusinessDate
    """Last day."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            msg = "end must not be before start"
            raise ValueError(msg)
        return self


class YearFact(Data):
    """Base of facts that belong to a fiscal year and carry money."""

    fiscal_year: FiscalYear
    """Year whose budget is concerned; carried explicitly, never derived (domain-rules 5)."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """ISO 4217 code of the amounts, if the source says it; any other than ours is refused."""


class Decision(Part):
    """Who decided something, and on what paper (domain-rules 18)."""

    body: Name
    """Deciding body 决定机关, as it calls itself."""
    number: Identifier
    """Document number 文号 of the decision."""
    title: Text = ""
    """Title of the document."""
