"""Draws that a seed repeats: each part of the harness has a sequence of its own."""

import random  # noqa: TID251 - seeded; the only place of the harness that draws

Chance = random.Random


def chance_of(seed: int, name: str) -> Chance:
    """Give the sequence of one part; what another part draws does not change it."""
    return random.Random(f"{seed} {name}")
