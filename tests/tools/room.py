"""A member over a WebSocket, by a library that is not ours: for tests/web.bats, whose function `room`
runs a script with all of this and the coroutine main() in it."""

import asyncio
import contextlib
import hashlib
import os
import sys

import websockets

port = int(os.environ["web"])


class Room:
    """Lines, as they come in messages, and bytes."""

    def __init__(self, socket):
        self.socket = socket
        self.lines = []
        self.greeting = None

    async def line(self):
        while not self.lines:
            text = await asyncio.wait_for(self.socket.recv(), 60)
            assert isinstance(text, str) and text.endswith("\n"), text
            self.lines = text[:-1].split("\n")
        return self.lines.pop(0)

    async def bytes(self):
        assert not self.lines, self.lines
        data = await asyncio.wait_for(self.socket.recv(), 60)
        assert isinstance(data, bytes), data
        return data

    async def ask(self, message):
        await self.socket.send(message)
        return await self.line()

    async def end(self):
        """The code of the close, after all lines."""
        try:
            while True:
                self.lines = []
                await self.line()
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


@contextlib.asynccontextmanager
async def enter(greeting="220 Enter ", path="/room", **options):
    options.setdefault("subprotocols", ["rollcall"])
    async with websockets.connect(f"ws://127.0.0.1:{port}{path}", **options) as socket:
        room = Room(socket)
        room.greeting = await room.line()
        assert room.greeting.startswith(greeting), room.greeting
        yield room


HANDSHAKE = (
    b"GET /room HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def raw(frames):
    """What comes back for these bytes behind the handshake, without the greeting."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HANDSHAKE + frames)
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), answer
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head, head
    greeting = rest.find(b"220 Enter Client")
    assert greeting == 2 and rest[1] == len("220 Enter Client01\n"), rest
    return rest[2 + rest[1]:]


def is_closed(answer, code):
    assert answer == b"\x88\x02" + code.to_bytes(2, "big"), answer
