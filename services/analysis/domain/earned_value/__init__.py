"""Both monitors in one figure: earned value and earned schedule (domain-rules 15)."""
