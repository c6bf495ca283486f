"""Drills: what an operator does when something is lost, as a test; docs/drills.md tells of each."""
