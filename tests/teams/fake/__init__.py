"""A Teams on loopback that refuses what Teams refuses, for tests with the real SDK."""

from .cards import problems
from .deliver import FORGERIES
from .person import Person, Refused
from .server import Clock, FakeTeams

__all__ = ["FORGERIES", "Clock", "FakeTeams", "Person", "Refused", "problems"]
