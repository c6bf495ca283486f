"""Tests of alerts; a package, so that Kafka and MongoDB end with it (`shared_stack`)."""
