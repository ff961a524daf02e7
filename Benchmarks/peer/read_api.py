"""The read API: lists, rows and statuses. All reads of one turn of the event loop share one MGET.

Rows and lists are kept in this process and in Redis, under the generation of their table; every read asks Redis for the
generation, so that none is stale. Run as `read_api.py asgi` (uvicorn) or `read_api.py bare` (an asyncio protocol).
PORT, HOST, NATS_URL, DATABASE_URL, REDIS_URL.
"""

import asyncio
import hashlib
import re
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from hiredis import ReplyError

import nats_client
import redis_client
import service
from envelope import DONE, GENERATION, STATUS, is_uuid
from exchange import Exchange, Response, problem

MAX_KEPT = 1_024  # Answers kept in this process.
MAX_WAIT = 30

COLUMNS = """
user_id, name, email, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at
"""
LIST = f"""
SELECT '{{"users":' || coalesce(json_agg(t), '[]') || ',"limit":' || $1::integer || ',"offset":0,"next":null}}'
FROM (
    SELECT {COLUMNS}
    FROM (SELECT * FROM peer_users ORDER BY created_at DESC, user_id DESC LIMIT $1::integer) AS newest
) AS t
"""
ROW = f"SELECT row_to_json(t)::text FROM (SELECT {COLUMNS} FROM peer_users WHERE user_id = $1::uuid) AS t"
STATUSES = """
SELECT operation_id::text, json_strip_nulls(json_build_object(
    'status', status, 'operationId', operation_id, 'table', table_name, 'entityId', entity_id,
    'endedAt', to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'error', error))::text
FROM peer_operations WHERE operation_id = ANY ($1::uuid[])
"""

HIT = (b"x-cache", b"hit")
MISS = (b"x-cache", b"miss")
NOT_FOUND = problem(404, "There is no such resource.")
UNAVAILABLE = problem(503, "The database does not answer.")

limit_of = re.compile(rb"limit=([1-9][0-9]{0,2}|1000)").fullmatch
wait_of = re.compile(rb"wait=([0-9]{1,3})s?").fullmatch

Query = tuple[str, int | str]  # LIST and its limit, ROW and its id.


class Kept:
    """The answers to a query, good as long as the table's generation is this one."""

    __slots__ = ("generation", "etag", "hit", "miss", "unchanged")

    def __init__(self, generation: bytes | None, body: bytes) -> None:
        self.generation = generation
        self.etag = b'"%b"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
        tag = (b"etag", self.etag)
        self.hit = Response(200, body, (tag, HIT))
        self.miss = Response(200, body, (tag, MISS))
        self.unchanged = Response(304, b"", (tag, HIT))


class StatusRead:
    """A request for a status; one that waits is looked up again when its operation has ended."""

    __slots__ = ("exchange", "id", "timer")

    def __init__(self, exchange: Exchange, id: bytes) -> None:
        self.exchange: Exchange | None = exchange
        self.id = id
        self.timer: asyncio.TimerHandle | None = None

    def answer(self, response: Response) -> None:
        if exchange := self.exchange:
            self.exchange = None
            exchange.answer(response)


class ReadAPI:
    def __init__(
        self, database: asyncpg.Pool, redis: redis_client.RedisClient, nats: nats_client.NATSClient
    ) -> None:
        self.database = database
        self.redis = redis
        self.loop = asyncio.get_running_loop()
        self.reads: list[tuple[Exchange, Query]] = []
        self.statuses: list[StatusRead] = []
        self.is_scheduled = False
        self.kept: dict[Query, Kept] = {}
        self.flights: dict[tuple[bytes, Query], list[Exchange]] = {}
        self.waiting: dict[bytes, list[StatusRead]] = {}
        self.tasks: set[asyncio.Task] = set()
        nats.subscribe(DONE, self.ended)

    def handle(self, exchange: Exchange) -> None:
        path, _, parameters = exchange.target.partition(b"?")
        if exchange.method != b"GET":
            exchange.answer(problem(405, "Only GET is allowed."))
        elif path == b"/users":
            limit = limit_of(parameters or b"limit=100")
            if not limit:
                return exchange.answer(problem(400, "There is one parameter, `limit`: 1 to 1000."))
            self.reads.append((exchange, (LIST, int(limit[1]))))
            self.schedule()
        elif path.startswith(b"/status/") and is_uuid(id := path[8:]):
            read = StatusRead(exchange, id)
            if parameters:
                wait = wait_of(parameters)
                if not wait:
                    return exchange.answer(problem(400, "There is one parameter, `wait`: a number of seconds."))
                self.waiting.setdefault(id, []).append(read)
                read.timer = self.loop.call_later(min(int(wait[1]), MAX_WAIT), self.give_up, read)
            self.statuses.append(read)
            self.schedule()
        elif path.startswith(b"/users/") and is_uuid(id := path[7:]):
            self.reads.append((exchange, (ROW, id.decode())))
            self.schedule()
        else:
            exchange.answer(NOT_FOUND)

    def schedule(self) -> None:
        if not self.is_scheduled:
            self.is_scheduled = True
            self.loop.call_soon(self.look_up)

    def look_up(self) -> None:
        """Asks Redis what this turn's requests need."""
        self.is_scheduled = False
        reads, self.reads = self.reads, []
        statuses, self.statuses = self.statuses, []

        def found(values: list[bytes | None] | Exception) -> None:
            if isinstance(values, Exception):
                values = [None] * (1 + len(statuses))
            if reads:
                self.answer_reads(reads, values[0])
            if statuses:
                self.answer_statuses(statuses, values[1:])

        self.redis.send("MGET", GENERATION, *[STATUS + read.id for read in statuses], reply=found)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # Lists and rows.

    def answer_reads(self, reads: list[tuple[Exchange, Query]], generation: bytes | None) -> None:
        for exchange, query in reads:
            kept = self.kept.get(query)
            if kept and kept.generation == generation:
                exchange.answer(kept.unchanged if exchange.etag == kept.etag else kept.hit)
            elif not generation:
                self.start(self.load(query, None, [exchange]))
            elif flight := self.flights.get((generation, query)):
                flight.append(exchange)
            else:
                flight = self.flights[generation, query] = [exchange]
                self.start(self.load(query, generation, flight))

    async def load(self, query: Query, generation: bytes | None, flight: list[Exchange]) -> None:
        """Answers from Redis, else from PostgreSQL. Without a generation nothing is kept."""
        kept = None
        is_hit = False
        try:
            key = b"peer:users:%b:%a" % (generation, query[1]) if generation else b""
            body = await self.ask_redis("GET", key) if generation else None
            is_hit = body is not None
            if not is_hit and (text := await self.database.fetchval(*query)):
                body = text.encode()
                if generation:
                    await self.ask_redis("SET", key, body, "EX", 60)
            if body:
                kept = Kept(generation, body)
                if generation:
                    self.keep(query, kept)
                else:
                    await self.ask_redis("SET", GENERATION, time.time_ns() // 1_000, "NX")
            failure = NOT_FOUND
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            print(f"PostgreSQL: {error!r}", file=sys.stderr)
            failure = UNAVAILABLE
        if generation:
            del self.flights[generation, query]
        for exchange in flight:
            if not kept:
                exchange.answer(failure)
            elif exchange.etag == kept.etag:
                exchange.answer(kept.unchanged)
            else:
                exchange.answer(kept.hit if is_hit else kept.miss)

    def keep(self, query: Query, kept: Kept) -> None:
        self.kept.pop(query, None)
        self.kept[query] = kept
        if len(self.kept) > MAX_KEPT:
            del self.kept[next(iter(self.kept))]

    async def ask_redis(self, *command: bytes | str | int) -> Any:
        """The reply; None where Redis has none or is not there."""
        try:
            return await self.redis.call(*command)
        except (OSError, ReplyError):
            return None

    # Statuses.

    def answer_statuses(self, statuses: list[StatusRead], values: list[bytes | None]) -> None:
        unknown = []
        for read, value in zip(statuses, values):
            if value:
                self.answer_status(read, value, HIT)
            else:
                unknown.append(read)
        if unknown:
            self.start(self.load_statuses(unknown))

    async def load_statuses(self, reads: list[StatusRead]) -> None:
        try:
            rows = await self.database.fetch(STATUSES, [read.id.decode() for read in reads])
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            print(f"PostgreSQL: {error!r}", file=sys.stderr)
            for read in reads:
                self.forget(read)
                read.answer(UNAVAILABLE)
            return
        known = {id.encode(): status.encode() for id, status in rows}
        for read in reads:
            if status := known.get(read.id):
                self.answer_status(read, status, MISS)
            elif not read.timer:
                self.answer_queued(read)

    def answer_status(self, read: StatusRead, body: bytes, cache: tuple[bytes, bytes]) -> None:
        if read.timer:
            self.forget(read)
        read.answer(Response(200, body, (cache,)))

    def answer_queued(self, read: StatusRead) -> None:
        read.answer(Response(200, b'{"status":"queued","operationId":"%b"}' % read.id, (MISS,)))

    # Those who wait for an end.

    def ended(self, reply: bytes, headers: bytes, ids: bytes) -> None:
        if not self.waiting:
            return
        for start in range(0, len(ids), 36):
            if reads := self.waiting.get(ids[start:start + 36]):
                self.statuses += reads
                self.schedule()

    def give_up(self, read: StatusRead) -> None:
        self.forget(read)
        self.answer_queued(read)

    def forget(self, read: StatusRead) -> None:
        if read.timer and (reads := self.waiting.get(read.id)):
            read.timer.cancel()
            if read in reads:
                reads.remove(read)
            if not reads:
                del self.waiting[read.id]


@asynccontextmanager
async def program() -> AsyncIterator[None]:
    async with asyncpg.create_pool(service.DATABASE_URL, min_size=4, max_size=4) as database:
        redis = await redis_client.connect(service.REDIS_URL)
        nats = await nats_client.connect(service.NATS_URL)
        server = await service.serve(ReadAPI(database, redis, nats).handle, default_port=8082)
        yield
        server.close()
        await server.wait_closed()
        nats.close()
        redis.close()


if __name__ == "__main__":
    service.run(program())
