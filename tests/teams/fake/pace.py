"""How fast Teams lets a bot go (msteams-docs, bots/how-to/rate-limit).

Documented: budgets per bot and conversation ("a 1:1 chat, a group chat, or a channel": the threads
of a channel share one), twice as much for reading, five a minute for the roster of old (members
without pages), and 50 requests a second per app and tenant (older pages say 30).
That updates and deletions count as sending is our strictness; so is counting refused calls of the
tenant's budget. Retry-After is exact here; the real one is not promised to be.
"""

from collections import deque

SEND = ((1, 7), (2, 8), (30, 60), (3600, 1800))
READ = ((1, 14), (2, 16), (30, 120), (3600, 3600))
TENANT, ROSTER = ((1, 50),), ((60, 5),)
READING = ("members", "member", "team", "channels")


class Pace:
    """Counts calls in sliding windows; answers how many seconds to wait, or 0."""

    def __init__(self, seconds):
        self.seconds, self.on, self.seen = seconds, True, {}

    def of_call(self, name, tenant, conversation):
        if not self.on:
            return 0
        kind, budgets = ("create" if name == "create" else "send"), SEND
        if name in READING:
            kind, budgets = "read", READ
        if name == "roster":
            kind, budgets = "roster", ROSTER
        wait = self.left(("tenant", tenant), TENANT)
        return wait or self.left((kind, conversation), budgets)

    def left(self, key, budgets):
        now = self.seconds()
        seen = self.seen.setdefault(key, deque())
        while seen and seen[0] <= now - budgets[-1][0]:
            seen.popleft()
        for window, most in budgets:
            if len(seen) >= most and seen[-most] > now - window:
                return max(1, int(seen[-most] + window - now + 0.999))
        seen.append(now)
        return 0
