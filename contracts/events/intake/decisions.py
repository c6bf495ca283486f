"""What is decided and put in force: dispositions, priority lists, rule packs, corrections."""

import hashlib
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from contracts.envelope import Data, Part
from contracts.events.evidence import EvidenceFiles
from contracts.events.intake.parts import ORDINAL_MAX, Classification, Decision, Document
from contracts.vocabulary import (
    Amount,
    BudgetAccount,
    BusinessDate,
    FiscalYear,
    Identifier,
    Measure,
    PriorityListKind,
    Text,
)

LISTED_MAX = 500
"""Most projects of one list: with their reasons they fit into one event."""
REASON_LENGTH_MAX = 200
PACK_LENGTH_MAX = 48_000
"""Longest rule pack, characters of YAML; the limit of one event holds besides."""


class DispositionDecided(Data):
    """A classified measure is decided about a project 分类处置 (Art. 14, domain-rules 18).

    `date` is the day of the decision. Dualwatch records it and stops no payment; the cut itself
    is a `budget.adjusted`, the suspension a `project_state.changed`.
    """

    TYPE: ClassVar[str] = "disposition.decided"

    fiscal_year: FiscalYear
    """Year it concerns."""
    disposition: Identifier
    """Its id; the same id in a later fact replaces what was said."""
    measure: Measure
    """What is decided (Art. 14(1), 14(2))."""
    objective_grounds: bool
    """Whether on objective grounds: policy change, emergency (Art. 14(1)); else Art. 14(2)."""
    ground: Annotated[Text, Field(min_length=1)]
    """Ground, in words."""
    decision: Decision
    """Deciding body and document number."""
    amount: Amount | None = None
    """Money it concerns, in the jurisdiction's currency; null: none is named."""
    line: Identifier | None = None
    """Funding line it concerns [bgt_id]; null: the whole project."""
    effective_from: BusinessDate | None = None
    """First day of its effect; null: the fact's date."""
    alert: Identifier | None = None
    """Alert that it answers."""
    evidence: EvidenceFiles = ()
    """The decision itself and what it rests on."""


class ListedProject(Part):
    """One project of a priority list."""

    project: Identifier
    """Its code within the jurisdiction [pro_code]."""
    reason: Annotated[Text, Field(max_length=REASON_LENGTH_MAX)] = ""
    """Why it is on the list: source of Art. 7, or what was missed (Art. 12)."""


class PriorityListPublished(Data):
    """A priority list 重点监控清单 of a year (Art. 7, 11, 12; domain-rules 19).

    It replaces every earlier list of the same kind, organisation and year.
    """

    TYPE: ClassVar[str] = "priority_list.published"

    fiscal_year: FiscalYear
    """Year it holds for."""
    priority_list: Identifier
    """Its id."""
    kind: PriorityListKind
    """The bureau's or a department's."""
    organisation: Identifier | None = None
    """Department whose list it is [dept_code]; null exactly if it is the bureau's."""
    projects: Annotated[tuple[ListedProject, ...], Field(max_length=LISTED_MAX)]
    """The projects, each once; none: nothing is on the list any more."""
    decision: Decision | None = None
    """Who decided it, on what paper."""

    @model_validator(mode="after")
    def _whose(self) -> Self:
        if (self.kind is PriorityListKind.DEPARTMENT) != (self.organisation is not None):
            msg = "organisation is given exactly when kind is department"
            raise ValueError(msg)
        if len({listed.project for listed in self.projects}) != len(self.projects):
            msg = "a project stands on a list once"
            raise ValueError(msg)
        return self


class RulePackPublished(Data):
    """A rule pack is in force: which rules alerts judges by (Art. 10, 17)."""

    TYPE: ClassVar[str] = "rule_pack.published"

    pack: Identifier
    """Its id; of one pack the highest version that is in effect holds."""
    version: Annotated[int, Field(strict=True, ge=1)]
    """Counts its versions."""
    organisation: Identifier | None = None
    """Department whose own rules they are [dept_code]; null: the jurisdiction's."""
    effective_from: BusinessDate | None = None
    """First day it judges; null: the fact's date."""
    effective_to: BusinessDate | None = None
    """Last day it judges, if that is known."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Hash of `content` in UTF-8, so that every reader knows it has the same rules."""
    content: Annotated[str, Field(min_length=1, max_length=PACK_LENGTH_MAX)]
    """The pack itself, YAML."""

    @model_validator(mode="after")
    def _hash_fits(self) -> Self:
        if hashlib.sha256(self.content.encode()).hexdigest() != self.sha256:
            msg = "sha256 is not the hash of content in UTF-8"
            raise ValueError(msg)
        if self.effective_to and self.effective_to < (self.effective_from or self.date):
            msg = "effective_to must not be before effective_from"
            raise ValueError(msg)
        return self


class FactCorrected(Data):
    """A recorded fact was charged wrongly: it moves to another line, unit or class 更正.

    The total never changes (domain-rules 4): a wrong amount is reversed and recorded anew. The
    entry itself stays in the ledger as it was stated.
    """

    TYPE: ClassVar[str] = "fact.corrected"

    fiscal_year: FiscalYear
    """Year of the fact that is corrected."""
    entry: Annotated[int, Field(strict=True, ge=1, le=ORDINAL_MAX)]
    """Its entry: `sequence` in this project's stream, as the verdict and the ledger say it."""
    original: Document | None = None
    """Its document, if it has one, so that people find it."""
    line: Identifier | None = None
    """Funding line it belongs to [bgt_id]; null: unchanged, as in all that follows."""
    unit: Identifier | None = None
    """Unit it belongs to [agency_code]."""
    account: BudgetAccount | None = None
    """Budget it belongs to."""
    classification: Classification | None = None
    """Its class codes, all of them."""
    notice: Identifier | None = None
    """Number of the correction notice 更正通知书."""
    reason: Annotated[Text, Field(min_length=1)]
    """Ground, in words."""

    @model_validator(mode="after")
    def _corrects(self) -> Self:
        if all(
            stated is None for stated in (self.line, self.unit, self.account, self.classification)
        ):
            msg = "a correction names line, unit, account or classification"
            raise ValueError(msg)
        return self
