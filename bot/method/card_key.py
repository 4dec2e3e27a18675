"""The key of a card: which card it is, and of what.

Same key = the same message, edited in place. The type is here and not in bot/cards, because the
machines name the cards that change. A key is a string (`session/3f2…`), because the outbox and the
table of posted cards keep it as one.
"""

from __future__ import annotations

from enum import StrEnum


class CardKind(StrEnum):
    """What a card is about. The values are stored: never change one."""

    SESSION = "session"  # session id: the card that begins a session's thread
    MEETING = "meeting"  # meeting id: the card that begins a meeting's thread
    SET = "set"  # set id
    INVITATION = "invite"  # set id, round of invitations
    PROPOSAL = "proposal"  # set id, number of the proposal
    CALENDAR = "calendar"  # set id, turn
    TIME_TO_MEET = "meet"  # set id, number of the meeting
    SET_ENDED = "ended"  # set id
    STAGE = "stage"  # session or meeting id, entry
    EXTENDED = "extended"  # session id, entry
    GROUP_QUESTION = "noticing"  # session id, entry
    SEALED_WAVE = "wave"  # session id, or session id:entry
    PROBLEMS = "problems"  # session id, or session id:entry
    INTAKE = "intake"  # session id
    POSTED_TEXT = "said"  # contribution id
    REPORT = "report"  # meeting id:person id
    REFLECTION = "reflection"  # meeting id:person id
    BID = "bid"  # meeting id:person id
    WHISPER = "whisper"  # outbox message id
    COACHING = "coach"  # contribution id, person id: one private note about one message
    NUDGE = "nudge"  # outbox message id; while it waits: kind, person id, what it is about
    DELIVERY_CHECK = "arrived"  # outbox message id
    UNREACHABLE = "unreachable"  # set id


BY_NAME = {kind.value: kind for kind in CardKind}
THREAD_KINDS = frozenset({CardKind.SESSION, CardKind.MEETING})
IN_SESSION_THREAD = frozenset({CardKind.INTAKE, CardKind.SEALED_WAVE, CardKind.PROBLEMS})
IN_MEETING_THREAD = frozenset({CardKind.REPORT, CardKind.REFLECTION, CardKind.BID})


class CardKey(str):
    """A card's key. `CardKey(text)` reads one; `CardKey.of` makes one."""

    __slots__ = ()

    @classmethod
    def of(cls, kind: CardKind, *ref: object) -> CardKey:
        """The key of the card of this kind about `ref` (ids and counters)."""
        return cls("/".join((kind.value, *map(str, ref))))

    @property
    def kind(self) -> CardKind | None:
        """What the card is about; None if this is the key of no card of ours."""
        return BY_NAME.get(self.partition("/")[0])

    @property
    def ref(self) -> str:
        """What follows the kind: usually one id."""
        return self.partition("/")[2]

    @property
    def begins_thread(self) -> bool:
        """Whether the messages below this card belong to a session or meeting of ours."""
        return self.kind in THREAD_KINDS

    @property
    def thread(self) -> CardKey | None:
        """The key of the card below which this one stands, as far as the key itself says it."""
        owner = self.ref.partition(":")[0]
        if self.kind in IN_SESSION_THREAD:
            return CardKey.of(CardKind.SESSION, owner)
        if self.kind in IN_MEETING_THREAD:
            return CardKey.of(CardKind.MEETING, owner)
        return None
