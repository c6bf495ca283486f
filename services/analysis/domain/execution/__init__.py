"""Monitor 1, money: what is spent, what should be, and by which standard (Art. 8(2))."""
