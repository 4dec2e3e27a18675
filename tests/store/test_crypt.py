"""Nothing that a person wrote can be read in the file (design.md, Store)."""

import json

import pytest

from bot.ports import Posted
from store import SqlStore, StoreRefused, models, new_key
from store.crypt import Cipher
from tests.store.conftest import KEY
from tests.store.factories import NOW, THREAD, group, later, put, said, session, words

CANARY = "my manager reads my diary"


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def holds(folder, text):
    return [name for name, content in files(folder).items() if text.encode() in content]


@pytest.mark.parametrize("url", ["sqlite://", "postgresql://nobody@127.0.0.1:1/nothing"])
def test_without_a_key_nothing_is_opened(url):
    with pytest.raises(StoreRefused, match="no_key"):
        SqlStore(url)


@pytest.mark.parametrize("keys", [["short"], ["é" * 44], [KEY, "short"], [""]])
def test_what_is_no_key_is_refused(keys):
    with pytest.raises(StoreRefused, match="bad_key"):
        SqlStore("sqlite://", keys=keys)


def test_words_cannot_be_read_in_the_file(file, tmp_path):
    store = file()
    with store.transaction() as tx:
        tx.machines.save(group())
        tx.machines.save(session())
        tx.contributions.save(said(), THREAD, "m1")
        tx.texts.put(words(text=CANARY))
        put(tx, "card")
    assert holds(tmp_path, CANARY) == []
    store.maintenance.run_retention(NOW)
    store.close()
    assert holds(tmp_path, CANARY) == []
    assert holds(tmp_path, "general")  # what is not prose is there: the search does work


def test_words_cannot_be_read_in_postgresql(store):
    with store.transaction() as tx:
        tx.texts.put(words(text=CANARY))
        kept = tx.connection.fetch_all(models.user_text.select(), {})
    assert CANARY not in repr(kept)


def test_erased_words_leave_the_file_even_when_kept_in_plain(file, tmp_path):
    store = file(plaintext=True)
    with store.transaction() as tx:
        for i in range(200):
            tx.texts.put(words(about=f"c{i}", text=f"{CANARY} {'x' * (i * 37 % 900)}"))
    assert holds(tmp_path, CANARY)
    with store.transaction() as tx:
        tx.texts.erase_person("set", "ann")
    store.maintenance.run_retention(NOW)
    assert holds(tmp_path, CANARY) == []


def test_words_that_were_replaced_leave_the_file(file, tmp_path):
    store = file(plaintext=True)
    for text in (CANARY, "short", CANARY * 300, "another"):
        with store.transaction() as tx:
            tx.texts.put(words(text=text))
    store.maintenance.run_retention(NOW)
    assert holds(tmp_path, CANARY) == []
    assert holds(tmp_path, "another")


def test_the_daily_round_empties_the_log(file, tmp_path):
    store = file()
    with store.transaction() as tx:
        tx.texts.put(words())
    assert (tmp_path / "als.db-wal").stat().st_size > 0
    store.maintenance.run_retention(NOW)
    assert (tmp_path / "als.db-wal").stat().st_size == 0


def test_the_file_is_its_owners_alone(file, tmp_path):
    store = file()
    with store.transaction() as tx:
        tx.texts.put(words())
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_letters_and_cards_hold_no_words(store):
    with store.transaction() as tx:
        tx.texts.put(words(text=CANARY))
        put(tx, "card", count=1)
    letter = store.outbox.claim("w", NOW, 60).outbox_messages[0]
    store.outbox.mark_sent([letter], later(seconds=1), [Posted("card", THREAD, "m1", NOW)])
    with store.reading() as tx:
        rows = [
            tx.connection.fetch_all(table.select(), {}) for table in models.metadata.sorted_tables
        ]
    assert CANARY not in repr(rows)


def test_the_first_key_writes_and_all_read():
    old, new = new_key(), new_key()
    sealed = Cipher([old]).seal({"text": CANARY})
    both = Cipher([new, old])
    assert both.open(sealed) == {"text": CANARY}
    assert not both.is_current(sealed)
    again = both.again(sealed)
    assert both.is_current(again)
    assert Cipher([new]).open(again) == {"text": CANARY}
    with pytest.raises(StoreRefused, match="wrong_key"):
        Cipher([old]).open(again)


def test_plaintext_has_to_be_asked_for_and_is_json():
    plain = Cipher(plaintext=True)
    sealed = plain.seal({"text": "How so?"})
    assert json.loads(sealed) == {"text": "How so?"}
    assert plain.is_current(sealed)
    assert Cipher([KEY]).open(sealed) == {"text": "How so?"}
    assert not Cipher([KEY]).is_current(sealed)
    with pytest.raises(StoreRefused, match="wrong_key"):
        plain.open(Cipher([KEY]).seal({"text": CANARY}))
