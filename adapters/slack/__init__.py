"""Slack: the same method, drawn in Block Kit and carried by Bolt."""
