"""What goes wrong on the way, by a seed: off until a test asks for it.

Kinds for calls: `429` too many requests, `412`, `500`, `502`, `504` errors without an effect;
`504 posted` a gateway's time-out after the effect; `refused` the connection breaks before the call
had an effect; `lost` it breaks, or hangs, after the effect; `reset` it breaks and nobody can say
which. Kinds for activities: `duplicate` the same activity twice; `retry` sent again although it was
answered; `late` kept back until `release()`; `reorder` kept back until the next one has gone.
"""

import random
from dataclasses import dataclass, field

CALLS = ("429", "412", "500", "502", "504", "504 posted", "refused", "lost", "reset")
ACTIVITIES = ("duplicate", "retry", "late", "reorder")


@dataclass
class Faults:
    """`calls` and `activities`: how likely each kind is, 0 to 1."""

    seed: int = 0
    calls: dict = field(default_factory=dict)
    activities: dict = field(default_factory=dict)
    hang: float | None = None  # seconds a lost answer is held open; None breaks the connection
    planned: list = field(default_factory=list)
    happened: list = field(default_factory=list)

    def __post_init__(self):
        self.dice = random.Random(self.seed)

    def next(self, what, kind, after=0):
        """Plan one fault: the call of this name, or activity of this type, after so many others.

        Calls: create, send, reply, update, delete, members, roster, member, team,
        channels.
        """
        assert kind in CALLS + ACTIVITIES, kind
        self.planned.append([what, kind, after])

    def of_call(self, name):
        kind = self._of(name, CALLS, self.calls)
        return self.dice.choice(("refused", "lost")) if kind == "reset" else kind

    def of_activity(self, kind):
        return self._of(kind, ACTIVITIES, self.activities)

    def _of(self, what, kinds, likely):
        for plan in self.planned:
            if plan[0] == what and plan[1] in kinds:
                if plan[2] == 0:
                    self.planned.remove(plan)
                    return self._note(what, plan[1])
                plan[2] -= 1
        for kind in kinds:
            if likely.get(kind) and self.dice.random() < likely[kind]:
                return self._note(what, kind)
        return None

    def _note(self, what, kind):
        self.happened.append((what, kind))
        return kind
