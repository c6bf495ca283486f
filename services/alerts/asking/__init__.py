"""Asking the other services, in the caller's name."""
