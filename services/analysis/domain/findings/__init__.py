"""What the facts alone show to be against a rule, and the entry it began with (domain-rules 17)."""
