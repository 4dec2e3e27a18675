"""How fast Slack lets an app go: one message a second and channel, a budget a minute and method.

The tiers are documented (docs.slack.dev/apis/web-api/rate-limits); "more than a second's worth may
be allowed in short bursts" is not given in figures, so a burst is small here and can be set.
"""

from collections import deque

# Tier 1 is "1+"; an app opens up to 10 connections when it starts, so 10 it is.
TIERS = {1: 10, 2: 20, 3: 50, 4: 100, 0: 300}  # 0: special, "several hundred per minute"
METHODS = {
    "apps.connections.open": 1,
    "auth.test": 0,
    "bots.info": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.postMessage": 0,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "oauth.v2.access": 4,
    "oauth.v2.exchange": 4,
    "team.info": 3,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
BURST = 4


class Pace:
    """Counts calls; answers how many seconds to wait, or 0."""

    def __init__(self, seconds, burst=BURST):
        self.seconds, self.burst, self.on = seconds, burst, True
        self.calls, self.channels = {}, {}

    def of_call(self, method, team):
        """A sliding minute for a method and team."""
        if not self.on:
            return 0
        now = self.seconds()
        seen = self.calls.setdefault((method, team), deque())
        while seen and seen[0] <= now - 60:
            seen.popleft()
        if len(seen) >= TIERS[METHODS[method]]:
            return max(1, int(seen[0] + 60 - now + 0.999))
        seen.append(now)
        return 0

    def of_message(self, channel):
        """A bucket of messages for a channel: one more each second, never more than the burst."""
        if not self.on:
            return 0
        now = self.seconds()
        left, at = self.channels.get(channel, (self.burst, now))
        left = min(self.burst, left + max(0, now - at))
        if left < 1:
            self.channels[channel] = (left, now)
            return max(1, int(1 - left + 0.999))
        self.channels[channel] = (left - 1, now)
        return 0
