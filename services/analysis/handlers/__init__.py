"""The ledger in: fold it, assess what changed, sweep the days that open, say what was found."""
