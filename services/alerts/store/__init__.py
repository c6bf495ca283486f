"""What alerts keeps in MongoDB (database `dualwatch_alerts`): alerts, cases, feeds, counters."""
