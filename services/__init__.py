"""The services of Dualwatch, in the order facts flow through them.

intake      takes facts in and keeps them for ever, each exactly once
analysis    measures: execution and attainment of every project, side by side
alerts      judges: rule packs raise, update and clear alerts
reporting   assembles: monitoring forms and summaries
They meet only on Kafka, in the words of `contracts`; `chassis` is the plumbing they stand on.
"""
