"""The chart, and what it copies from elsewhere: the alert rules."""
