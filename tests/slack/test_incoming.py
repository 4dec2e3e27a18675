"""What Slack sends, as the core's inputs: pure."""

import pytest

from adapters.slack import incoming
from adapters.slack.incoming import Profile, actor, place

ANA = actor("U-ana", "T1", Profile("Ana"))
ROOT, REPLY = "1772442000.000100", "1772442060.000200"


def deletion(**previous):
    return {
        "type": "message",
        "subtype": "message_deleted",
        "channel": "C1",
        "deleted_ts": REPLY,
        "event_ts": "1772442090.000300",
        "previous_message": {"user": "U-ana", "ts": REPLY, **previous},
    }


def tombstone(ts, **inner):
    message = {"subtype": "tombstone", "ts": ts, **inner}
    return {"type": "message", "subtype": "message_changed", "channel": "C1", "message": message}


@pytest.mark.parametrize(
    ("event", "thread"),
    [
        (deletion(thread_ts=ROOT), ROOT),
        (deletion(), ""),
        (tombstone(REPLY, thread_ts=ROOT), ROOT),
        (tombstone(ROOT, thread_ts=ROOT), ""),
    ],
)
def test_a_deletion_knows_its_thread(event, thread):
    """So that it queues behind its message, which may just be taken (one set, one lock)."""
    gone = incoming.read_message(event, "T1", ANA, {})
    assert gone.place == place("T1", "C1", thread)
    assert gone.message == event.get("deleted_ts", event.get("message", {}).get("ts"))
