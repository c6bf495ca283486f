"""Asking the other services over their documented HTTP APIs, to answer a person or a job."""
