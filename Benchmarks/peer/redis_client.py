"""A minimal Redis client: pipelined commands over one connection, replies parsed by hiredis."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import hiredis

# Called with the reply; with an exception where there is none.
Reply = Callable[[Any], None]


class RedisClient(asyncio.Protocol):
    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)
        self.loop = asyncio.get_running_loop()
        self.replies: deque[Reply] = deque()
        self.transport: asyncio.Transport | None = None
        self.is_closed = False

    async def connect(self) -> None:
        await self.loop.create_connection(lambda: self, self.url.hostname, self.url.port or 6379)

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.reader = hiredis.Reader()
        self.transport = transport
        if self.url.password:
            self.send("AUTH", *filter(None, [self.url.username, self.url.password]), reply=lambda _: None)
        if database := self.url.path.strip("/"):
            self.send("SELECT", database, reply=lambda _: None)

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        replies, self.replies = self.replies, deque()
        for reply in replies:
            reply(ConnectionError("Redis has closed the connection."))
        if not self.is_closed:
            self.reconnecting = self.loop.create_task(self.reconnect())

    async def reconnect(self) -> None:
        while not self.transport:
            await asyncio.sleep(0.25)
            try:
                await self.connect()
            except OSError:
                continue

    def close(self) -> None:
        self.is_closed = True
        if self.transport:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        reader = self.reader
        reader.feed(data)
        while (value := reader.gets()) is not False:
            self.replies.popleft()(value)

    def send(self, *command: bytes | str | int, reply: Reply) -> None:
        if not self.transport:
            return reply(ConnectionError("Redis is not connected."))
        self.replies.append(reply)
        self.transport.write(hiredis.pack_command(command))

    async def call(self, *command: bytes | str | int) -> Any:
        """The reply. An error, Redis's or the connection's, is raised."""
        future = self.loop.create_future()
        self.send(*command, reply=lambda value: future.done() or future.set_result(value))
        value = await future
        if isinstance(value, Exception):
            raise value
        return value


async def connect(url: str) -> RedisClient:
    client = RedisClient(url)
    await client.connect()
    return client
