"""Kafka in: assessments, and what intake keeps apart."""
