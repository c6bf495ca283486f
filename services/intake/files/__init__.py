"""The file mapper: what a file says, as events that intake takes in like any other.

Every reader here is a pure generator: bytes in, structured CloudEvents (JSON bytes) out, in the
order of the file, with ids that follow from the content alone. The same file read twice gives
the same bytes, so its second import is all duplicates. A row that cannot be read is still an
event: its offending value stands where the value belongs, and intake refuses and keeps it, so
that nothing of a file disappears without an answer.

`iati` reads IATI activity files (XML, versions 1 and 2); `jsonl` reads one CloudEvent per line.

Tables (CSV, .xlsx) go another way, for they are mended by people: `reading` finds the table,
`mapper` runs a `mapping` over its rows, and a row that cannot be read is rejected with its line,
column, value and reason before anything of it is sent (docs/mapping-files.md).
"""
