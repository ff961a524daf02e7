"""How rates change with connections, processors, rows and plugins; takes long."""

from pathlib import Path
from time import monotonic

from functools import partial

from ..processes import Child
from ..results import Measure
from ..rounds import OURS, Contender, Context, measure
from .accepted import fill
from .idle import add_plugins, remove_plugins

CONNECTIONS = (1, 2, 4, 8, 16, 32, 64)
PROCESSORS = (1, 2, 3)
PLUGINS = (2, 10, 50, 200)
#: Rows that are inserted in one transaction.
PORTION = 1_000_000


def run(context: Context) -> None:
    _connections(context)
    _processors(context)
    sizes = [10**3, 10**4, 10**5, 10**6] + ([10**7] if context.settings.is_full else [])
    _rows(context, sizes)
    _plugins(context)


def _completed(context: Context, connections: int = 64) -> float:
    """Writes a second that were accepted and applied."""
    before, begin = context.ours.accepted(), monotonic()
    context.load.write(context.ours.gateway, connections=connections, warm_up=0)
    return context.ours.wait_drained(before) / (monotonic() - begin)


def _connections(context: Context) -> None:
    names = {count: f"completed, {count} connections" for count in CONNECTIONS}

    def ours() -> dict[str, float]:
        context.ours.reset()
        return {name: _completed(context, count) for count, name in names.items()}

    measure(context, [Measure("growth", name, "1/s") for name in names.values()],
            [Contender(OURS, "ours", list(names.values()), ours)])


def _processors(context: Context) -> None:
    names = {count: f"drained, {count} processors" for count in PROCESSORS}

    def ours(count: int) -> dict[str, float]:
        context.ours.reset()
        others: list[Child] = []
        try:
            for number in range(1, count):
                others.append(context.ours.start_host(
                    str(context.settings.binaries / "jspg-processor"), context.work / f"processor-{number}", {})[0])
            with context.ours.without_processor(*[other.pid for other in others]):
                before = fill(context, context.ours, context.settings.drain_count)
            context.ours.wait_drained(before, timeout=600, interval=0.2)
            return {names[count]: context.ours.drain_rate(before)}
        finally:
            for other in others:
                other.stop()

    measure(context, [Measure("growth", name, "ops/s") for name in names.values()],
            [Contender(OURS, "ours", [name], partial(ours, count)) for count, name in names.items()])


def _rows(context: Context, sizes: list[int]) -> None:
    names = {size: (f"completed, {size:,} rows", f"list of 20, {size:,} rows") for size in sizes}
    measures = [Measure("growth", names[size][0], "1/s") for size in sizes]
    measures += [Measure("growth", names[size][1], "1/s") for size in sizes]

    def ours(size: int) -> dict[str, float]:
        context.ours.reset()
        _fill(context, size)
        return {
            names[size][0]: _completed(context),
            names[size][1]: context.load.http(f"{context.ours.read_api}/users?limit=20").expect(200).rate}

    measure(context, measures, [
        Contender(OURS, "ours", list(names[size]), partial(ours, size)) for size in sizes])
    context.ours.reset()


def _fill(context: Context, size: int) -> None:
    """Rows of before, with keys that grow: with random ones nearly every row would write a whole page of each index to
    the WAL. In portions, so that PostgreSQL can remove WAL that jspg-cdc has seen."""
    database = context.servers.database
    with context.ours.uncaptured():
        for first in range(1, size + 1, PORTION):
            last = min(first + PORTION - 1, size)
            database.execute(
                """INSERT INTO users (user_id, name, email, created_at)
                   SELECT lpad(to_hex(n), 32, '0')::uuid, 'Ada Lovelace', lpad(n::text, 8, '0') || '@example.com',
                       now() - interval '1 day' FROM generate_series($1::integer, $2::integer) AS n""",
                first, last, timeout=3_600)
            database.execute(
                """INSERT INTO write_operations (operation_id, table_name, entity_id, kind, status, fingerprint,
                       stream_sequence, queued_at, ended_at)
                   SELECT lpad(to_hex(n), 32, '0')::uuid, 'users', lpad(to_hex(n), 32, '0')::uuid::text, 'create',
                       'completed', sha256(n::text::bytea), 0, now(), now()
                   FROM generate_series($1::integer, $2::integer) AS n""",
                first, last, timeout=3_600)
            database.execute("CHECKPOINT", timeout=3_600)
        database.execute("VACUUM ANALYZE users, write_operations", timeout=3_600)
        database.execute("CHECKPOINT", timeout=3_600)


def _plugins(context: Context) -> None:
    names = {count: f"completed, {count} plugins" for count in PLUGINS}
    added: list[Path] = []

    def ours(count: int) -> dict[str, float]:
        context.ours.reset()
        added.extend(add_plugins(context, count))
        return {names[count]: _completed(context)}

    try:
        # Plugins only come in one round, so there is no order to rotate.
        measure(context, [Measure("growth", name, "1/s") for name in names.values()],
                [Contender(OURS, "ours", [name], partial(ours, count)) for count, name in names.items()], 1)
    finally:
        remove_plugins(context, added)
