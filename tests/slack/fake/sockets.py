"""Socket Mode, the server's side: hello, envelopes, acknowledgements, refreshes.

Rules (docs.slack.dev/apis/events-api/using-socket-mode): at most 10 connections; an envelope goes
to one of them; it is acknowledged by its envelope_id, with a payload only where that is accepted.
"""

import asyncio
import itertools
import json
import uuid

from aiohttp import WSMsgType, web

from .deliver import Sent

MOST = 10


class Sockets:
    """The open connections, in turn."""

    def __init__(self, app_id):
        self.app_id, self.origin = app_id, None
        self.open, self.tickets, self.acks = [], set(), {}
        self.changed = asyncio.Condition()
        self.turn, self.received = itertools.count(), []

    def url(self):
        ticket = uuid.uuid4().hex
        self.tickets.add(ticket)
        return f"{self.origin.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self.app_id}"

    async def serve(self, request):
        if request.query.get("ticket") not in self.tickets:
            raise web.HTTPForbidden
        self.tickets.discard(request.query["ticket"])  # an address is for one connection
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.open) >= MOST:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self.open.append(socket)
        await self.tell_waiting()
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self.open),
                "debug_info": {"host": "applink-fake", "approximate_connection_time": 18060},
                "connection_info": {"app_id": self.app_id},
            }
        )
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self.take(json.loads(message.data))
        finally:
            if socket in self.open:
                self.open.remove(socket)
        return socket

    async def tell_waiting(self):
        async with self.changed:
            self.changed.notify_all()

    async def connected(self, count=1):
        """Wait until so many connections are open: ten seconds at most."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.open) >= count)

    def take(self, answer):
        self.received.append(answer)
        waiting = self.acks.pop(answer.get("envelope_id"), None)
        if waiting and not waiting.done():
            waiting.set_result(answer)

    async def send(self, kind, payload, accepts, patience, retry=0, reason=""):
        """Send to one connection; a Sent."""
        if not self.open:
            return Sent(False, "connection_failed")
        envelope = {"envelope_id": str(uuid.uuid4()), "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = accepts
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        socket = self.open[next(self.turn) % len(self.open)]
        ack = self.acks[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_json(envelope)
            answer = await asyncio.wait_for(ack, patience)
        except TimeoutError:
            return Sent(False, "timeout")
        except ConnectionError:
            return Sent(False, "connection_failed")
        finally:
            self.acks.pop(envelope["envelope_id"], None)
        if answer.get("payload") and not accepts:
            return Sent(False, "unexpected_payload")
        return Sent(True, payload=answer.get("payload"))

    async def refresh(self, reason="refresh_requested"):
        """Ask each connection to go and come again, as Slack does every few hours."""
        going, self.open[:] = list(self.open), []
        for socket in going:
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
            await socket.close()

    async def close(self):
        for socket in list(self.open):
            await socket.close()
