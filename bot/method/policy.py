"""Retention, limits and thresholds: each number stands here once, with its unit and its source."""

from __future__ import annotations

# Retention, in days. Source: method.md section 8 ("We erase our copy").
SEEN_DAYS = 8  # keys against double processing, delivered outbox messages, sent nudges
PARKED_DAYS = 90  # outbox messages that could not be delivered, shown by doctor until then
WORDS_DAYS = 90  # people's texts, after their session or meeting closed
ACTION_DAYS = 30  # an action's texts, after it was settled
SET_DAYS = 30  # all texts of a set, after it ended
LEDGER_DAYS = 400  # ids of what was erased; an older backup must not be restored

# Forms, in characters of one box. Source: method.md section 9 and the platforms' own limits.
FORM_TEXT_MOST = 3000  # a long text: what every platform lets a person write there
FORM_LINE_MOST = 300  # one line
FORM_RULE_MOST = 200  # one ground rule
FORM_RULES_MOST = 1300  # six ground rules and their line ends
TURNS_ASKED = 3  # places of the turn list that the form offers
DATE_FURTHEST_DAYS = 366  # how far an action's date, or the end of a pause of nudges, may lie ahead

# The language (ISO 639-1) of whoever has chosen none, of what belongs to nobody (manifests, the
# page around installing, the command line), and of each text that a language does not have.
DEFAULT_LANGUAGE = "en"
