"""Tests of intake; a package, so that Kafka and MongoDB end with it (`shared_stack`)."""
