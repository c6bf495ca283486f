"""Plumbing every service stands on; knows no business (import-linter checks it)."""
