"""Change data capture: many rows that plain SQL inserts at once, and how soon single changes reach the cache."""

import re
import threading
from time import monotonic, sleep

from ..database import Database
from ..processes import Failure, http_get, resident_mb, wait_until
from ..results import Measure
from ..rounds import OURS, Contender, Context, measure

LIMIT = "bare libpq, counts only"
#: Single changes a second, to see how long each takes.
RATE = 200
QUANTILES = {name: f"commit to invalidated, {RATE} changes/s, {name}" for name in ("p50", "p99")}


def run(context: Context) -> None:
    count = context.settings.cdc_count
    name, memory = f"changes of {count:,} rows", "resident: cdc, at most"
    measures = [Measure("cdc", name, "1/s", limits=(LIMIT,)), Measure("cdc", memory, "MB", "less")]
    measures += [Measure("cdc", name, "ms", "less") for name in QUANTILES.values()]

    def ours() -> dict[str, float]:
        context.ours.reset()
        context.ours.wait_captured()
        pid = context.ours.host_pids()["cdc"]
        url = context.servers.stack.endpoints["cdc"] + "/metrics"
        before = _changes(url)
        failure: list[BaseException] = []
        most = 0.0

        def insert() -> None:
            try:
                # A connection of its own: this thread waits for it.
                database = Database(context.servers.database_url)
                try:
                    database.execute(
                        """INSERT INTO users (user_id, name, email) SELECT gen_random_uuid(), 'Ada Lovelace',
                           gen_random_uuid() || '@example.com' FROM generate_series(1, $1::integer)""", count)
                finally:
                    database.close()
            except Exception as error:
                failure.append(error)

        begin = monotonic()
        thread = threading.Thread(target=insert)
        thread.start()

        def is_done() -> bool:
            nonlocal most
            most = max(most, resident_mb(pid))
            return bool(failure) or _changes(url) - before >= count

        try:
            wait_until(is_done, 180, "jspg-cdc has stored all changes", 0.02)
            seconds = monotonic() - begin
        finally:
            thread.join()
        if failure:
            raise failure[0]
        context.ours.wait_captured()
        sleep(0.2)
        return {name: count / seconds, memory: most} | _delays(context)

    measure(context, measures, [
        Contender(OURS, "ours", [name, memory, *QUANTILES.values()], ours),
        Contender(LIMIT, "none", [name], lambda: {
            name: float(context.bare.run("replication_count", context.servers.database_url, count)["rate"])}),
    ])


def _delays(context: Context) -> dict[str, float]:
    """From the commit, as PostgreSQL's clock has it, to the invalidation: between the bounds of the read API's histogram
    times are taken as evenly spread."""
    database = context.servers.database
    before = _delay_buckets(context)
    begin, count = monotonic(), int(RATE * context.settings.seconds)
    for number in range(count):
        sleep(max(0.0, begin + number / RATE - monotonic()))
        database.execute(
            "INSERT INTO users (user_id, name, email) "
            "VALUES (gen_random_uuid(), 'Ada Lovelace', gen_random_uuid() || '@example.com')")
    context.ours.wait_captured()
    counts = [(bound, after - before.get(bound, 0.0)) for bound, after in sorted(_delay_buckets(context).items())]
    if not counts or counts[-1][1] < count:
        raise Failure(f"{count} changes were made, and the read API's histogram has fewer")
    return {QUANTILES["p50"]: _quantile(counts, 0.5), QUANTILES["p99"]: _quantile(counts, 0.99)}


def _delay_buckets(context: Context) -> dict[float, float]:
    """How many changes took at most so many seconds."""
    text = http_get(f"{context.ours.read_api}/metrics")[2].decode()
    found = re.findall(r'^jspg_read_api_change_seconds_bucket\{.*?le="([^"]+)".*?\} (\S+)', text, re.MULTILINE)
    return {float(bound.replace("+Inf", "inf")): float(count) for bound, count in found}


def _quantile(counts: list[tuple[float, float]], quantile: float) -> float:
    """Milliseconds; the last finite bound for what lies above it."""
    wanted, low, below = quantile * counts[-1][1], 0.0, 0.0
    for bound, count in counts:
        if count >= wanted:
            share = (wanted - below) / (count - below) if count > below else 1.0
            return 1000 * (low if bound == float("inf") else low + share * (bound - low))
        low, below = bound, count
    return 1000 * low


def _changes(url: str) -> float:
    for line in http_get(url)[2].decode().splitlines():
        if line.startswith("jspg_cdc_changes_total"):
            return float(line.split()[-1])
    return 0.0
