"""alerts judges: an assessment becomes alerts, and alerts become a feed (Art. 10, 14).

The rooms are those of every service. Two of them are folders: `domain/` (pure: facts, rules,
judging, an alert's life) and `packs/` (rule packs as data, with what reads and checks them and
the adapter of the rule language, which `domain` must not know).
"""
