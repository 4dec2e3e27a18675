"""Retention, limits and thresholds: each number stands here once, with its unit and its source."""

from __future__ import annotations

# Retention, in days. Source: method.md section 8 ("We erase our copy").
SEEN_DAYS = 8  # keys against double processing, delivered outbox messages, sent nudges
PARKED_DAYS = 90  # outbox messages that could not be delivered, shown by doctor until then
WORDS_DAYS = 90  # people's texts, after their session or meeting closed
ACTION_DAYS = 30  # an action's texts, after it was settled
SET_DAYS = 30  # all texts of a set, after it ended
LEDGER_DAYS = 400  # ids of what was erased; an older backup must not be restored
