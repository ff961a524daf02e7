"""What a call of a plugin costs beside a direct one, and how long a reload takes."""

import json
import os
import signal
import statistics
import subprocess
import time
from pathlib import Path

from ..contenders import BENCHMARKS
from ..processes import Failure, wait_until
from ..results import Measure
from ..rounds import OURS, Contender, Context, measure, reason

CALL = "a call"
DIRECT = "direct call"
#: In the order of the table.
CALLS = (
    DIRECT, "libffi alone, bool(utf8)", "typed function through libffi, bool(utf8)",
    "validate through the ABI, breadcrumb and counters")
HOSTS = ("gateway", "processor", "read-api")
RELOADS = 5


def run(context: Context) -> None:
    _calls(context)
    _reloads(context)


def _calls(context: Context) -> None:
    """All kinds of calls take turns within one process."""
    context.results.declare(Measure("plugins", CALL, "ns", "less", limits=(DIRECT,)), list(CALLS))
    for number in range(context.settings.rounds):
        try:
            for name, nanoseconds in _call_times(context, number).items():
                context.results.add("plugins", CALL, name, number, nanoseconds)
        except Exception as error:
            for name in CALLS:
                context.results.fail("plugins", CALL, name, reason(error))
            context.say(f"plugins: {reason(error)}")


def _call_times(context: Context, number: int) -> dict[str, float]:
    program = context.settings.binaries / "PluginCallsBenchmark"
    if not program.exists():
        raise Failure("PluginCallsBenchmark is not built: make bench")
    folder, state = context.work / f"calls-{number}", context.work / f"calls-state-{number}"
    folder.mkdir(mode=0o755)
    done = subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-I",
         str(BENCHMARKS.parent / "Sources" / "PluginAPI" / "include"), "-o", str(folder / "noop.so"),
         str(BENCHMARKS / "PluginCalls" / "noop.c")], capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"noop.c can't be compiled: {done.stderr.strip()[-300:]}")
    (folder / "noop.so").chmod(0o755)
    done = subprocess.run(
        [str(program), str(folder), str(state)], capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise Failure(f"PluginCallsBenchmark: {(done.stderr or done.stdout).strip()[-300:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _reloads(context: Context) -> None:
    first, further = "reload of the Users plugin, the host that tries the build", "reload, each further host"
    turn = 0

    def ours() -> dict[str, float]:
        nonlocal turn
        times: dict[str, list[float]] = {first: [], further: []}
        for _ in range(RELOADS):
            _replace(context)
            hosts = [(name, pid) for name, pid in context.ours.host_pids().items() if name in HOSTS]
            turn += 1
            for place in range(len(hosts)):
                host, pid = hosts[(turn + place) % len(hosts)]
                times[further if place else first].append(_reload(context, host, pid))
        return {name: statistics.median(values) for name, values in times.items()}

    measure(context, [Measure("plugins", name, "ms", "less") for name in (first, further)],
            [Contender(OURS, "ours", [first, further], ours)])


def _replace(context: Context) -> None:
    """Puts a build of the plugin that no host has seen in the place of the one in service: one more section makes it."""
    folder = Path(context.servers.stack.endpoints["pluginDir"])
    file, build = folder / "users.so", folder / ".users.so.new"
    note = context.work / "build-note"
    note.write_bytes(os.urandom(16))
    done = subprocess.run(
        ["objcopy", "--remove-section", ".jspg_bench", "--add-section", f".jspg_bench={note}", str(file), str(build)],
        capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"objcopy: {done.stderr.strip()[-300:]}")
    build.chmod(0o755)
    os.rename(build, file)
    # Hosts wait until a file has not changed for a moment; that is not what is measured.
    time.sleep(0.5)


def _reload(context: Context, host: str, pid: int) -> float:
    """Milliseconds from the signal to the note that the new generation is in service."""
    note = context.servers.stack.state / "plugin-state" / "hosts" / f"{host}-{pid}.json"

    def state() -> dict:
        return json.loads(note.read_text())

    before, begin = state()["reload"], time.monotonic()
    os.kill(pid, signal.SIGHUP)
    wait_until(lambda: state()["reload"] > before, 30, f"{host} has reloaded", 0.001)
    elapsed = (time.monotonic() - begin) * 1000
    failures = [each["reason"] for each in state()["outcomes"] if each.get("reason")]
    if failures:
        raise Failure(f"{host} did not take the build: {failures[0]}")
    return elapsed
