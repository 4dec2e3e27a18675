"""The questions-only judge."""
