"""How Dualwatch is run: the embedded stack in `deploy.local`, all else as files beside it."""
