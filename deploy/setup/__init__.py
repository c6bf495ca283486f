"""Setting a deployment up: its secrets, the users and rights of its stores (`dualwatch setup`)."""
