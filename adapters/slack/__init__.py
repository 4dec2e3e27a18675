"""Slack: cards and forms as Block Kit, and what people do there as the core's inputs."""
