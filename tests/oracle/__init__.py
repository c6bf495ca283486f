"""The independent recomputation: every figure, finding and alert from the input log alone.

It imports nothing of the services. It stands on docs/domain-rules.md, the contracts' fields and
the parameters of the rule packs (docs/oracle.md).
"""
