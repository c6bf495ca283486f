"""Watching Dualwatch: alert rules, boards, and how Prometheus and Alertmanager are set."""
