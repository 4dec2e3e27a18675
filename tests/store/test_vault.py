"""The vault: secrets of the platforms, encrypted, each taken once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from store import SqlStore


def test_a_secret_is_kept_replaced_and_forgotten(store):
    assert store.vault.secret("slack/T1") is None
    store.vault.keep_secret("slack/T1", "xoxb-1")
    store.vault.keep_secret("slack/T1", "xoxb-2")
    assert store.vault.secret("slack/T1") == "xoxb-2"
    store.vault.forget_secret("slack/T1")
    store.vault.forget_secret("slack/T1")
    assert store.vault.secret("slack/T1") is None


def test_names_are_found_by_how_they_begin(store):
    for name in ("slack/T2", "slack/T1", "state/x", "slacker"):
        store.vault.keep_secret(name, "x")
    assert store.vault.secrets("slack/") == ("slack/T1", "slack/T2")


def test_of_two_who_take_it_one_gets_it(process):
    one, other = process(), process()
    one.vault.keep_secret("state/x", "now")
    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(lambda s: s.vault.take_secret("state/x"), [one, other] * 4))
    assert sorted(filter(None, taken)) == ["now"]


def test_of_two_who_replace_it_one_does(process):
    one, other = process(), process()
    one.vault.keep_secret("slack/T1", "old")
    with ThreadPoolExecutor(2) as pool:
        done = list(
            pool.map(
                lambda s: s[0].vault.swap_secret("slack/T1", "old", s[1]),
                [(one, "a"), (other, "b")],
            )
        )
    assert sorted(done) == [False, True]
    assert one.vault.secret("slack/T1") == ("a" if done[0] else "b")


def test_it_lies_encrypted(file):
    store: SqlStore = file()
    store.vault.keep_secret("slack/T1", "xoxb-canary")
    with store.engine.begin() as connection:
        [row] = connection.execute(text("SELECT data FROM vault")).all()
    assert "canary" not in row.data
