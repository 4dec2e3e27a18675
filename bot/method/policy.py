"""Retention, limits and thresholds: each number is defined here once, with its unit and source."""

from __future__ import annotations

from bot.worktime import WORKING_DAY

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

# Texts, in characters.
MESSAGE_MOST = 12_000  # of a message that are kept
NAME_MOST = 40  # of a person's name
COMMAND_MOST = 4000  # of a command that are looked at
COMMAND_KEPT_MOST = 200  # of a command that a "which set?" button carries on
BANK_ITEM_MOST = 160  # of a question in the question bank

# Stages, in working minutes. Source: method.md sections 3 and 6.
LAST_CALL_MINUTES = 120  # before the close at which those who are still waited for are told once
THINKING_MINUTES = 240  # that the presenter has before an early finish
EXTENSION_MINUTES = WORKING_DAY  # a stage is extended once, by one working day
OUTSIDERS_REMEMBERED = 50  # people outside of the set who were told once; limits the state's size

# A set's own windows, calendar and rules.
WINDOW_MINUTES_MOST = 20 * WORKING_DAY  # working minutes of a stage, as in a format file
LIVE_MINUTES_MOST = 180  # minutes of a stage where the set meets in real time
LIVE_MINUTES_PER_DAY = 10  # minutes that stand for a working day there
QUOTA_MOST = 20  # questions of each person in a stage
RHYTHM_DAYS = (7, 92)  # calendar days between two openings, least and most
ACT_DAYS_RANGE = (1, 60)  # working days of time to act, least and most
MEETINGS_MOST = 100  # in a programme
RULES_MOST = 6  # lines of a set's own ground rules
REOPEN_DAYS = 7  # days until a meeting that could not open is tried again
PROPOSAL_DAYS = 10  # working days at the set's home that a proposal is open

# A silent set, in days. Source: method.md section 8.
SILENT_DAYS = 60  # after the last deed: it is asked whether it goes on
SILENT_END_DAYS = 90  # after the last deed: it is ended
SILENT_MARGIN_DAYS = 30  # a set that meets rarely is asked so long after its rhythm has passed

# The question round. Source: method.md sections 3 and 4, The nudge.
NUDGE_LADDER = ("full", "brief")  # the first nudge whole, the second in one line, then none
DRIFTED_LEAST = 3  # so many people nudged in a round: one public question that names nobody
SEALED_QUESTIONS_MOST = 2  # questions of each person in a sealed first wave

# Actions and check-ins. Source: method.md section 5.
CHECK_IN_HALF_WAY_DAYS = 4  # working days to the due date from which on half-way is asked, too
CHECK_INS_AFTER_DUE = {"due": 0, "plus_two": 2, "plus_five": 5}  # working days; the last stops
SNOOZE_DAYS_MOST = 30  # that a check-in may be put off

# Figures. Source: method.md section 7.
PULSE_PEOPLE_LEAST = 4  # who knows their own answer still has three others behind the average
PULSE_MINUTES = WORKING_DAY  # working minutes for the pulse after a meeting has closed
PROGRAMME_SETS_LEAST = 2  # below it a programme's sum would be one set's figure
PROGRAMME_PEOPLE_LEAST = 5  # behind each of a programme's figures

# The language (ISO 639-1) of whoever has chosen none, of what belongs to nobody (manifests, the
# page around installing, the command line), and of each text that a language does not have.
DEFAULT_LANGUAGE = "en"
