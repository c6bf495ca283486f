"""Out: entries of feeds on their way to webhooks and mailboxes."""
