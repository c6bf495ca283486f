"""Grafana's boards as code; `python -m deploy.observe.boards` writes them to `dashboards/`."""
