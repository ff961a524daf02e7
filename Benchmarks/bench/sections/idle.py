"""Processor time at rest, with few plugins and with many."""

import os
import subprocess
import time
from pathlib import Path

from ..contenders import BENCHMARKS
from ..processes import Failure
from ..results import Measure
from ..rounds import OURS, Context

COUNTS = (2, 50, 200)


def run(context: Context) -> None:
    parts = ["all of ours", "gateway", "processor", "read-api", "cdc", "nats", "postgres", "redis"]
    for count in COUNTS:
        for part in parts:
            context.results.declare(Measure("idle", f"{part}, {count} plugins", "% of a core", "less"), [OURS])
    context.ours.resume()
    context.ours.reset()
    added: list[Path] = []
    try:
        for count in COUNTS:
            try:
                added += add_plugins(context, count)
                values = _measure(context)
            except (Failure, OSError) as error:
                for part in parts:
                    context.results.fail("idle", f"{part}, {count} plugins", OURS, str(error))
                context.say(f"idle, {count} plugins: failed: {error}")
                continue
            for part in parts:
                if part in values:
                    context.results.add("idle", f"{part}, {count} plugins", OURS, 0, values[part])
            context.say(f"idle, {count} plugins: {values['all of ours']:.2f} % of a core")
    finally:
        remove_plugins(context, added)


def _measure(context: Context) -> dict[str, float]:
    # Idle consumers ask for twice as long each time, up to half a minute.
    time.sleep(70)
    before, begin = context.ours.cpu(), time.monotonic()
    time.sleep(context.settings.idle_seconds)
    seconds = time.monotonic() - begin
    after = context.ours.cpu()
    values = {part: 100 * (after[part] - used) / seconds for part, used in before.items() if part in after}
    hosts = context.ours.host_pids()
    return values | {"all of ours": sum(value for part, value in values.items() if part in hosts)}


def add_plugins(context: Context, count: int) -> list[Path]:
    """Tables `bench_001` and so on, after Examples/CTable, until `count` plugins are there; returns their files."""
    folder = Path(context.servers.stack.endpoints["pluginDir"])
    source = (BENCHMARKS.parent / "Examples" / "CTable" / "products.c").read_text()
    header = BENCHMARKS.parent / "Sources" / "PluginAPI" / "include"
    built: list[Path] = []
    missing = count - len(list(folder.glob("*.so")))
    number = 0
    while len(built) < missing:
        number += 1
        target = folder / f"bench_{number:03d}.so"
        if target.exists():
            continue
        text = context.work / f"bench_{number:03d}.c"
        text.write_text(source.replace("products", f"bench_{number:03d}").replace("Products", f"Bench{number:03d}"))
        temporary = folder / f".{target.name}"
        done = subprocess.run(
            ["cc", "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-I", str(header), "-o", str(temporary),
             str(text)], capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"a plugin can't be compiled: {done.stderr.strip()[-300:]}")
        temporary.chmod(0o755)
        os.rename(temporary, target)
        built.append(target)
    if built:
        context.servers.stack.reload()
    return built


def remove_plugins(context: Context, files: list[Path]) -> None:
    """Takes them out of service again."""
    for file in files:
        file.unlink(missing_ok=True)
    if files:
        try:
            context.servers.stack.reload()
        except Failure as error:
            context.say(f"the plugins could not be unloaded: {error}")
