"""Writes from POST to PostgreSQL with everything running: rate, processor time and memory."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from ..contenders import System
from ..results import Measure
from ..rounds import UNCAPTURED, Contender, Context, Values, measure, quantiles

CONNECTIONS = (64, 256)


def run(context: Context) -> None:
    rates = [f"completed, {count} connections" for count in CONNECTIONS]
    answer = [f"POST to 202 at 70 %, {quantile}" for quantile in ("p50", "p99", "p99.9")]
    end = [f"POST to completed at 70 %, {quantile}" for quantile in ("p50", "p99", "p99.9")]
    parts = ["gateway", "processor", "read API", "cdc", "nats", "postgres", "redis", "all without the generator",
             "generator"]
    cpu = [f"CPU for 10,000 writes: {part}" for part in parts]
    memory = [f"resident: {part}" for part in parts[:-1]]
    names = rates + answer + end + cpu + memory
    unit = {**dict.fromkeys(rates, "1/s"), **dict.fromkeys(answer + end, "ms"), **dict.fromkeys(cpu, "s"),
            **dict.fromkeys(memory, "MB")}
    measures = [Measure("endtoend", name, unit[name], "more" if name in rates else "less") for name in names]

    def writes(system: System) -> Values:
        values = Values()
        for count, name in zip(CONNECTIONS, rates):
            with values.part(name, *(cpu if count == CONNECTIONS[0] else memory)):
                system.reset()
                before, cpu_before, begin = system.accepted(), system.cpu(), time.monotonic()
                report = context.load.write(system.gateway, connections=count, warm_up=0)
                ended = system.wait_drained(before)
                values[name] = ended / (time.monotonic() - begin)
                if count == CONNECTIONS[0]:
                    cpu_after = system.cpu()
                    used = {_part(name): cpu_after[name] - seconds for name, seconds in cpu_before.items()}
                    used["all without the generator"] = sum(used.values())
                    used["generator"] = report.cpu_seconds
                    values |= {f"CPU for 10,000 writes: {part}": s * 10_000 / ended for part, s in used.items()}
        resident = {_part(name): megabytes for name, megabytes in system.memory().items()}
        resident["all without the generator"] = sum(resident.values())
        values |= {f"resident: {part}": megabytes for part, megabytes in resident.items()}
        before = system.accepted()
        with values.part(*answer):
            report = context.load.write(system.gateway, rate=0.7 * values[rates[0]])
            values |= quantiles("POST to 202 at 70 %,", report.latency, "p50", "p99", "p99.9")
        with values.part(*end):
            system.wait_drained(before)
            report = context.load.follow(
                system.gateway, system.read_api, "long-poll", rate=0.7 * values[rates[0]], connections=256)
            values |= quantiles("POST to completed at 70 %,", report.latency, "p50", "p99", "p99.9")
        system.wait_drained(before)
        return values

    def ours(capture: Callable[[], AbstractContextManager[None]]) -> dict[str, float]:
        with capture():
            return writes(context.ours)

    def peer(variant: str) -> dict[str, float]:
        with context.peers[variant].running("gateway", "processor", "read_api") as system:
            return writes(system)

    of_peer = [name for name in names if not name.endswith(": cdc")]
    measure(context, measures, [
        *[Contender(name, "ours", of_peer if name == UNCAPTURED else names, partial(ours, capture))
          for name, capture in context.captures().items()],
        *[Contender(f"peer, {variant}", "none", of_peer, partial(peer, variant))
          for variant in context.peers],
    ])


def _part(process: str) -> str:
    return {"read-api": "read API", "read_api": "read API"}.get(process, process)
