"""Reads: from the process, from Redis, from PostgreSQL, and how often the cache answers while others write."""

import json
import threading
import urllib.request
from collections import Counter
from contextlib import nullcontext
from time import monotonic, sleep
from uuid import uuid4
from functools import partial

from ..contenders import System
from ..processes import Failure, http_get, wait_until
from ..results import Measure
from ..rounds import OURS, Contender, Context, Values, measure

ROWS = 200_000
LIST = "/users?limit=20"
REDIS_ONLY = "jspg, from Redis only"
NGINX = "nginx, the same bytes as a file"
WRITE_RATES = (0, 10, 1_000)


def run(context: Context) -> None:
    things = ["list of 20", "row", "status of one id"]
    rates = [f"{thing}, cached" if thing != "status of one id" else thing for thing in things]
    tails = [f"{name}, p99" for name in rates]
    miss, many = f"row, not cached (of {ROWS:,})", "status of 1,000 ids"
    hits = [f"share from the cache, {rate:,} writes/s" for rate in WRITE_RATES]
    measures = [Measure("reads", name, "1/s", limits=(NGINX,)) for name in [*rates, many]]
    measures += [Measure("reads", name, "ms", "less", limits=(NGINX,)) for name in tails]
    measures += [Measure("reads", miss, "1/s")]
    measures += [Measure("reads", name, "%") for name in hits]

    def get(url: str, **arguments: object) -> dict[str, float]:
        report = context.load.http(url, **arguments).expect(200)
        return {"rate": report.rate, **report.latency}

    def reads(system: System, read_api: str, *, is_ours: bool, is_redis_only: bool = False) -> Values:
        ids, operations = _prefill(context, system)
        values = Values()
        paths = [LIST, f"/users/{ids[0]}", f"/status/{operations[0]}"]
        for thing, path, name, tail in zip(things, paths, rates, tails):
            with values.part(name, tail):
                _warm(read_api + path)
                if is_ours and not is_redis_only:
                    # What the limit serves is what we serve.
                    (context.nginx.files / _file(thing)).write_bytes(http_get(read_api + path)[2])
                seen = get(read_api + path)
                values[name], values[tail] = seen["rate"], seen["p99"]
        if is_redis_only:
            return values
        if is_ours:
            with values.part(many):
                body = json.dumps({"operationIds": operations[:1000]})
                (context.nginx.files / _file(many)).write_bytes(_post(f"{read_api}/status", body))
                report = context.load.http(
                    f"{read_api}/status", method="POST", body=body, headers=("Content-Type: application/json",),
                    connections=16).expect(200)
                values[many] = report.rate
        with values.part(miss):
            choices = context.work / f"ids-{system.stream}"
            choices.write_text("\n".join(ids) + "\n")
            # One write makes everything stale that was read before.
            _write_one(system)
            values[miss] = get(f"{read_api}/users/{{choice:{choices}}}", warm_up=0)["rate"]
        for rate, name in zip(WRITE_RATES, hits):
            with values.part(name):
                values[name] = _share_of_hits(context, system, read_api, rate)
        return values

    def ours() -> dict[str, float]:
        return reads(context.ours, context.ours.read_api, is_ours=True)

    def ours_redis_only() -> dict[str, float]:
        child, url = context.ours.start_host(
            str(context.settings.binaries / "jspg-read-api"), context.work / "redis-only", {"LOCAL_CACHE_BYTES": "0"})
        try:
            return reads(context.ours, url, is_ours=True, is_redis_only=True)
        finally:
            child.stop()

    def peer(variant: str) -> dict[str, float]:
        with context.peers[variant].running("gateway", "processor", "read_api", is_emptied=False) as system:
            return reads(system, system.read_api, is_ours=False)

    def nginx() -> dict[str, float]:
        values = Values()
        for thing, name, tail in [*zip(things, rates, tails), (many, many, many)]:
            with values.part(name, tail):
                if not (context.nginx.files / _file(thing)).exists():
                    raise Failure("nothing was read yet whose bytes it could serve")
                seen = get(f"{context.nginx.url}/files/{_file(thing)}", connections=16 if thing == many else 64)
                values[name] = seen["rate"]
                if tail != name:
                    values[tail] = seen["p99"]
        return values

    # Filled once, by whoever comes first.
    context.ours.reset()
    measure(context, measures, [
        Contender(OURS, "ours", [*rates, *tails, many, miss, *hits], ours),
        Contender(NGINX, "none", [*rates, *tails, many], nginx),
        Contender(REDIS_ONLY, "ours", rates + tails, ours_redis_only),
        *[Contender(f"peer, {variant}", "none", [*rates, *tails, miss, *hits], partial(peer, variant))
          for variant in context.peers],
    ])


def _file(thing: str) -> str:
    return thing.replace(" ", "-").replace(",", "")


def _prefill(context: Context, system: System) -> tuple[list[str], list[str]]:
    """Rows by SQL, and a thousand operations through the system; returns ids of both."""
    database = context.servers.database
    before = system.accepted()
    running = context.load.start_writes(system.gateway, duration=1, warm_up=0)
    running.finish(60)
    system.wait_drained(before)
    operations = [str(row[0]) for row in database.rows(
        f"SELECT operation_id FROM {system.operations} ORDER BY stream_sequence DESC LIMIT 1000")]
    if not operations:
        raise Failure("no write was accepted")
    missing = ROWS - int(database.value(f"SELECT count(*) FROM {system.users}"))
    if missing > 0:
        # Older than what came through the system, so that the list has those.
        with context.ours.uncaptured() if system is context.ours else nullcontext():
            database.execute(
                f"""INSERT INTO {system.users} (user_id, name, email, created_at)
                    SELECT gen_random_uuid(), 'Ada Lovelace', gen_random_uuid() || '@example.com',
                        now() - interval '1 day' FROM generate_series(1, $1::integer)""", missing)
            database.execute(f"VACUUM ANALYZE {system.users}")
    ids = [str(row[0]) for row in database.rows(f"SELECT user_id FROM {system.users} LIMIT {ROWS}")]
    return ids, operations


def _warm(url: str) -> None:
    """Reads until the answer comes from the cache, where the answer says so."""
    def is_warm() -> bool:
        status, headers, _ = http_get(url)
        if status != 200:
            raise Failure(f"GET {url.split('/', 3)[3][:40]} was answered {status}")
        return headers.get("x-cache", "hit").lower() == "hit"

    wait_until(is_warm, 10, "a read is answered from the cache")


def _post(url: str, body: str) -> bytes:
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def _write_one(system: System) -> None:
    before = system.accepted()
    request = urllib.request.Request(
        f"{system.gateway}/users", json.dumps({"name": "Ada", "email": f"{uuid4()}@example.com"}).encode(),
        {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())})
    urllib.request.urlopen(request, timeout=10).close()
    system.wait_drained(before)


def _share_of_hits(context: Context, system: System, read_api: str, rate: int) -> float:
    """Per cent of lists that came from a cache, asked for 200 times a second while `rate` writes a second come in."""
    before = system.accepted()
    seconds = context.settings.seconds
    seen: Counter[str] = Counter()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            begin = monotonic()
            _, headers, _ = http_get(read_api + LIST)
            seen[headers.get("x-cache", "none").lower()] += 1
            sleep(max(0.0, 0.005 - (monotonic() - begin)))

    _warm(read_api + LIST)
    running = context.load.start_writes(system.gateway, rate=rate, duration=seconds, warm_up=0) if rate else None
    thread = threading.Thread(target=ask)
    thread.start()
    try:
        if running:
            running.finish(seconds + 60).expect(202)
        else:
            sleep(seconds)
    finally:
        stop.set()
        thread.join()
    system.wait_drained(before)
    context.raw.append({"section": "reads", "contender": system.stream, "writes": rate, "xCache": dict(seen)})
    return 100 * seen["hit"] / max(1, sum(seen.values()))
