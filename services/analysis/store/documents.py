"""Documents ↔ what they hold. The layout is packed (ADR 7): one value, and fields to ask by.

Packed values are plain bytes, which the driver writes as it writes a `Binary`, and does not copy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import cramjam
import msgspec

from contracts.record import Mark
from services.analysis.domain import (
    Jurisdiction,
    Organisation,
    ProjectHead,
    ProjectYear,
    decode_state,
    encode_state,
)
from services.analysis.store.moments import moment_document
from services.analysis.store.rowstate import encode_row
from services.analysis.store.states import (
    PACK_BYTES_MAX,
    PACK_ENTRIES_MAX,
    Batch,
    KeptEntry,
    OrganisationKey,
    Packed,
    Parked,
    Project,
    Row,
    Year,
    YearKey,
)

Document = dict[str, Any]
Documents = dict[str, list[Document]]

SEQUENCE_MAX: Final = 2**62
PARTITION_MAX: Final = 2**31

_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(list[Packed])


@dataclass(frozen=True, slots=True)
class Writes:
    """Documents of one collection: those that are new, and changes of those that are stored.

    The partition's owner alone makes documents, so a new one cannot meet another.
    """

    new: list[Document] = field(default_factory=list)
    changes: list[Document] = field(default_factory=list)

    def add(self, key: Any, fields: Document, *, stored: bool) -> None:
        """Add one."""
        if stored:
            self.changes.append({"q": {"_id": key}, "u": {"$set": fields}})
        else:
            self.new.append({"_id": key, **fields})


def add_head(writes: Writes, partition: int, project: Project) -> None:
    """Write a project's head; department and unit are those of its latest registration.

    It says how far itself is folded: that its years are further is theirs to say.
    """
    head = msgspec.structs.replace(
        project.head, sequence=project.own_sequence, position=project.own_position
    )
    latest = head.registration()
    fields = {
        "n": partition,
        "j": head.jurisdiction,
        "department": latest.department if latest else None,
        "unit": latest.lead_unit if latest else None,
        "sequence": head.sequence,
        "changed": project.changed,
        "incomplete": project.lacks,
        "unmeasured": project.unmeasured,
        "state": encode_state(head),
    }
    writes.add(head.project, fields, stored=project.stored)


def add_year(writes: Writes, partition: int, year: Year, *, with_state: bool) -> None:
    """Write a year: all of it, or only what was assessed."""
    key = year.key
    fields: Document = {"assessed": year.assessed, "due": year.due}
    if with_state or not year.stored:
        fields |= {
            "sequence": year.state.sequence,
            "position": year.state.position,
            "changed": max(year.state.position, year.state.left_out_upto),
            "recorded_ms": year.recorded_ms,
            "state": encode_state(year.state),
        }
    if not year.stored:
        fields |= {"n": partition, "j": key.project.split("/", 1)[0]}
    writes.add({"p": key.project, "y": key.fiscal_year}, fields, stored=year.stored)


def row_change(partition: int, key: YearKey, row: Row) -> Document:
    """Write a row in place of the one before."""
    fields = {
        "n": partition,
        "j": key.project.split("/", 1)[0],
        "out": row.out,
        "row": encode_row(row.state),
    }
    return {"q": {"_id": {"p": key.project, "y": key.fiscal_year}}, "u": fields, "upsert": True}


def project_of(document: Document) -> Project:
    """Read a head, as yet without its years."""
    head = decode_state(document["state"], ProjectHead)
    return Project(
        head,
        stored=True,
        lacks=document["incomplete"],
        unmeasured=document["unmeasured"],
        own_sequence=head.sequence,
        own_position=head.position,
        changed=document["changed"],
    )


def year_of(document: Document) -> Year:
    """Read a year."""
    return Year(
        decode_state(document["state"], ProjectYear),
        stored=True,
        assessed=document["assessed"],
        due=document["due"],
        recorded_ms=document["recorded_ms"],
    )


def put_together(heads: Sequence[Document], years: Sequence[Document]) -> dict[str, Project]:
    """Join heads and years; a head is written only when it changes, its years know the rest."""
    found = {document["_id"]: project_of(document) for document in heads}
    for document in years:
        project = found[document["_id"]["p"]]
        year = year_of(document)
        project.years[year.state.fiscal_year] = year
        if year.state.sequence > project.head.sequence:
            project.head.sequence = year.state.sequence
            project.head.position = year.state.position
    return found


def packs(entries: Mapping[str, Sequence[Packed]]) -> Iterator[Document]:
    """Pack entries by stream, each in one document, in more where that would be too large."""
    for project, known in entries.items():
        packed = _PACK.encode(known)
        if len(known) <= PACK_ENTRIES_MAX and len(packed) <= PACK_BYTES_MAX:
            # Nearly always; to look at the length of each would cost as much as to compress them.
            if known:
                yield _pack(project, known, packed)
            continue
        for part in _parts(known):
            yield _pack(project, part, _PACK.encode(part))


def _pack(project: str, entries: Sequence[Packed], packed: bytes) -> Document:
    mark, _ = entries[0]
    # The mark's second word, its sequence: to read all of it takes longer than to pack.
    sequence = int(mark.split(b" ", 2)[1])
    return {"_id": {"p": project, "n": sequence}, "entries": squeezed(packed)}


def _parts(entries: Sequence[Packed]) -> Iterator[Sequence[Packed]]:
    first = size = 0
    for index, (_, raw) in enumerate(entries):
        size += len(raw)
        if index > first and (size > PACK_BYTES_MAX or index - first >= PACK_ENTRIES_MAX):
            yield entries[first:index]
            first, size = index, len(raw)
    yield entries[first:]


def unpacked(document: Document) -> list[KeptEntry]:
    """Read the entries of one document."""
    return [_kept(mark, raw) for mark, raw in _UNPACK.decode(expanded(document["entries"]))]


def _kept(words: bytes, raw: bytes) -> KeptEntry:
    mark = Mark.from_bytes(words)
    return KeptEntry(
        mark.sequence, mark.position, mark.recorded_ms, mark.event_type, raw, mark.publisher
    )


def squeezed(packed: bytes) -> bytes:
    """Compress what is only kept: MongoDB then writes a third, in its journal, oplog and file."""
    return bytes(cramjam.lz4.compress_block(packed))


def expanded(kept: bytes) -> bytes:
    """Give back what `squeezed` was given."""
    return bytes(cramjam.lz4.decompress_block(kept))


def parked_document(partition: int, parked: Parked) -> Document:
    """Write a parked entry."""
    return {
        "_id": {"n": partition, "position": parked.position},
        "project": parked.project,
        "sequence": parked.sequence,
        "recorded_ms": parked.recorded_ms,
        "type": parked.event_type,
        "reason": parked.reason,
        "raw": parked.raw,
    }


def jurisdiction_document(jurisdiction: Jurisdiction) -> Document:
    """Write a partition's copy of a jurisdiction, without its id."""
    return {"state": encode_state(jurisdiction)}


def jurisdiction_change(partition: int, jurisdiction: Jurisdiction) -> Document:
    """Write a partition's copy of a jurisdiction in place of the one before."""
    return {
        "q": {"_id": {"j": jurisdiction.jurisdiction, "p": partition}},
        "u": {"$set": jurisdiction_document(jurisdiction)},
        "upsert": True,
    }


def organisation_change(partition: int, key: OrganisationKey, known: Organisation) -> Document:
    """Write a partition's copy of an organisation."""
    return {
        "q": {"_id": {"j": key.jurisdiction, "n": partition, "code": key.code}},
        "u": {"state": encode_state(known)},
        "upsert": True,
    }


def organisation_of(document: Document) -> Organisation:
    """Read a partition's copy of an organisation."""
    return decode_state(document["state"], Organisation)


def jurisdiction_of(document: Document) -> Jurisdiction:
    """Read a partition's copy of a jurisdiction."""
    return decode_state(document["state"], Jurisdiction)


def batch_documents(partition: int, batch: Batch) -> tuple[Documents, Documents]:
    """Return what is inserted and what is changed, by collection."""
    heads, years = Writes(), Writes()
    for project in batch.heads.values():
        add_head(heads, partition, project)
    for year in batch.years.values():
        add_year(years, partition, year, with_state=True)
    for year in batch.assessed.values():
        add_year(years, partition, year, with_state=False)
    inserts: Documents = {
        "entries": [*batch.packed, *packs(batch.facts), *packs(batch.left)],
        "heads": heads.new,
        "years": years.new,
        "parked": [parked_document(partition, known) for known in batch.parked],
        "moments": [moment_document(partition, batch.steps)] if batch.steps else [],
    }
    updates: Documents = {
        "heads": heads.changes,
        "years": years.changes,
        "rows": [row_change(partition, key, row) for key, row in batch.rows.items()],
        "organisations": [
            organisation_change(partition, key, known) for key, known in batch.organisations.items()
        ],
        "jurisdictions": [
            jurisdiction_change(partition, known) for known in batch.jurisdictions.values()
        ],
    }
    return inserts, updates
