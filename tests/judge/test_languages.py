"""German and Spanish: the same engine, other data. Labelled cases, suggestions, speed, silence.

The floors are for cases that were looked at while the rules were written: those composed here
and the `work` part of the gold sets. What the `aside` part said while it was blind is in docs.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.judge import REASONS, Judgement, Verdict, judge_for, judge_of, languages
from tests.judge.cases import OWN, Case, read
from tests.judge.test_robust import calls

GOLD = Path(__file__).parents[1] / "gold"
OTHERS = ("de", "es")
each = pytest.mark.parametrize("lang", OTHERS)


def gold(lang: str) -> Iterator[Case]:
    """The work part of a language's gold set; the other lines are not even made into cases."""
    lines = (GOLD / f"{lang}.jsonl").read_text(encoding="utf-8").splitlines()
    known = Case.__dataclass_fields__
    for row in map(json.loads, filter(str.strip, lines)):
        if row["part"] == "work":
            yield Case(**{k: v for k, v in row.items() if k in known})


CASES = {lang: [*read(f"cases_{lang}.jsonl"), *gold(lang)] for lang in OTHERS}


def judged(case: Case, lang: str) -> Judgement:
    return judge_for(lang)(
        case.text, stage=case.stage, role=case.role, open_question=case.open_question
    )


@each
def test_agrees_with_the_labels(lang: str) -> None:
    pairs = [(case, judged(case, lang)) for case in CASES[lang]]
    wrong = [f"{c.id} {c.text!r}: {c.reason}, not {j.reason}" for c, j in pairs]
    wrong = [w for w, (c, j) in zip(wrong, pairs, strict=True) if j.reason != c.reason]
    message = "\n" + "\n".join(wrong)
    fine = [j for c, j in pairs if c.verdict != "nudge"]
    assert sum(j.verdict == c.verdict for c, j in pairs) / len(pairs) >= 0.93, message
    assert sum(j.verdict is Verdict.nudge for j in fine) / len(fine) <= 0.015, message


@each
def test_own_cases_are_many_and_labelled_soundly(lang: str) -> None:
    own = read(f"cases_{lang}.jsonl")
    assert len(own) >= 200
    assert len({case.id for case in own}) == len(
        {(c.text, c.stage, c.role, c.open_question) for c in own}
    )
    assert all(REASONS[case.reason] == case.verdict for case in own)
    assert {case.reason for case in own} == set(REASONS)
    assert not {c.text for c in own} & {c.text for c in gold(lang)}


@each
def test_a_suggestion_is_itself_accepted(lang: str) -> None:
    judge, offered = judge_for(lang), 0
    for case in CASES[lang]:
        suggestion = judged(case, lang).suggestion
        if suggestion is not None:
            again = judge(suggestion)
            assert (again.verdict, again.reason) == (Verdict.accept, "question"), suggestion
            offered += 1
    assert offered >= 50


@pytest.mark.parametrize(
    ("lang", "text", "suggested"),
    [
        ("de", "Hast du schon versucht, mit ihr zu reden?", "Was hast du bisher schon versucht?"),
        ("de", "Haben Sie daran gedacht zu gehen?", "Was haben Sie bisher schon versucht?"),
        ("de", "Habt ihr überlegt, das Fest abzusagen?", "Was habt ihr bisher schon versucht?"),
        ("de", "Sie sollten kündigen.", "Welche Möglichkeiten sehen Sie?"),
        ("de", "Man sollte das lassen.", "Welche Möglichkeiten gibt es?"),
        ("de", "Würde es dir helfen, zu pausieren?", "Was würde dir helfen?"),
        ("de", "Ich finde das absurd. wer hat es erlaubt?", "Wer hat es erlaubt?"),
        ("de", "Die Miete ist hoch.", None),
        ("es", "¿Has probado a hablar con ella?", "¿Qué has intentado hasta ahora?"),
        ("es", "¿No cree usted que es tarde?", "¿Cómo lo ve usted?"),
        ("es", "Ustedes deberían cerrar la sala.", "¿Qué opciones ven ustedes?"),
        ("es", "Hay que cerrar la sala.", "¿Qué opciones hay?"),
        ("es", "¿Te ayudaría hacer una pausa?", "¿Qué te ayudaría?"),
        ("es", "Eso me parece absurdo. ¿quién lo permitió?", "¿Quién lo permitió?"),
        ("es", "El alquiler es alto.", None),
    ],
)
def test_the_wording_speaks_to_the_asker_as_the_asker_wrote(
    lang: str, text: str, suggested: str | None
) -> None:
    assert judge_for(lang)(text).suggestion == suggested


@pytest.mark.parametrize(
    ("lang", "text", "suggested"),
    [
        (
            "de",
            "Hast du schon versucht, mit deinem Chef über den neuen Zeitplan zu reden?",
            "Was hast du in Bezug auf den neuen Zeitplan bisher versucht?",
        ),
        (
            "de",
            "Haben Sie überlegt, mit der Leitung über die Überstunden zu sprechen?",
            "Was haben Sie in Bezug auf die Überstunden bisher versucht?",
        ),
        (
            "de",
            "Ihr solltet mit ihm über eure nächste Probe sprechen.",
            "Welche Möglichkeiten seht ihr in Bezug auf eure nächste Probe?",
        ),
        (
            "de",
            "Würde es dir helfen, mit jemandem über das Geld zu reden?",
            "Was würde dir in Bezug auf das Geld helfen?",
        ),
        (
            "de",
            "Du solltest wegen der Miete klagen.",
            "Welche Möglichkeiten siehst du wegen der Miete?",
        ),
        ("de", "Findest du nicht, dass die Regelung unfair ist?", "Wie siehst du die Regelung?"),
        (
            "es",
            "¿Has probado a hablar con tu jefe sobre el contrato de alquiler?",
            "¿Qué has intentado hasta ahora con respecto al contrato de alquiler?",
        ),
        (
            "es",
            "Deberías hablar con ella sobre la situación.",
            "¿Qué opciones ves con respecto a la situación?",
        ),
        (
            "es",
            "Usted debería hablar con la dirección sobre los sueldos.",
            "¿Qué opciones ve usted con respecto a los sueldos?",
        ),
        (
            "es",
            "¿Te ayudaría hablar con alguien sobre la mudanza?",
            "¿Qué te ayudaría con respecto a la mudanza?",
        ),
        ("es", "¿No crees que el plan es absurdo?", "¿Cómo ves el plan?"),
    ],
)
def test_a_topic_that_is_plainly_named_is_kept_in_its_case(
    lang: str, text: str, suggested: str
) -> None:
    assert judge_for(lang)(text).suggestion == suggested


@pytest.mark.parametrize(
    ("lang", "text", "suggested"),
    [
        # The subject: its case would change ("der Plan", "den Plan").
        ("de", "Findest du nicht, dass der Plan unfair ist?", "Wie siehst du das?"),
        # Somebody is not a topic.
        ("de", "Findest du nicht, dass die Chefin unfair ist?", "Wie siehst du das?"),
        # "mit" governs another case than any wording here.
        ("de", "Du solltest mit der Angst leben.", "Welche Möglichkeiten siehst du?"),
        # What is proposed is not what it is about.
        ("de", "Du solltest dich um einen Anwalt kümmern.", "Welche Möglichkeiten siehst du?"),
        # Without capital letters no noun is told from its verb.
        ("de", "du solltest über das geld reden", "Welche Möglichkeiten siehst du?"),
        (
            "de",
            "Du solltest über den Plan reden, bevor es zu spät ist.",
            "Welche Möglichkeiten siehst du?",
        ),
        # Somebody would need an "a".
        ("es", "¿No crees que tu jefe es injusto?", "¿Cómo lo ves?"),
        ("es", "¿No crees que él es injusto?", "¿Cómo lo verá él?"),
        ("es", "Deberías hablar sobre eso.", "¿Qué opciones ves?"),
        ("es", "Deberías hablar sobre el plan antes de junio.", "¿Qué opciones ves?"),
    ],
)
def test_a_topic_whose_case_or_end_is_unsure_is_left_out(
    lang: str, text: str, suggested: str
) -> None:
    assert judge_for(lang)(text).suggestion == suggested


@pytest.mark.parametrize(
    ("lang", "text", "other"),
    [
        ("de", "Könntest du mit ihm reden?", "Koenntest du mit ihm reden?"),
        ("de", "Weißt du, wie groß der Raum ist?", "Weisst du, wie gross der Raum ist?"),
        ("es", "¿Por qué no hablas con él?", "por que no hablas con el?"),
        ("es", "¿Cómo te sientes?", "como te sientes"),
        ("es", "Deberías cerrar", "deberias cerrar"),
    ],
)
def test_letters_typed_otherwise_change_nothing(lang: str, text: str, other: str) -> None:
    judge = judge_for(lang)
    assert judge(text).reason == judge(other).reason


def test_an_opening_question_mark_begins_a_question() -> None:
    assert judge_for("es")("Uf, qué duro ¿qué te sostiene?").reason == "question"
    assert judge_for("es")("Ya lo hablaste, ¿no?").reason == "leading"


UNITS = {
    "de": [
        "was machst du ",
        "wer, ",
        "z.B. ",
        "hast du versucht, ",
        "du solltest. ",
        "wenn du und ",
    ],
    "es": ["qué haces tú ", "quién, ", "¿", "has probado, ", "deberías. ", "si tú y ", "¿y si "],
}


@pytest.mark.parametrize(("lang", "unit"), [(k, u) for k, units in UNITS.items() for u in units])
def test_work_grows_with_the_size_and_no_faster(lang: str, unit: str) -> None:
    judge = judge_for(lang)
    judge("ein paar Wörter, und unas palabras más")
    small, large = 900 // len(unit), 3600 // len(unit)
    assert calls(unit * large, judge) <= 5 * calls(unit * small, judge) + 500


def test_a_text_of_six_words_in_another_language_is_let_be() -> None:
    said = {
        "en": "I think you should really talk to your boss about all of this",
        "de": "Ich glaube, du solltest wirklich mal mit deiner Chefin darüber reden",
        "es": "Creo que deberías hablar mañana mismo con la directora sobre todo lo que pasó",
    }
    assert set(said) == set(languages())
    for lang in languages():
        for other, text in said.items():
            assert (judge_for(lang)(text).reason == "unknown_language") is (lang != other)


def test_the_judge_s_own_language_is_hardly_ever_taken_for_another() -> None:
    for lang, cases in (("en", OWN), *CASES.items()):
        judge = judge_for(lang)
        silent = [
            case.text
            for case in cases
            if judge(case.text).reason == "unknown_language" != case.reason
        ]
        assert len(silent) <= 0.01 * len(cases), silent


def test_a_language_without_rules_gets_the_default_judge() -> None:
    assert judge_of("fr") is judge_for("en")
    assert judge_of("") is judge_for("en")
    assert judge_of("es") is judge_for("es")
