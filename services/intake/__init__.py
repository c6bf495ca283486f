"""intake owns facts: it admits events at its doors and enters each once, in order, in the ledger.

Doors (HTTP, the topic `publish.demo`) put what they admit on `submissions`; the owner of each
partition enters it in one MongoDB transaction and only then publishes it on `ledger`.
"""
