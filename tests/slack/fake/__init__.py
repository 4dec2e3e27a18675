"""A Slack on loopback that refuses what Slack refuses, for tests with the real SDK and Bolt."""

from .limits import problems, view_problems
from .person import Person, Refused
from .server import Clock, FakeSlack

__all__ = ["Clock", "FakeSlack", "Person", "Refused", "problems", "view_problems"]
