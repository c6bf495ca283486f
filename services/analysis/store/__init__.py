"""What analysis keeps in MongoDB: one writer per ledger partition, readers at any time."""
