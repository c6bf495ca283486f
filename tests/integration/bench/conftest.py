"""Kafka and MongoDB for what a bench does with them."""

from tests.support.stack import shared_stack

__all__ = ["shared_stack"]
