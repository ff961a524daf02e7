"""Change data capture: many rows that plain SQL inserts at once."""

import threading
from time import monotonic, sleep

from ..database import Database
from ..processes import http_get, resident_mb, wait_until
from ..results import Measure
from ..rounds import OURS, Contender, Context, measure

LIMIT = "bare libpq, counts only"


def run(context: Context) -> None:
    count = context.settings.cdc_count
    name, memory = f"changes of {count:,} rows", "resident: cdc, at most"
    measures = [Measure("cdc", name, "1/s", limits=(LIMIT,)), Measure("cdc", memory, "MB", "less")]

    def ours() -> dict[str, float]:
        context.ours.reset()
        context.ours.wait_captured()
        pid = context.ours.host_pids()["cdc"]
        url = _metrics_url(pid)
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
        return {name: count / seconds, memory: most}

    measure(context, measures, [
        Contender(OURS, "ours", [name, memory], ours),
        Contender(LIMIT, "none", [name], lambda: {
            name: float(context.bare.run("replication_count", context.servers.database_url, count)["rate"])}),
    ])


def _metrics_url(pid: int) -> str:
    """jspg-cdc's address is in no URL of endpoints.json; its environment has it."""
    with open(f"/proc/{pid}/environ", "rb") as file:
        variables = dict(line.split(b"=", 1) for line in file.read().split(b"\0") if b"=" in line)
    return f"http://127.0.0.1:{int(variables[b'PORT'])}/metrics"


def _changes(url: str) -> float:
    for line in http_get(url)[2].decode().splitlines():
        if line.startswith("jspg_cdc_changes_total"):
            return float(line.split()[-1])
    return 0.0
