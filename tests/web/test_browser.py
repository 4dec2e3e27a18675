"""A person in a real browser: from the first screen to the second meeting, by hand and by play."""

import re

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

from bot.method import formats

ISSUE = "Helen has gone quiet since I was promoted. How do I begin?"
ADVICE = "You should just take her out for lunch."
QUESTION = "What have you not yet told her?"
NASTY = "<img src=x onerror=\"document.title='broken'\"> **no** &amp; what would help?"


def be(page, name):
    page.locator(f"#be-{name.lower()}").click()
    expect(page.get_by_text(f"As {name} sees it")).to_be_attached()


def present(page, *people):
    page.get_by_role("button", name="Be Ana and present an issue").click()
    form = page.get_by_role("dialog", name="Present an issue")
    form.get_by_label("What is the issue").fill(ISSUE)
    for person in people or ("Tunde", "Priya", "Jonas"):
        form.get_by_role("checkbox", name=person).check()
    form.get_by_role("button", name="Present").click()
    expect(form).to_have_count(0)
    expect(page.get_by_role("heading", name="Ana Duarte presents")).to_be_visible()


def join(page, name):
    be(page, name)
    page.locator("[data-card=invitation]").get_by_role("button", name="Join").click()
    rules = page.get_by_role("dialog")
    expect(rules).to_contain_text("confidential")
    rules.get_by_role("button", name="Join").click()
    expect(rules).to_have_count(0)


def say(page, text):
    """Type into the thread of the session, and send with Enter."""
    box = page.locator("li.root", has=page.locator("[data-card=session]")).get_by_label(
        "Reply in the thread"
    )
    box.fill(text)
    box.press("Enter")
    expect(box).to_have_value("")
    expect(page.locator("p.text", has_text=text.split("\n")[0])).to_be_visible()


def to_the_questions(page, address):
    page.goto(address)
    present(page)
    join(page, "Tunde")
    join(page, "Jonas")
    expect(page.get_by_role("heading", name="Questions", exact=True)).to_be_visible()


def test_by_hand_from_the_first_screen_to_a_question_and_a_nudge(page, address):
    to_the_questions(page, address)
    be(page, "Tunde")
    say(page, QUESTION)
    expect(page.locator("[data-card=session]")).to_contain_text(QUESTION)

    be(page, "Jonas")
    say(page, ADVICE)
    nudge = page.locator("article.private", has_text="edit your message")
    expect(nudge).to_be_visible()
    expect(nudge).to_contain_text("Private to Jonas")
    be(page, "Ana")
    expect(page.locator("p.text", has_text=ADVICE)).to_be_visible()
    expect(page.locator("article.private", has_text="edit your message")).to_have_count(0)

    be(page, "Jonas")
    page.get_by_role("button", name="Edit this message").click()
    box = page.get_by_label("Edit your message")
    expect(box).to_be_focused()
    box.fill("What would you like her to know?")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".edited")).to_be_visible()
    be(page, "Ana")
    card = page.locator("[data-card=session]")
    expect(card).to_contain_text("What would you like her to know?")

    card.get_by_role("button", name="Answer").first.click()
    form = page.get_by_role("dialog", name="Answer")
    expect(form).to_contain_text(QUESTION)
    form.get_by_label("Your answer").fill("That I know she wanted the post.")
    form.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("heading", name="Ana Duarte answers")).to_be_visible()
    expect(card).not_to_contain_text(QUESTION)


# By method: who presents last, what is told at the next report back, who was asked half-way.
ENDS = {
    "one_problem": ("Tunde Okafor", "Asking first takes less courage", "Ana"),
    "support_and_challenge": ("Rafael Souza", "still be answered for", "Tunde"),
    "monthly_set": ("Jonas Weber", "needed practice", "Ana"),
    "equal_share": ("Priya Nair", "never asked for", "Priya"),
    "two_rules": ("Jonas Weber", "first to explain", "Jonas"),
}


@pytest.mark.sample(2)
@pytest.mark.parametrize("method", ENDS)
def test_play_it_for_me_goes_to_the_second_meetings_report_back(page, address, method):
    last, told, asked = ENDS[method]
    page.goto(address)
    page.locator(f"#method-{method}").check()
    expect(page.locator(f"#method-{method}")).to_be_checked()
    page.get_by_role("button", name="Play it for me").click()
    expect(page.get_by_text("That was a whole meeting")).to_be_visible()
    expect(page.locator("[data-card=report]", has_text=told)).to_be_visible()
    expect(page.get_by_role("heading", name=" presents").last).to_have_text(f"{last} presents")
    expect(page.locator("[data-card=refusal]")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    be(page, asked)
    letters = page.get_by_role("region", name=f"Only {asked} sees this")
    expect(letters).to_contain_text("Half-way there")
    be(page, "Mere")
    expect(page.get_by_role("region", name="Only Mere sees this")).not_to_contain_text("Half-way")


def test_a_play_is_there_for_every_method():
    assert set(ENDS) == set(formats.names())


def test_another_method_is_chosen_by_keyboard(page, address, axe):
    page.goto(address)
    methods = page.get_by_role("group", name="Which method?")
    expect(methods.get_by_role("radio", checked=True)).to_have_value("one_problem")
    tab_to(page, methods.get_by_role("radio", name="One problem"))
    for title in ("Equal shares", "Monthly set", "Support and challenge"):
        page.keyboard.press("ArrowDown")
        wanted = methods.get_by_role("radio", name=title)
        expect(wanted).to_be_checked()
        expect(wanted).to_be_focused()
    other = page.context.new_page()  # the choice is kept, not only drawn
    other.goto(address.split("?")[0])
    expect(other.get_by_role("radio", name="Support and challenge")).to_be_checked()
    other.close()
    expect(wanted).to_be_focused()
    expect(page.locator(".intro")).to_contain_text("One brings a concern.")
    assert axe(page) == ""


def test_all_methods_stand_on_the_first_screen_unscrolled(page, address):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address)
    for method in ENDS:
        page.locator(f"#method-{method}").check()
        expect(page.locator(f"#method-{method}")).to_be_checked()
        scroll = page.locator("#scroll-channel")
        assert scroll.evaluate("e => e.scrollHeight <= e.clientHeight"), method


def test_a_method_with_a_coach_begins_by_hand_with_a_set_and_its_coach(page, address):
    page.goto(address)
    page.locator("#method-two_rules").check()
    page.get_by_role("button", name="Be Ana and begin a set").click()
    form = page.get_by_role("dialog", name="Begin a set")
    expect(form.get_by_role("checkbox", checked=True)).to_have_count(4)
    form.get_by_role("button", name="Begin").click()
    expect(form).to_have_count(0)  # until then the page is still becoming Ana's
    for name in ("Tunde", "Priya", "Mere", "Rafael"):
        join(page, name)
    be(page, "Ana")
    page.get_by_role("button", name="Name the coach").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Tunde").check()
    form.locator("footer button.primary").click()
    expect(form).to_have_count(0)
    page.get_by_role("button", name="Present an issue").last.click()
    form = page.get_by_role("dialog", name="Present an issue")
    form.get_by_label("What is the issue").fill(ISSUE)
    form.get_by_role("button", name="Present").click()
    expect(form).to_have_count(0)
    expect(page.get_by_role("button", name="Choose a skill").first).to_be_visible()


def test_the_play_shows_its_steps_and_can_be_stopped_and_go_on(page, slow_address):
    page.goto(slow_address)
    page.get_by_role("button", name="Play it for me").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("#step-label")).to_contain_text("The others read")
    page.get_by_role("button", name="Stop and take over").click()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    be(page, "Mere")
    page.get_by_label("Write as Mere").fill("/als status")
    page.get_by_label("Write as Mere").press("Enter")
    expect(page.locator("article.private")).to_be_visible()
    page.get_by_role("button", name="Go on playing").click()
    expect(page.get_by_role("progressbar")).to_be_visible()


def test_the_clock_is_wound_and_everyone_sees_their_own_time(page, address):
    page.goto(address)
    clock = page.get_by_role("group", name="The clock").locator("time")
    before = clock.get_attribute("datetime")
    page.get_by_role("button", name="+1 hour").click()
    expect(clock).not_to_have_attribute("datetime", before)
    home = clock.inner_text()
    be(page, "Mere")
    assert page.get_by_role("group", name="The clock").locator("time").inner_text() != home
    expect(page.get_by_role("group", name="The clock")).to_contain_text("Auckland")


def test_to_the_next_thing_brings_a_reminder(page, address):
    to_the_questions(page, address)
    be(page, "Priya")
    letters = page.get_by_role("region", name="Only Priya sees this")
    for _ in range(10):
        if letters.locator("article").count():
            break
        clock = page.get_by_role("group", name="The clock").locator("time")
        before = clock.get_attribute("datetime")
        page.get_by_role("button", name="To the next thing").click()
        expect(clock).not_to_have_attribute("datetime", before)
    expect(letters.locator("article").first).to_be_visible()


def test_a_second_window_is_told_by_itself(page, address):
    to_the_questions(page, address)
    other = page.context.new_page()
    other.goto(address.split("?")[0] + "?as=priya")
    expect(other.get_by_text("As Priya sees it")).to_be_attached()
    be(page, "Tunde")
    say(page, QUESTION)
    expect(other.locator("p.text", has_text=QUESTION)).to_be_visible()
    expect(other.locator("#news")).to_contain_text(f"Tunde: {QUESTION}")


def test_a_late_answer_does_not_bring_the_last_person_back(page, address):
    """The page asks for news as Jonas; before the answer is there, somebody becomes Priya."""
    to_the_questions(page, address)
    held = []
    page.route("**/view?as=jonas*", lambda route: held.append(route))
    other = page.context.new_page()
    other.goto(address.split("?")[0])
    be(other, "Tunde")
    say(other, QUESTION)
    while not held:
        page.wait_for_timeout(20)
    be(page, "Priya")
    for route in held:
        with page.expect_response("**/view?as=jonas*"):
            route.continue_()
    expect(page.locator("p.text", has_text=QUESTION)).to_be_visible()
    expect(page.get_by_text("As Priya sees it")).to_be_attached()


def test_what_is_being_written_outlives_what_others_do(page, address):
    to_the_questions(page, address)
    other = page.context.new_page()
    other.goto(address.split("?")[0])
    be(other, "Priya")
    draft = other.get_by_label("Write as Priya")
    draft.fill("half a thought")
    be(page, "Tunde")
    say(page, QUESTION)
    expect(other.locator("p.text", has_text=QUESTION)).to_be_visible()
    expect(draft).to_have_value("half a thought")
    expect(draft).to_be_focused()


@pytest.mark.parametrize("text", [NASTY, "שלום, מה עוזר?", "\u202eevil\u0007 what helps?"])
def test_whatever_is_typed_stays_text(page, address, text):
    to_the_questions(page, address)
    be(page, "Tunde")
    box = page.locator("li.root", has=page.locator("[data-card=session]")).get_by_label(
        "Reply in the thread"
    )
    box.fill(text)
    box.press("Enter")
    shown = re.sub("[\u202e\u0007]", "", text)
    expect(page.locator("p.text", has_text=shown)).to_be_visible()
    expect(page.locator("#app img")).to_have_count(0)
    expect(page).to_have_title("als playground")


def test_forty_thousand_characters_do_not_break_the_page(page, address):
    to_the_questions(page, address)
    be(page, "Tunde")
    box = page.locator("li.root", has=page.locator("[data-card=session]")).get_by_label(
        "Reply in the thread"
    )
    box.fill("w" * 39_999 + "?")
    box.press("Enter")
    expect(box).to_have_value("")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_press_twice_is_one_press(page, address):
    to_the_questions(page, address)
    be(page, "Tunde")
    button = page.locator("[data-card=session]").get_by_role("button", name="Pass")
    button.dblclick()
    expect(page.locator("[data-card=session]")).to_contain_text("1 of ")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_form_that_is_closed_can_be_opened_again(page, address):
    to_the_questions(page, address)
    be(page, "Tunde")
    for _ in range(2):
        page.locator("[data-card=session]").get_by_role("button", name="Ask a question").click()
        form = page.get_by_role("dialog", name="Ask a question")
        form.get_by_role("button", name="Close").click()
        expect(form).to_have_count(0)


LOOKS = [("light", 1440, 900), ("dark", 1440, 900), ("light", 380, 780), ("dark", 380, 780)]


@pytest.mark.sample(2)
@pytest.mark.parametrize(("scheme", "width", "height"), LOOKS)
def test_nothing_stands_in_anyones_way(page, address, axe, scheme, width, height):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)
    assert axe(page) == ""
    page.get_by_role("button", name="Be Ana and present an issue").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert axe(page) == ""
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Play it for me").click()
    expect(page.get_by_text("That was a whole meeting")).to_be_visible()
    for name in ("Ana", "Priya"):
        be(page, name)
        if width < 500:
            page.get_by_role("button", name="# the-set").click()
        folded = page.locator(".fold[aria-expanded=false]")
        for id in folded.evaluate_all("all => all.map(e => e.id)"):
            page.locator(f"#{id}").click()
            expect(page.locator(f"#{id}")).to_have_attribute("aria-expanded", "true")
        assert axe(page) == ""
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width < 500:
        page.get_by_role("button", name="Only Priya").click()
        expect(page.get_by_role("region", name="Only Priya sees this")).to_be_visible()
        assert axe(page) == ""


def test_by_keyboard_alone(page, address):
    page.goto(address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Go to the newest message")).to_be_focused()
    opener = page.get_by_role("button", name="Be Ana and present an issue")
    tab_to(page, opener)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    form = page.get_by_role("dialog")
    expect(form.get_by_label("What is the issue")).to_be_focused()
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    expect(opener).to_be_focused()

    page.keyboard.press("Enter")
    expect(form.get_by_label("What is the issue")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "!!document.activeElement.closest('dialog') || document.activeElement === document.body"
        )
    form.get_by_label("What is the issue").focus()
    page.keyboard.type(ISSUE)
    for name in ("Tunde", "Jonas"):
        tab_to(page, form.get_by_role("checkbox", name=name))
        page.keyboard.press("Space")
    tab_to(page, form.get_by_role("button", name="Present"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ana Duarte presents")).to_be_visible()

    tab_to(page, page.locator("#be-tunde"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("As Tunde sees it")).to_be_attached()
    tab_to(page, page.locator("[data-card=invitation]").get_by_role("button", name="Join"))
    page.keyboard.press("Enter")
    tab_to(page, form.get_by_role("button", name="Join"))
    page.keyboard.press("Enter")
    expect(form).to_have_count(0)
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def tab_to(page, goal, most=120):
    """Press Tab until the goal has the focus, as somebody without a mouse does."""
    expect(goal).to_be_visible()
    for _ in range(most):
        if goal.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not get there")
