"""How Dualwatch is run: the embedded stack in `deploy.local`, everything else as files beside it."""
