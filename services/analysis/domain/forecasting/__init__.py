"""Spending at the year's end, and how well each way of foreseeing it did (domain-rules 3, 6)."""
