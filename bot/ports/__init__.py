"""The core's ports: what it needs from a store, a platform, a clock. Vocabulary included."""

from bot.ports.clock import Clock
from bot.ports.errors import (
    LaneClosed,
    NewerSchema,
    PersonClosed,
    StoreBusy,
    StoreFull,
    Transient,
    Undeliverable,
    UnknownFate,
)
from bot.ports.ids import Ids
from bot.ports.platform import Platform
from bot.ports.store import RateLimiter, Store, Vault
from bot.ports.transaction import Machine, Tx
from bot.ports.vocabulary import (
    Claim,
    Delivery,
    Erased,
    OutboxMessage,
    Posted,
    Reply,
    Timer,
    UserText,
)

__all__ = [
    "Claim",
    "Clock",
    "Delivery",
    "Erased",
    "Ids",
    "LaneClosed",
    "Machine",
    "NewerSchema",
    "OutboxMessage",
    "PersonClosed",
    "Platform",
    "Posted",
    "RateLimiter",
    "Reply",
    "Store",
    "StoreBusy",
    "StoreFull",
    "Timer",
    "Transient",
    "Tx",
    "Undeliverable",
    "UnknownFate",
    "UserText",
    "Vault",
]
