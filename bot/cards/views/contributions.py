"""Short answers about something typed or kept: counted, cleared, kept, noted."""

from __future__ import annotations

from bot.cards.views.context import Reader
from bot.cards.views.generic import about_session, plain

CARDS: dict[str, Reader] = {
    "outsider": about_session("outsider"),
    "listening": about_session("listening"),
    "cleared": about_session("cleared"),
    "counted": about_session("counted"),
    "kept": about_session("kept"),
    "left_as_is": about_session("left_as_is"),
    "delete_first": about_session("delete_first"),
    "waits_for_facilitator": about_session("waits_for_facilitator"),
    "noted": plain("noted"),
    "noted_thanks": plain("noted_thanks"),
    "pulse_kept": plain("pulse_kept"),
    "tips_are_off": plain("tips_are_off", "settings"),
    "settings_kept": plain("settings_kept"),
}
