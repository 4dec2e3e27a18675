"""Which language a text is in, by its common words: told when sure, else the judge's own."""

from __future__ import annotations

import pytest

from bot.judge import judge_for, languages
from bot.judge.language import common_words, foreign_language

TEXTS = {
    "cs": ["Myslím že bys o tom měl mluvit se svou šéfovou", "Proč jsi mu to neřekl dřív?"],
    "da": ["Jeg synes at du burde tale med din chef om det her", "Hvorfor sagde du det ikke før?"],
    "de": [
        "Ich glaube du solltest das mit deiner Chefin besprechen",
        "Warum hast du es nie gesagt?",
    ],
    "en": ["I think you should talk to your boss about it", "Why didn't you tell him earlier?"],
    "es": ["Creo que deberías hablar con tu jefa antes", "¿Por qué no se lo dijiste antes?"],
    "fi": ["Minun mielestäni sinun pitäisi puhua tästä", "Miksi et sanonut sitä jo aikaisemmin?"],
    "fr": ["Tu devrais en parler avec ta responsable", "Pourquoi tu ne lui as rien dit ?"],
    "hu": ["Szerintem beszélned kellene erről a főnököddel", "Miért nem mondtad ezt el neki?"],
    "it": ["Secondo me dovresti parlarne con la tua responsabile", "Perché non glielo hai detto?"],
    "nl": ["Ik denk dat je met je chef moet praten", "Waarom heb je dat niet gezegd?"],
    "no": ["Jeg synes at du burde snakke med sjefen din", "Hvorfor sa du ikke det til ham?"],
    "pl": [
        "Myślę że powinieneś o tym porozmawiać z nią",
        "Dlaczego nie powiedziałeś mu tego wcześniej?",
    ],
    "pt": ["Acho que você deveria falar com ela sobre isso", "Por que não disse nada para ele?"],
    "ro": [
        "Cred că ar trebui să vorbești cu ea despre asta",
        "De ce nu i-ai spus asta mai devreme?",
    ],
    "sv": ["Jag tycker att du borde prata med din chef", "Varför sa du inte det till honom?"],
    "tr": [
        "Bence bu konuyu onunla daha önce konuşman gerekiyor",
        "Neden bunu ona daha önce söylemedin?",
    ],
}
NEAR = ({"da", "no"}, {"cs", "pl"}, {"es", "pt"})  # near relatives share most common words
ROMANCE = {"es", "fr", "it", "pt", "ro"}  # in these a short text may be missed


def test_every_language_has_an_example() -> None:
    assert set(TEXTS) == set(common_words()) >= set(languages())


@pytest.mark.parametrize("lang", sorted(TEXTS))
def test_a_text_is_told_by_its_common_words(lang: str) -> None:
    own = "en" if lang != "en" else "de"
    for text in TEXTS[lang]:
        found = foreign_language(text, own)
        assert found == lang or {found, lang} in NEAR, (text, found)
        assert foreign_language(text, lang) is None, text


@pytest.mark.parametrize("own", languages())
def test_advice_in_another_language_gets_no_nudge(own: str) -> None:
    for lang, (advice, _) in TEXTS.items():
        if lang != own and not {lang, own} <= ROMANCE and len(advice.split()) >= 6:
            assert judge_for(own)(advice).reason == "unknown_language", advice


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ana, Bo, Cem, Dee, Eli, Fay",
        "ERROR 500 connection refused api gateway timeout retry",
        "What did the word Gemütlichkeit mean to die alten Chefs?",
        "Our Berlin office says alles klar, nicht wahr, whenever we ask",
        "la la la la land musical tonight tickets sold",
    ],
)
def test_a_doubt_counts_for_the_judge_s_own_language(text: str) -> None:
    assert judge_for("en")(text).reason != "unknown_language"
