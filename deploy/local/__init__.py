"""The embedded stack: a real Kafka and a real MongoDB as child processes, no containers.

`deploy.local.stack.Stack` is the one entry; `dualwatch up` and the tests both use it.
"""
