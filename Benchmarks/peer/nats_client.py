"""A minimal NATS client: everything that happens in one turn of the event loop leaves in one write.

Requests share one wildcard subscription; each has a token of its own, which leads to its callback. Streams and
consumers are made with nats-py, at the start only.
"""

import asyncio
import json
import secrets
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

import nats
from nats.js.api import AckPolicy, ConsumerConfig, StorageType, StreamConfig

from envelope import STREAM

CONSUMER = "processor"
TIMEOUT = 5  # Seconds until a request without a reply has failed.
MAX_PENDING = 32_768

Reply = Callable[[bytes | None], None]
# Called with the reply subject, the headers and the payload.
Subscriber = Callable[[bytes, bytes, bytes], None]


class NATSClient(asyncio.Protocol):
    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)
        self.loop = asyncio.get_running_loop()
        self.inbox = b"_INBOX.%b." % secrets.token_hex(8).encode()
        self.inbox_size = len(self.inbox)
        self.pending: dict[bytes, Reply] = {}
        self.token = 0
        self.sweeps = [0] * TIMEOUT
        self.subscriptions: list[tuple[bytes, Subscriber]] = []
        self.on_connect: Callable[[], None] = lambda: None
        self.transport: asyncio.Transport | None = None
        self.is_connected = self.is_closed = False
        self.output: list[bytes] = []
        self.rest = b""

    # Connection.

    async def connect(self) -> None:
        self.connected = self.loop.create_future()
        await self.loop.create_connection(lambda: self, self.url.hostname, self.url.port or 4222)
        await asyncio.wait_for(self.connected, TIMEOUT)

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        options = {"verbose": False, "pedantic": False, "lang": "python", "version": "1", "protocol": 1,
                   "headers": True, "no_responders": True}
        if self.url.username:
            options |= {"user": self.url.username, "pass": self.url.password}
        lines = [b"CONNECT %b\r\nSUB %b* 0\r\n" % (json.dumps(options).encode(), self.inbox)]
        lines += [b"SUB %b %d\r\n" % (subject, sid) for sid, (subject, _) in enumerate(self.subscriptions, 1)]
        transport.write(b"".join(lines) + b"PING\r\n")
        self.rest = b""

    def connection_lost(self, error: Exception | None) -> None:
        self.is_connected = False
        self.output.clear()
        self.fail_until(self.token)
        if not self.is_closed:
            self.reconnecting = self.loop.create_task(self.reconnect())

    async def reconnect(self) -> None:
        while not self.is_connected:
            await asyncio.sleep(0.25)
            try:
                await self.connect()
            except OSError:  # TimeoutError is one.
                continue

    def close(self) -> None:
        self.is_closed = True
        self.flush()
        self.transport.close()

    # Output.

    def send(self, data: bytes) -> None:
        """Without a connection `data` is dropped: JetStream delivers again what was not acknowledged."""
        if not self.is_connected:
            return
        if not self.output:
            self.loop.call_soon(self.flush)
        self.output.append(data)

    def flush(self) -> None:
        if self.output:
            self.transport.write(b"".join(self.output))
            self.output.clear()

    def publish(self, subject: bytes, payload: bytes) -> None:
        self.send(b"PUB %b %d\r\n%b\r\n" % (subject, len(payload), payload))

    def store(self, subject: bytes, message_id: bytes, payload: bytes, reply: Reply) -> None:
        """Publishes to JetStream. `reply` gets the payload of the acknowledgement, None where none came."""
        if not self.is_connected or len(self.pending) >= MAX_PENDING:
            return reply(None)
        self.token += 1
        token = b"%d" % self.token
        self.pending[token] = reply
        size = 27 + len(message_id)
        self.send(b"HPUB %b %b%b %d %d\r\nNATS/1.0\r\nNats-Msg-Id: %b\r\n\r\n%b\r\n" % (
            subject, self.inbox, token, size, size + len(payload), message_id, payload))

    def subscribe(self, subject: bytes, subscriber: Subscriber) -> None:
        self.subscriptions.append((subject, subscriber))
        self.send(b"SUB %b %d\r\n" % (subject, len(self.subscriptions)))

    # Requests without a reply.

    def sweep(self) -> None:
        self.fail_until(self.sweeps.pop(0))
        self.sweeps.append(self.token)
        self.loop.call_later(1, self.sweep)

    def fail_until(self, last: int) -> None:
        """Tokens are kept in the order in which they were given out."""
        for token in list(self.pending):
            if int(token) > last:
                break
            self.pending.pop(token)(None)

    # Input.

    def data_received(self, data: bytes) -> None:
        if self.rest:
            data = self.rest + data
        position = 0
        available = len(data)
        find = data.find
        pending = self.pending
        while (end := find(b"\r\n", position)) >= 0:
            line = data[position:end]
            start = end + 2
            if line.startswith((b"MSG ", b"HMSG ")):
                fields = line.split()
                stop = start + int(fields[-1])
                if stop + 2 > available:
                    break
                body = start
                if line[0] == 72:  # H
                    body += int(fields[-2])
                if fields[2] == b"0":
                    if reply := pending.pop(fields[1][self.inbox_size:], None):
                        reply(data[body:stop])
                else:
                    reply_to = fields[3] if len(fields) > (5 if body > start else 4) else b""
                    self.subscriptions[int(fields[2]) - 1][1](reply_to, data[start:body], data[body:stop])
                start = stop + 2
            else:
                self.control(line)
            position = start
        self.rest = data[position:]

    def control(self, line: bytes) -> None:
        if line == b"PING":
            self.transport.write(b"PONG\r\n")
        elif line == b"PONG":
            self.is_connected = True
            self.connected.set_result(None)
            self.on_connect()
        elif line.startswith(b"-ERR"):
            print("nats-server:", line.decode(), file=sys.stderr)


async def connect(url: str) -> NATSClient:
    client = NATSClient(url)
    await client.connect()
    client.sweep()
    return client


async def create_stream(url: str, with_consumer: bool = False) -> None:
    connection = await nats.connect(url)
    stream = connection.jetstream()
    await stream.add_stream(StreamConfig(
        name=STREAM, subjects=["peer.writes.>"], storage=StorageType.FILE, duplicate_window=120))
    if with_consumer:
        await stream.add_consumer(STREAM, ConsumerConfig(
            durable_name=CONSUMER, ack_policy=AckPolicy.EXPLICIT, ack_wait=60, max_ack_pending=20_000))
    await connection.close()
