"""The pure rules of intake: admission, the ledger, days, the hash chain. No clock, no I/O."""
