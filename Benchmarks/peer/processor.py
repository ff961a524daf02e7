"""The processor: takes writes from JetStream in batches and applies each batch with one statement.

Two workers take what has arrived, without waiting for more. NATS_URL, DATABASE_URL, REDIS_URL.
"""

import asyncio
import contextlib
import hashlib
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timezone

import asyncpg
import msgspec
from hiredis import ReplyError

import nats_client
import redis_client
import service
from envelope import DONE, GENERATION, STATUS, STREAM, Envelope, NewUser, decode_envelope, decode_user, rfc3339

WORKERS = 2
BATCH = 1_000
AHEAD = 4 * BATCH  # Messages that are here or asked for.
PULL = b"$JS.API.CONSUMER.MSG.NEXT.%b.%b" % (STREAM.encode(), nats_client.CONSUMER.encode())
REPLY = b"_PEER.processor"

SCHEMA = """
SELECT pg_advisory_xact_lock(7365);
CREATE TABLE IF NOT EXISTS peer_operations (
    operation_id uuid PRIMARY KEY,
    table_name text NOT NULL,
    entity_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('create', 'update', 'upsert', 'delete')),
    status text NOT NULL CHECK (status IN ('completed', 'failed')),
    error jsonb,
    fingerprint bytea,
    attempts integer NOT NULL DEFAULT 1,
    stream_sequence bigint NOT NULL,
    queued_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS peer_operations_ended_at ON peer_operations USING brin (ended_at);
CREATE TABLE IF NOT EXISTS peer_users (
    user_id uuid PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    email text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS peer_users_created_at ON peer_users (created_at, user_id);
"""

APPLY = """
WITH message AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bigint[], $4::timestamptz[], $6::text[], $7::text[])
        AS m (id, fingerprint, stream_sequence, queued_at, name, email)
), new AS (
    INSERT INTO peer_operations
        (operation_id, table_name, entity_id, kind, status, fingerprint, stream_sequence, queued_at, ended_at)
    SELECT id, 'users', id::text, 'create', 'completed', fingerprint, stream_sequence, queued_at, $5::timestamptz
    FROM message
    ON CONFLICT DO NOTHING
    RETURNING operation_id
)
INSERT INTO peer_users (user_id, name, email)
SELECT id, name, email FROM message JOIN new ON operation_id = id
"""

FAIL = """
INSERT INTO peer_operations
    (operation_id, table_name, entity_id, kind, status, error, fingerprint, stream_sequence, queued_at, ended_at)
VALUES ($1, 'users', $1::uuid::text, 'create', 'failed', $6, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""

OUTCOMES = """
SELECT operation_id::text, status, error::text FROM peer_operations WHERE operation_id = ANY ($1::uuid[])
"""

# The generation begins at the time, so that no value comes back should Redis lose it.
ENDED = """
if redis.call('INCR', KEYS[1]) == 1 then
    local time = redis.call('TIME')
    redis.call('SET', KEYS[1], time[1] .. string.format('%06d', time[2]))
end
local ids = ARGV[1]
for i = 1, #ids, 36 do
    local id = string.sub(ids, i, i + 35)
    redis.call('SET', KEYS[2] .. id, ARGV[2] .. id .. ARGV[3] .. id .. ARGV[4], 'EX', 3600)
end
for i = 5, #ARGV, 2 do
    redis.call('SET', KEYS[2] .. ARGV[i], ARGV[i + 1], 'EX', 3600)
end
"""


class Message:
    """A message; `envelope` and `user` are None where it has none, and `problem` says what is wrong with it."""

    __slots__ = ("reply", "sequence", "envelope", "user", "fingerprint", "problem")

    def __init__(self, reply: bytes, payload: bytes) -> None:
        self.reply = reply
        self.sequence = int(reply.split(b".", 6)[5])
        self.envelope: Envelope | None = None
        self.user: NewUser | None = None
        try:
            self.envelope = decode_envelope(payload)
            self.fingerprint = hashlib.sha256(self.envelope.data).digest()
            self.user = decode_user(self.envelope.data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self.problem = str(error)
            print(f"message {self.sequence}: {error}", file=sys.stderr)

    @property
    def operation(self) -> tuple[str, bytes, int, datetime]:
        envelope = self.envelope
        return envelope.operation_id, self.fingerprint, self.sequence, envelope.queued_at


class Processor:
    def __init__(
        self, nats: nats_client.NATSClient, database: asyncpg.Pool, redis: redis_client.RedisClient, script: bytes
    ) -> None:
        self.nats = nats
        self.database = database
        self.redis = redis
        self.script = script
        self.arrived: list[tuple[bytes, bytes]] = []
        self.asked = 0
        self.is_ending = False
        self.repairing: asyncio.Task | None = None
        self.event = asyncio.Event()
        nats.subscribe(REPLY, self.receive)
        nats.on_connect = self.connected
        self.connected()

    # Messages.

    def connected(self) -> None:
        self.asked = 0
        self.pull()

    def pull(self) -> None:
        """Keeps a request outstanding."""
        room = AHEAD - self.asked - len(self.arrived)
        if room >= BATCH and not self.is_ending:
            self.asked += room
            request = b'{"batch":%d,"expires":30000000000}' % room
            self.nats.send(b"PUB %b %b %d\r\n%b\r\n" % (PULL, REPLY, len(request), request))

    def receive(self, reply: bytes, headers: bytes, payload: bytes) -> None:
        if reply:
            self.asked -= 1
            self.arrived.append((reply, payload))
            self.event.set()
        elif not headers.startswith(b"NATS/1.0 100"):  # The request has ended: how much it left is told.
            left = headers.partition(b"Nats-Pending-Messages: ")[2].partition(b"\r\n")[0]
            self.asked -= int(left or self.asked)
            self.pull()

    async def work(self) -> None:
        while not self.is_ending:
            if not self.arrived:
                self.event.clear()
                await self.event.wait()
                continue
            batch = self.arrived[:BATCH]
            del self.arrived[:BATCH]
            self.pull()
            try:
                await self.process([Message(*message) for message in batch])
            except Exception as error:  # Whatever it is: the worker goes on.
                print(f"a batch of {len(batch)} comes again: {error!r}", file=sys.stderr)
                self.answer([reply for reply, _ in batch], b'-NAK {"delay":1000000000}')

    def answer(self, replies: list[bytes], word: bytes = b"+ACK") -> None:
        tail = b" %d\r\n%b\r\n" % (len(word), word)
        self.nats.send(b"".join([b"PUB %b%b" % (reply, tail) for reply in replies]))

    # Batches.

    async def process(self, messages: list[Message]) -> None:
        writes = {message.envelope.operation_id: message for message in messages if message.envelope}
        ended_at = datetime.now(timezone.utc)
        unsure: list[str] = []
        outcomes: list[asyncpg.Record] = []
        if writes:
            async with self.database.acquire() as connection:
                users = [message for message in writes.values() if message.user]
                if users:
                    await self.apply(connection, users, ended_at, unsure)
                if len(users) < len(writes):
                    for id, message in writes.items():
                        if not message.user:
                            await self.fail(connection, message, "invalid", message.problem, ended_at)
                            unsure.append(id)
                if unsure:
                    outcomes = await connection.fetch(OUTCOMES, unsure)
        self.answer([message.reply for message in messages])
        if writes:
            await self.announce(list(writes), outcomes, ended_at)

    async def apply(
        self, connection: asyncpg.Connection, messages: list[Message], ended_at: datetime, unsure: list[str]
    ) -> None:
        """Applies a batch; one that fails is halved until the messages that it failed for are alone.

        - unsure: gets the operations that may have ended otherwise than completed now.
        """
        ids, fingerprints, sequences, times = zip(*[message.operation for message in messages])
        try:
            tag = await connection.execute(
                APPLY, ids, fingerprints, sequences, times, ended_at, [message.user.name for message in messages],
                [message.user.email for message in messages])
            if tag != f"INSERT 0 {len(messages)}":
                unsure += ids
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
            if len(messages) > 1:
                middle = len(messages) // 2
                await self.apply(connection, messages[:middle], ended_at, unsure)
                await self.apply(connection, messages[middle:], ended_at, unsure)
            else:
                await self.fail(connection, messages[0], error.sqlstate, error.args[0], ended_at)
                unsure += ids

    async def fail(
        self, connection: asyncpg.Connection, message: Message, code: str, text: str, ended_at: datetime
    ) -> None:
        error = msgspec.json.encode({"code": code, "message": text}).decode()
        await connection.execute(FAIL, *message.operation, ended_at, error)

    async def announce(self, ids: list[str], outcomes: list[asyncpg.Record], ended_at: datetime) -> None:
        """Makes lists fresh and statuses known, then tells those who wait."""
        time = rfc3339(ended_at)
        failed = []
        for operation, status, error in outcomes:
            if status == "failed":
                failed += [operation, (
                    f'{{"status":"failed","operationId":"{operation}","table":"users","entityId":"{operation}",'
                    f'"endedAt":"{time}","error":{error}}}')]
        without = set(failed[::2])
        completed = "".join([operation for operation in ids if operation not in without] if without else ids)
        try:
            await self.redis.call(
                "EVALSHA", self.script, 2, GENERATION, STATUS, completed, '{"status":"completed","operationId":"',
                '","table":"users","entityId":"', f'","endedAt":"{time}"}}', *failed)
        except (OSError, ReplyError) as error:
            print(f"Redis does not know of a batch: {error!r}", file=sys.stderr)
            if not self.repairing or self.repairing.done():
                self.repairing = asyncio.create_task(self.repair())
        self.nats.publish(DONE, "".join(ids).encode())

    async def repair(self) -> None:
        """Moves the generation once Redis is there again. It gets the script anew; statuses come from PostgreSQL."""
        while True:
            with contextlib.suppress(OSError, ReplyError):
                await self.redis.call("EVAL", ENDED, 2, GENERATION, STATUS, "", "", "", "")
                return
            await asyncio.sleep(0.25)


@contextlib.asynccontextmanager
async def program() -> AsyncIterator[None]:
    await nats_client.create_stream(service.NATS_URL, with_consumer=True)
    async with asyncpg.create_pool(service.DATABASE_URL, min_size=WORKERS, max_size=WORKERS) as database:
        await database.execute(SCHEMA)
        redis = await redis_client.connect(service.REDIS_URL)
        script = await redis.call("SCRIPT", "LOAD", ENDED)
        nats = await nats_client.connect(service.NATS_URL)
        processor = Processor(nats, database, redis, script)
        workers = [asyncio.create_task(processor.work()) for _ in range(WORKERS)]
        yield
        processor.is_ending = True
        processor.event.set()
        await asyncio.gather(*workers)
        nats.close()
        redis.close()


if __name__ == "__main__":
    service.run(program())
