"""What one person sees of the playground, put together for the templates. No decisions."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.web import draw, times
from adapters.web.cast import Human, channel
from adapters.web.chat import Message
from adapters.web.playground import Playground
from adapters.web.words import in_language
from bot.method import formats
from bot.method.terms import Place

UNFOLDED = 2  # so many of the newest threads stand open by themselves


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is drawn; `news` is what a screen reader is told of it."""

    message: Message
    author: Human | None
    time: str
    iso: str
    card: str = ""
    mine: bool = False
    private: bool = False
    editing: bool = False
    news: str = ""
    replies: tuple[Line, ...] = ()
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody in the list of people, with their own time of day."""

    human: Human
    me: bool
    time: str
    at_work: bool
    unread: int


def page(playground: Playground, viewer: Human, follow: bool) -> str:
    """The whole page."""
    return draw.template("page.html").render(_values(playground, viewer, follow))


def inside(playground: Playground, viewer: Human, follow: bool) -> str:
    """What changes on the page, to be morphed into it."""
    return draw.template("view.html").render(_values(playground, viewer, follow))


def _values(playground: Playground, viewer: Human, follow: bool) -> dict[str, object]:
    play = playground.play
    if follow and play.running and play.watching is not None:
        viewer = play.watching
    chat, seat = playground.chat, playground.seats[viewer.user]
    seat.read = max([seat.read, *(m.number for m in chat.visible(viewer.user))])
    now, due = playground.now, playground.next_due()
    opened = seat.opened.form if seat.opened else None
    others = playground.people.others(viewer.user)
    return {
        **in_language(viewer.language),
        "language": viewer.language,
        "viewer": viewer,
        "follow": follow and play.running,
        "version": playground.version,
        "fresh": len(chat) == 0,
        "method": playground.method,
        "set_first": playground.set_first,
        "methods": formats.names(),
        "now": times.moment(now, viewer.tz, viewer.language),
        "now_iso": times.iso(now, viewer.tz),
        "next": times.moment(due, viewer.tz, viewer.language) if due else "",
        "people": [_neighbour(playground, human, viewer) for human in playground.people],
        "lines": _channel(playground, viewer),
        "letters": [_line(playground, m, viewer) for m in chat.seen_by(viewer.user, viewer.dm)],
        "place": channel(),
        "play": play,
        "form": draw.form(opened, viewer, others, seat.picked) if opened else "",
    }


def _channel(playground: Playground, viewer: Human) -> list[Line]:
    chat, seat = playground.chat, playground.seats[viewer.user]
    roots = chat.seen_by(viewer.user, channel())
    threads = {root.id: chat.seen_by(viewer.user, _below(root)) for root in roots}
    busiest = sorted((r for r in roots if threads[r.id]), key=lambda r: r.number)[-UNFOLDED:]
    entries = []
    for root in roots:
        folded = seat.folded.get(root.id, root not in busiest)
        replies = tuple(_line(playground, m, viewer) for m in threads[root.id])
        entries.append(_line(playground, root, viewer, replies, folded))
    return entries


def _below(root: Message) -> Place:
    place = root.place
    return Place(place.platform, place.installation, place.conversation, root.id)


def _line(
    playground: Playground,
    message: Message,
    viewer: Human,
    replies: tuple[Line, ...] = (),
    folded: bool = False,
) -> Line:
    author = playground.people.get(message.author)
    drawn, news = "", message.text[:200]
    if message.card is not None:
        look = draw.Look(
            viewer,
            message.id,
            lambda press, ref: playground.nonce(message.id, press, ref, viewer.user),
        )
        drawn, news = draw.card(message.card, look), message.card.summary
    return Line(
        message=message,
        author=author,
        time=times.moment(message.at, viewer.tz, viewer.language),
        iso=times.iso(message.at, viewer.tz),
        card=drawn,
        mine=message.author == viewer.user and not message.gone,
        private=bool(message.only) and message.place != viewer.dm,
        editing=playground.seats[viewer.user].editing == message.id,
        news=draw.clean_text(f"{author.first}: {news}" if author else news),
        replies=replies,
        folded=folded,
    )


def _neighbour(playground: Playground, human: Human, viewer: Human) -> Neighbour:
    chat, seat = playground.chat, playground.seats[human.user]
    unread = sum(
        1
        for m in chat.visible(human.user)
        if m.number > seat.read and (m.only or m.place == human.dm)
    )
    return Neighbour(
        human,
        human == viewer,
        times.clock(playground.now, human.tz),
        times.at_work(playground.now, human.tz),
        0 if human == viewer else unread,
    )
