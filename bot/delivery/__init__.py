"""The way out: what is sent, deferred or dropped, and how the outbox reaches the platforms."""
