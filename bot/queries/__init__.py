"""Reads of the store that several packages need. They change nothing."""
