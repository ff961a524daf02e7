"""Those that are measured: our hosts, the peers in Python, and the bare C clients."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .database import Database
from .natsapi import NATS
from .processes import Child, Failure, cpu_seconds, free_port, http_get, resident_mb, signal_all, wait_until
from .servers import Stack

BENCHMARKS = Path(__file__).resolve().parent.parent


class Bare:
    """The C clients of Benchmarks/bare: the limit of each server, without a system around it."""

    PROGRAMS = ("nats_publish", "pg_apply", "replication_count")

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "libpq", "libnats"], capture_output=True, text=True)
        if flags.returncode:
            raise Failure("libpq-dev, libnats-dev and pkg-config are needed for the bare clients: make servers")
        for name in self.PROGRAMS:
            done = subprocess.run(
                [os.environ.get("CC", "cc"), "-O2", "-o", str(folder / name), str(BENCHMARKS / "bare" / f"{name}.c"),
                 *shlex.split(flags.stdout), "-lpthread"], capture_output=True, text=True)
            if done.returncode:
                raise Failure(f"{name}.c can't be compiled: {done.stderr.strip()[-300:]}")

    def run(
        self, program: str, *arguments: object, timeout: float = 600, environment: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """What it printed."""
        try:
            done = subprocess.run(
                [str(self._folder / program), *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                start_new_session=True, env=os.environ | (environment or {}))
        except subprocess.TimeoutExpired as error:
            raise Failure(f"{program} did not end within {timeout:.0f} s") from error
        if done.returncode:
            raise Failure(f"{program}: {done.stderr.strip()[-300:]}")
        return json.loads(done.stdout)


class Servers:
    """The servers that all contenders share, with what cleans them between measurements."""

    def __init__(self, stack: Stack) -> None:
        urls = stack.endpoints
        self.stack = stack
        self.nats_url, self.database_url, self.redis_url = urls["nats"], urls["database"], urls["redis"]
        self.nats = NATS(self.nats_url)
        self.database = Database(self.database_url)

    def pids(self, nats_pid: int | None) -> dict[str, int]:
        """PostgreSQL, nats-server and Redis."""
        pids = self.stack.pids
        found: dict[str, int] = {name: pids[name] for name in ("postgres", "nats", "redis") if name in pids}
        if nats_pid:
            found["nats"] = nats_pid
        return found


class System:
    """What all systems have in common."""

    stream: str
    operations: str
    users: str
    gateway: str
    read_api: str
    servers: Servers
    nats_pid: int | None

    def host_pids(self) -> dict[str, int]:
        raise NotImplementedError

    def pids(self) -> dict[str, int]:
        """Of hosts and servers, by name."""
        return self.host_pids() | self.servers.pids(self.nats_pid)

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time so far, by name."""
        return {name: cpu_seconds(pid) for name, pid in self.pids().items()}

    def memory(self) -> dict[str, float]:
        """Resident megabytes, by name."""
        return {name: resident_mb(pid) for name, pid in self.pids().items()}

    def reset(self) -> None:
        """Empty tables, and a checkpoint now instead of in the middle of a measurement."""
        database = self.servers.database
        if database.value("SELECT to_regclass($1) IS NOT NULL", self.operations):
            database.execute(f"TRUNCATE {self.operations}")
        if database.value("SELECT to_regclass($1) IS NOT NULL", self.users):
            database.execute(f"TRUNCATE {self.users} CASCADE")
        database.execute("CHECKPOINT")

    def accepted(self) -> int:
        """How many writes were ever stored."""
        return self.servers.nats.last_sequence(self.stream)

    def wait_drained(self, since: int, timeout: float = 180, interval: float = 0.05) -> int:
        """Waits until everything that was stored is decided, and counts what was recorded after `since`.

        Raises `Failure` where writes are missing.
        """
        last = self.accepted()

        def is_drained() -> bool:
            # What clients gave up waiting for may still be on its way.
            nonlocal last
            before, last = last, self.accepted()
            return last == before and self.servers.nats.undecided(self.stream) == 0

        wait_until(is_drained, timeout, f"{last - since:,} writes are applied", interval)
        stored = last - since
        ended = int(self.servers.database.value(
            f"SELECT count(*) FROM {self.operations} WHERE stream_sequence > $1", since))
        # The keys are new in each request, so nothing is a duplicate.
        if ended != stored:
            raise Failure(f"{stored} writes were stored and {ended} operations are recorded")
        return ended

    def drain_rate(self, since: int) -> float:
        """Operations a second from the first batch's end to the last one's."""
        row = self.servers.database.rows(
            f"""SELECT count(*) - 1 AS operations, extract(epoch FROM max(ended_at) - min(ended_at))::float8 AS seconds
                FROM {self.operations} WHERE stream_sequence > $1""", since)[0]
        if not row["seconds"]:
            raise Failure("all writes ended in one batch")
        return row["operations"] / row["seconds"]


class Ours(System):
    """Our hosts: of one stack, paused while others are measured."""

    stream, operations, users = "WRITES", "write_operations", "users"
    changes = "DebeziumStream"
    HOSTS = ("gateway", "processor", "read-api", "cdc")

    def __init__(self, servers: Servers, nats_pid: int | None = None) -> None:
        self.servers = servers
        self.nats_pid = nats_pid
        urls = servers.stack.endpoints
        self.gateway, self.read_api = urls["gateway"], urls["readApi"]
        self._is_paused = False
        #: In the place of the stack's own jspg-cdc.
        self._capture: Child | None = None

    def host_pids(self) -> dict[str, int]:
        pids = {name: pid for name, pid in self.servers.stack.pids.items() if name.startswith(self.HOSTS)}
        return pids | {"cdc": self._capture.pid} if self._capture else pids

    def processors(self) -> list[int]:
        return [pid for name, pid in self.host_pids().items() if name.startswith("processor")]

    def pause(self) -> None:
        """Stops our hosts where they are; the replication connection is closed, or PostgreSQL would go on decoding."""
        if self._is_paused:
            return
        self._is_paused = True
        signal_all(self.host_pids().values(), signal.SIGSTOP)
        self._end_replication()

    def resume(self) -> None:
        """Lets them go on, and waits until they are ready and have caught up with what others did to PostgreSQL."""
        if not self._is_paused:
            return
        self._is_paused = False
        signal_all(self.host_pids().values(), signal.SIGCONT)
        wait_until(
            lambda: all(http_get(f"{url}/health/ready")[0] == 200 for url in (self.gateway, self.read_api)), 60,
            "our hosts are ready again")
        self.wait_captured()

    def let_go(self) -> None:
        """Without waiting: before they are stopped."""
        signal_all(self.host_pids().values(), signal.SIGCONT)

    def wait_captured(self) -> None:
        """Waits until jspg-cdc has told everything so far, and read APIs have heard it."""
        end = self.servers.database.value("SELECT pg_current_wal_insert_lsn()::text")
        wait_until(
            lambda: bool(self.servers.database.value(
                """SELECT coalesce(bool_and(active AND confirmed_flush_lsn + 1048576 >= $1::text::pg_lsn), true)
                   FROM pg_replication_slots WHERE slot_name = 'jspg_cdc'""", end)), 120, "jspg-cdc has caught up", 0.2)
        wait_until(
            lambda: self.servers.nats.undecided(self.changes) == 0, 120, "read APIs have heard of all changes", 0.1)

    @contextmanager
    def uncaptured(self) -> Iterator[None]:
        """For filling a table by SQL: a million rows would be a million changes for jspg-cdc. One change follows."""
        database = self.servers.database
        publication = database.value(
            "SELECT pubname FROM pg_publication_tables WHERE tablename = $1 AND pubname LIKE 'jspg%'", self.users)
        if publication:
            database.execute(f'ALTER PUBLICATION "{publication}" DROP TABLE {self.users}')
        try:
            yield
        finally:
            if publication:
                database.execute(f'ALTER PUBLICATION "{publication}" ADD TABLE {self.users}')
        database.execute(
            f"UPDATE {self.users} SET name = name WHERE user_id = (SELECT min(user_id::text)::uuid FROM {self.users})")
        self.wait_captured()

    @contextmanager
    def without_capture(self) -> Iterator[None]:
        """jspg-cdc stands still, as in a system without change data capture; it catches up afterwards."""
        pids = [pid for name, pid in self.host_pids().items() if name == "cdc"]
        signal_all(pids, signal.SIGSTOP)
        self._end_replication()
        try:
            yield
        finally:
            signal_all(pids, signal.SIGCONT)
            self.wait_captured()

    @contextmanager
    def capturing_tables(self, program: Path, folder: Path) -> Iterator[None]:
        """A jspg-cdc that tells tables, not rows, works on the slot in the place of the stack's."""
        # With something on its way the replication connection would end only when PostgreSQL gives the stopped client up.
        self.wait_captured()
        with self.without_capture():
            self._capture, url = self.start_host(str(program), folder, {"CDC_EVENTS": "tables"})
            try:
                wait_until(
                    lambda: b'"state":"replicating"' in http_get(f"{url}/health")[2], 60, "jspg-cdc has the slot")
                yield
            finally:
                self._capture.stop()
                self._capture = None

    def _end_replication(self) -> None:
        self.servers.database.execute(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'jspg_cdc' AND active")

    @contextmanager
    def without_processor(self, *others: int) -> Iterator[None]:
        """Processors of the stack, and others of these pids, are stopped: writes queue up meanwhile."""
        pids = [*self.processors(), *others]
        signal_all(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            signal_all(pids, signal.SIGCONT)

    def start_host(self, program: str, folder: Path, environment: dict[str, str]) -> tuple[Child, str]:
        """One more host on the same servers and plugins; returns it with its URL."""
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        child = Child(
            [program], folder / f"{Path(program).name}-{port}.log",
            {"PORT": str(port), "HOST": "127.0.0.1", "NATS_URL": self.servers.nats_url,
             "DATABASE_URL": self.servers.database_url, "REDIS_URL": self.servers.redis_url,
             "PLUGIN_DIR": self.servers.stack.endpoints["pluginDir"], "PLUGIN_STATE": str(folder / f"state-{port}"),
             **environment})
        url = f"http://127.0.0.1:{port}"
        child.wait_ready(lambda: http_get(f"{url}/health/ready")[0] == 200, 60)
        return child, url


class Peer(System):
    """The same work in Python: started for each measurement, and stopped after it."""

    stream, operations, users = "PEER", "peer_operations", "peer_users"

    def __init__(self, variant: str, servers: Servers, folder: Path, nats_pid: int | None = None) -> None:
        self.variant = variant
        self.name = f"peer, {variant}"
        self.servers = servers
        self.nats_pid = nats_pid
        self._folder = folder
        self._children: dict[str, Child] = {}

    def host_pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._children.items()}

    @contextmanager
    def running(self, *programs: str, is_emptied: bool = True) -> Iterator["Peer"]:
        """With `gateway`, `processor` and `read_api`, or some of them, in this order; with empty tables at first."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if is_emptied:
            self.reset()
        try:
            for program in programs:
                self.start(program)
            if self.stream in self.servers.nats.streams():
                self.servers.nats.purge(self.stream)
            yield self
        finally:
            for child in reversed(self._children.values()):
                child.stop()
            self._children = {}
            if self.stream in self.servers.nats.streams():
                self.servers.nats.purge(self.stream)

    def start(self, program: str) -> None:
        path = BENCHMARKS / "peer" / f"{program}.py"
        if not path.exists():
            raise Failure(f"Benchmarks/peer/{program}.py is not there")
        port = free_port()
        log = self._folder / f"{program}-{self.variant}-{time.monotonic_ns()}.log"
        arguments = [] if program == "processor" else [self.variant]
        child = Child(
            [sys.executable, str(path), *arguments], log,
            {"PORT": str(port), "HOST": "127.0.0.1", "NATS_URL": self.servers.nats_url,
             "DATABASE_URL": self.servers.database_url, "REDIS_URL": self.servers.redis_url,
             "PYTHONDONTWRITEBYTECODE": "1"})
        self._children[program] = child
        child.wait_ready(lambda: any(line.strip() == "ready" for line in log.read_text().splitlines()))
        if program == "gateway":
            self.gateway = f"http://127.0.0.1:{port}"
        elif program == "read_api":
            self.read_api = f"http://127.0.0.1:{port}"
