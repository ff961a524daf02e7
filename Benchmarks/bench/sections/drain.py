"""How fast a full queue is applied, and what a snapshot that somebody holds open does to it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

from ..results import Measure
from ..rounds import Contender, Context, measure
from .accepted import fill

#: Mode and connections of pg_apply.
BARE = (("statements", 1), ("one", 1), ("statements", 4))


def run(context: Context) -> None:
    count = context.settings.drain_count
    plain, held = f"{count:,} queued", f"{count:,} queued, a snapshot held open"
    limits = tuple(_name(*each) for each in BARE)
    measures = [Measure("drain", name, "ops/s", limits=limits) for name in (plain, held)]

    def holding(name: str):  # type: ignore[no-untyped-def]
        return context.servers.database.held_snapshot() if name == held else nullcontext()

    def ours(name: str, capture: Callable[[], AbstractContextManager[None]]) -> dict[str, float]:
        context.ours.reset()
        with capture(), holding(name):
            with context.ours.without_processor():
                before = fill(context, context.ours, count)
            context.ours.wait_drained(before, timeout=600, interval=0.2)
            return {name: context.ours.drain_rate(before)}

    def peer(name: str) -> dict[str, float]:
        system = context.peers["bare"]
        with system.running("gateway"), holding(name):
            before = fill(context, system, count)
            # Its consumer is made by its processor, and counts what is pending from then on.
            system.start("processor")
            system.wait_drained(before, timeout=600, interval=0.2)
            return {name: system.drain_rate(before)}

    def bare(name: str, mode: str, connections: int) -> dict[str, float]:
        context.servers.database.execute("CHECKPOINT")
        with holding(name):
            return {name: float(context.bare.run(
                "pg_apply", context.servers.database_url, mode, count, 1000, connections)["rate"])}

    contenders = []
    for name in (plain, held):
        contenders += [
            Contender(each, "ours", [name], partial(ours, name, capture))
            for each, capture in context.captures().items()]
        if "bare" in context.peers:
            contenders.append(Contender("peer, bare", "none", [name], partial(peer, name)))
        contenders += [
            Contender(_name(*each), "none", [name], partial(bare, name, *each)) for each in BARE]
    measure(context, measures, contenders)


def _name(mode: str, connections: int) -> str:
    shape = "one statement" if mode == "one" else "the processor's statements"
    return f"bare libpq, {shape}" + (f", {connections} connections" if connections > 1 else "")
