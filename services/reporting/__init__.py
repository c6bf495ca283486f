"""Reporting assembles: monitoring forms (annex 1) and department summaries from measured figures.

It measures nothing itself: figures are asked of analysis at a date, alerts come on Kafka.
"""
