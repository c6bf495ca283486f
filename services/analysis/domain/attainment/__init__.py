"""Monitor 2, targets: what is reached, what is due, where it is heading (Art. 8(1), 9)."""
