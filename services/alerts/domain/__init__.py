"""The pure rules of alerts: facts → verdicts → changes of alerts. No clock, no store, no CEL."""
