"""No sentence that a person reads stands in a template, a script or in Python."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from adapters.web.words import word
from bot.method import formats

WEB = Path(str(resources.files("adapters.web")))
LABELS = tomllib.loads(
    (Path(str(resources.files("prompts"))) / "en" / "web.toml").read_text(encoding="utf-8")
)["web"]
SOURCES = [*WEB.glob("*.py"), *WEB.glob("templates/*.html")]
# Read by way of a variable, or a list.
INDIRECT = {"days", "months", "brings"}


@pytest.mark.parametrize("path", sorted(WEB.glob("templates/*.html")), ids=lambda p: p.name)
def test_a_template_has_no_words_of_its_own(path):
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\{[{%#].*?[}%#]\}", "", text, flags=re.DOTALL)
    for spoken in re.findall(r'(?:title|placeholder|alt|aria-label)="([^"]*)"', text):
        assert not re.search(r"[A-Za-z]", spoken)
    # A macro may be a bare attribute.
    shown = re.sub(r"<[^>]*>|[\w-]+=\"[^\"]*\"", "", text, flags=re.DOTALL)
    assert not re.search(r"[A-Za-z]{2}", shown), shown.split()


def test_the_script_shows_only_what_the_page_gave_it():
    script = (WEB / "static" / "page.js").read_text(encoding="utf-8")
    script = re.sub(r"/\*.*?\*/|//.*", "", script, flags=re.DOTALL)
    for quoted in re.findall(r'"([^"]*)"', script):
        assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", quoted), quoted


def test_every_label_is_used_and_every_used_one_is_there():
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    used = set(re.findall(r"word\(\s*[\"'](\w+)[\"']", source)) | INDIRECT
    assert used == set(LABELS)


def test_every_method_has_a_first_line_of_its_own():
    assert set(LABELS["brings"]) == set(formats.names())


def test_a_label_that_is_not_there_is_a_bug():
    with pytest.raises(KeyError):
        word("nothing_like_it", "en")


def test_the_style_names_no_words():
    style = (WEB / "static" / "style.css").read_text(encoding="utf-8")
    for content in re.findall(r'content:\s*"([^"]*)"', style):
        assert not re.search(r"[A-Za-z]", content)
