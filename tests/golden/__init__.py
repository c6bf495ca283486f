"""Numbers that others published, and ours beside them: `python -m tests.golden` writes the page."""
