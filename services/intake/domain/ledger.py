"""The ledger's decision: a batch of submissions → entries, claims, verdicts, quarantine, copies.

Pure. `decide` is given what is known and changes nothing of it; the store writes the decision in
one transaction. This is the hottest loop of intake: one call per event, plain tuples for what
goes into the database by the thousand.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from services.intake.domain import jurisdictions as tenants
from services.intake.domain.chain import NO_HEAD, link
from services.intake.domain.decision import (
    Before,
    Claim,
    Decision,
    Known,
    OutgoingCopy,
    Quarantined,
    quarantine_id,
    stream_of,
)
from services.intake.domain.jurisdictions import Jurisdiction
from services.intake.domain.orders import Act, Order, Outcome, State
from services.intake.domain.references import REFERRING_TYPES, not_before
from services.intake.domain.scopes import LEAD_TYPES, NOBODY, lead_of, outside
from services.intake.domain.submissions import Candidate, Copy, Origin
from services.intake.domain.tree import placed
from services.intake.domain.verdicts import REASONS, Refusal, Verdict

# Attributes of an enumeration are properties: too slow for once an event.
_ACCEPTED: Final = Verdict.ACCEPTED.value
_DUPLICATE: Final = Verdict.DUPLICATE.value
_REFUSED_AGAIN: Final = "refused_again"


def decide(
    batch: Iterable[Candidate],
    before: Before,
    known: Known,
    recorded_ms: int,
) -> Decision:
    """Judge a batch in order; `known` are the claims it meets in the store."""
    batch_ = _Batch(before, known, recorded_ms)
    take = batch_.take if before.scopes is None else batch_.take_bounded
    for candidate in batch:
        take(candidate)
    return batch_.decision


class _Batch:
    """One run of `decide`: the decision so far over what was known before.

    The decision's dictionaries are held by name: each is looked at for every event.
    """

    def __init__(self, before: Before, known: Known, recorded_ms: int) -> None:
        self.decision = decision = Decision(before)
        self._before = before
        self._known = known
        self._recorded_ms = recorded_ms
        self._claims = decision.claims
        self._documents = decision.documents
        self._heads = decision.heads
        self._entries = decision.entries
        self._publish = decision.published.append
        self._noticed: set[tuple[str, str]] = set()
        """Publishers and jurisdictions of entries since the last fact of any jurisdiction."""
        self._jurisdictions = len(before.jurisdictions)
        """How many there are."""
        self._order: Order | None = None
        """The order that is being carried out."""

    def take(self, candidate: Candidate) -> None:  # noqa: C901 - a branch each, called once an event
        """Judge the next event."""
        if candidate.refusal is not None:
            self._quarantine(candidate, Verdict.INVALID, candidate.refusal)
        elif candidate.copy is not None:
            self._enter_copy(candidate, candidate.copy)
        elif candidate.order is not None and candidate.order is not self._order:
            self._obey(candidate, candidate.order)
        elif (claim := self._claim(candidate.key)) is not None:
            self._repeat(candidate, claim)
        elif candidate.jurisdiction_fact:
            self._take_jurisdiction_fact(candidate)
        elif (jurisdiction := self._jurisdiction(candidate.jurisdiction)) is None:
            self._refuse(candidate, tenants.unknown(candidate.jurisdiction))
        elif candidate.currency is not None and candidate.currency != jurisdiction.currency:
            self._refuse(candidate, tenants.other_currency(jurisdiction, candidate.currency))
        elif candidate.document is not None and self._is_recorded(candidate.document):
            self._refuse(candidate, _DOCUMENT_REPEATED)
        elif candidate.event_type in REFERRING_TYPES:
            self._take_reference(candidate)
        else:
            self._accept(candidate)

    def take_bounded(self, candidate: Candidate) -> None:
        """Judge the next event where some publishers have bounds.

        Before anything else: an answer about what is out of scope would tell that it exists. A
        copy was judged at its home.
        """
        order = candidate.order
        if order is not None and (order.override or order.act is Act.DISCARD):
            self.take(candidate)
            return
        scope = (self._before.scopes or {}).get(candidate.origin.publisher, NOBODY)
        if scope is not None and candidate.refusal is None and candidate.copy is None:
            subject = candidate.subject
            lead = self.decision.leads.get(subject) or self._before.leads.get(subject)
            refusal = outside(candidate, scope, lead)
            if refusal is not None:
                self._refuse(candidate, refusal)
                return
        self.take(candidate)

    def _obey(self, candidate: Candidate, order: Order) -> None:
        """Carry out what the data desk has decided about an entry of the quarantine."""
        origin = candidate.origin
        if order.act is Act.DISCARD:
            self.decision.orders.append(Outcome(order, None))
            self._answer(origin, State.DISCARDED.value, None, None, order.entry)
            return
        claim = self._claim(candidate.key)
        if claim is not None and order.derived:
            # An id that derives from the entry can only be this one's: it is in the ledger.
            self._answer(origin, _DUPLICATE, claim.sequence, claim.position)
        else:
            document = candidate.document
            if order.override and document is not None and self._is_recorded(document):
                # The other fact keeps the document's claim; this one is entered beside it.
                candidate = msgspec.structs.replace(candidate, document=None)
            self._order = order
            self.take(candidate)
        if not self.decision.orders or self.decision.orders[-1].order is not order:
            _, verdict, sequence, position, _ = self.decision.verdicts[order.request][-1]
            outcome = Outcome(order, Verdict(verdict), sequence, position)
            self.decision.orders.append(outcome)

    def _claim(self, key: bytes) -> Claim | None:
        return self._claims.get(key) or self._known.claims.get(key)

    def _is_recorded(self, document: bytes) -> bool:
        return document in self._documents or document in self._known.documents

    def _jurisdiction(self, code: str) -> Jurisdiction | None:
        return self.decision.jurisdictions.get(code) or self._before.jurisdictions.get(code)

    def _accept(self, candidate: Candidate) -> None:
        """Enter an event: entry, claims, verdict."""
        sequence, position = self._enter(candidate, candidate.subject)
        origin = candidate.origin
        self._claims[candidate.key] = Claim(
            candidate.content, position, sequence, origin.request, origin.index
        )
        if candidate.document is not None:
            self._documents[candidate.document] = candidate.key
        if candidate.event_type in LEAD_TYPES and (lead := lead_of(candidate)) is not None:
            self.decision.leads[candidate.subject] = lead
        who = (origin.publisher, candidate.jurisdiction)
        if who not in self._noticed and not candidate.jurisdiction_fact:
            self._notice(*who)
        self._answer(origin, _ACCEPTED, sequence, position)

    def _notice(self, publisher: str, code: str) -> None:
        """Remember that a publisher spoke, on the day that is open."""
        self._noticed.add((publisher, code))
        known = self._jurisdiction(code)
        if known is None:
            return
        after = tenants.noticed(known, publisher)
        if after is not known:
            self.decision.jurisdictions[code] = after

    def _enter(self, candidate: Candidate, stream: str) -> tuple[int, int]:
        last, previous = self._heads.get(stream) or self._before.heads.get(stream, NO_HEAD)
        sequence = last + 1
        position = self.decision.position = self.decision.position + 1
        recorded_ms, kind, raw = self._recorded_ms, candidate.event_type, candidate.raw
        publisher = candidate.origin.publisher
        hashed = link(previous, position, recorded_ms, kind, publisher, raw)
        self._heads[stream] = (sequence, hashed)
        entry = (sequence, position, recorded_ms, kind, publisher, raw, hashed)
        entries = self._entries.get(stream)
        if entries is None:
            self._entries[stream] = [entry]
        else:
            entries.append(entry)
        # contracts.record.Mark, written out: making the object costs more than all else here.
        mark = f"{position} {sequence} {recorded_ms} {position} {kind} {publisher}"
        if candidate.origin.context:
            self.decision.contexts[len(self.decision.published)] = candidate.origin.context
        self._publish((candidate.subject.encode(), raw, mark.encode()))
        return sequence, position

    def _repeat(self, candidate: Candidate, claim: Claim) -> None:
        """Answer an event whose id is taken."""
        origin = candidate.origin
        same = claim.content == candidate.content
        if not same and candidate.event_type not in tenants.OWN:
            self._refuse(candidate, _CONFLICT)
        elif (
            same
            and origin.request is not None
            and ((origin.request, origin.index) == (claim.request, claim.index))
        ):
            # The same request once more (Idempotency-Key, or a door that was killed between the
            # broker's answer and its own): the first answer again.
            self._answer(origin, _ACCEPTED, claim.sequence, claim.position)
        else:
            self._answer(origin, _DUPLICATE, claim.sequence, claim.position)

    def _take_reference(self, candidate: Candidate) -> None:
        """Enter a fact about other entries of its stream, if they stand before it."""
        stream = candidate.subject
        last, _ = self._heads.get(stream) or self._before.heads.get(stream, NO_HEAD)
        refusal = not_before(candidate, last + 1)
        if refusal is not None:
            self._refuse(candidate, refusal)
        else:
            self._accept(candidate)

    def _take_jurisdiction_fact(self, candidate: Candidate) -> None:
        """Enter a jurisdiction fact at home and send it to the other partitions."""
        before = self._jurisdiction(candidate.jurisdiction)
        event = tenants.read(candidate.raw, candidate.event_type)
        if tenants.already_known(before, event):
            self._answer(candidate.origin, _DUPLICATE, None, None)
            return
        refusal = tenants.refuse(before, event, self._jurisdictions)
        if refusal is not None:
            self._refuse(candidate, refusal)
            return
        self._accept(candidate)
        after = tenants.evolve(before, event)
        decision = self.decision
        decision.jurisdictions[after.code] = after
        self._jurisdictions += before is None
        self._noticed.clear()
        sequence, _ = self._heads[candidate.subject]
        copy = Copy(self._before.partition, decision.position, sequence, decision.facts)
        decision.facts = decision.position
        where = placed(event, decision.position)
        if where is not None:
            decision.organisations.append(where)
        decision.copies.append(
            OutgoingCopy(candidate.subject, candidate.raw, candidate.origin.publisher, copy)
        )

    def _enter_copy(self, candidate: Candidate, copy: Copy) -> None:
        """Enter another partition's jurisdiction fact in its place.

        Copies sent twice are passed over. So is one whose predecessor has not come: its home
        sees what this partition lacks and sends it again, in order.
        """
        decision = self.decision
        entered = decision.entered_copies.get(copy.home, 0)
        if copy.position <= entered:
            self._count("copy_repeated")
            return
        if copy.previous != entered:
            self._count("copy_early")
            return
        self._enter(candidate, stream_of(candidate, self._before.partition))
        decision.entered_copies[copy.home] = copy.position
        event = tenants.read(candidate.raw, candidate.event_type)
        after = tenants.evolve(self._jurisdiction(candidate.jurisdiction), event)
        decision.jurisdictions[after.code] = after
        self._noticed.clear()
        self._count("copy")

    def _refuse(self, candidate: Candidate, refusal: Refusal) -> None:
        problem = msgspec.json.encode(refusal.problem())
        self._quarantine(candidate, REASONS[refusal.code].verdict, problem)

    def _quarantine(self, candidate: Candidate, verdict: Verdict, problem: bytes) -> None:
        order = candidate.order
        if order is not None:
            # It is kept already: its entry stays open, with the reason of today.
            self.decision.orders.append(Outcome(order, verdict, problem=problem))
            self._answer(candidate.origin, _REFUSED_AGAIN, None, None, order.entry)
            return
        kept_as = quarantine_id(candidate.origin.publisher, candidate.raw)
        self.decision.quarantine.append(Quarantined(kept_as, verdict, problem, candidate))
        self._answer(candidate.origin, verdict.value, None, None, kept_as)

    def _answer(
        self,
        origin: Origin,
        verdict: str,
        sequence: int | None,
        position: int | None,
        kept_as: str | None = None,
    ) -> None:
        self._count(verdict)
        request = origin.request
        if request is None:
            return
        row = (origin.index, verdict, sequence, position, kept_as)
        rows = self.decision.verdicts.get(request)
        if rows is None:
            self.decision.verdicts[request] = [row]
        else:
            rows.append(row)

    def _count(self, what: str) -> None:
        counts = self.decision.counts
        counts[what] = counts.get(what, 0) + 1


_CONFLICT: Final = Refusal(
    "conflict",
    "an event with this source and id but other content is in the ledger",
    "账本中已有相同 source 和 id 但内容不同的事件",
    "/id",
)
_DOCUMENT_REPEATED: Final = Refusal(
    "document_repeated",
    "another fact is recorded on this document number and line in this fiscal year",
    "同一财政年度内该单据号和明细行已登记过其他事实",
    "/data/document",
)
