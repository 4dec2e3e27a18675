"""Lanes: the names under which the outbox keeps order: one for each conversation or person."""

from __future__ import annotations

from bot.method.terms import Person, Place, SetId
from bot.ports.transaction import Tx


def lane_of(place: Place) -> str:
    """The lane of a conversation; of a person's own chat when its name begins with @."""
    return f"{place.platform}/{place.installation}/{place.conversation}"


def person_lane(person: Person) -> str:
    """The lane of a person's own chat."""
    address = person.address
    return f"{address.platform}/{address.installation}/@{address.user}"


def home_lane(tx: Tx, id: SetId) -> str:
    """The lane of the conversation in which a set meets."""
    place = tx.sets.home(id)
    assert place is not None, "a set has a home"
    return lane_of(place)


def platform_of(lane: str) -> str:
    """The name of the platform that a lane belongs to."""
    return lane.partition("/")[0]
