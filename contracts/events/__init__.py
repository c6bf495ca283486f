"""The events, one module per producer: who publishes a word owns it."""
