"""From POST to completed at a fixed, low rate, by each way to follow a write."""

from functools import partial

from ..contenders import System
from ..results import Measure
from ..rounds import OURS, Contender, Context, measure, quantiles

LIMIT = "bare, one publish and one commit"
RATE = 200
QUANTILES = ("p50", "p99", "p99.9")


def run(context: Context) -> None:
    ways = ("poll", "long-poll", "sse", "prefer")
    names = {way: [f"to completed, {way}, {quantile}" for quantile in QUANTILES] for way in ways}
    accepted = [f"to 202, {quantile}" for quantile in QUANTILES]
    everything = [name for way in ways for name in names[way]]
    publish = "bare, one publish"
    measures = [Measure("latency", name, "ms", "less", limits=(LIMIT,)) for name in everything]
    measures += [Measure("latency", name, "ms", "less", limits=(publish,)) for name in accepted]

    def follow(system: System, way: str) -> dict[str, float]:
        before = system.accepted()
        report = context.load.follow(system.gateway, system.read_api, way, rate=RATE)
        values = quantiles(f"to completed, {way},", report.latency, *QUANTILES)
        if way == "long-poll":
            values |= quantiles("to 202,", report.raw.get("accepted") or {}, *QUANTILES)
        system.wait_drained(before)
        return values

    def ours(way: str) -> dict[str, float]:
        context.ours.reset()
        return follow(context.ours, way)

    def peer(way: str, variant: str) -> dict[str, float]:
        with context.peers[variant].running("gateway", "processor", "read_api") as system:
            return follow(system, way)

    def bare() -> dict[str, float]:
        stored = context.bare.run("nats_publish", context.servers.nats_url, "one", 2)["latency"]
        committed = context.bare.run("pg_apply", context.servers.database_url, "commit", 1000)["latency"]
        # The sum of two quantiles is a little more than the quantile of the sums.
        return {
            name: stored[quantile] + committed[quantile]
            for way in ways for name, quantile in zip(names[way], QUANTILES)}

    def one_publish() -> dict[str, float]:
        stored = context.bare.run("nats_publish", context.servers.nats_url, "one", 2)["latency"]
        return {f"to 202, {quantile}": stored[quantile] for quantile in QUANTILES}

    def of(way: str) -> list[str]:
        return names[way] + (accepted if way == "long-poll" else [])

    contenders = [Contender(OURS, "ours", of(way), partial(ours, way)) for way in ways]
    contenders += [
        Contender(f"peer, {variant}", "none", of(way), partial(peer, way, variant))
        for variant in context.peers for way in ("poll", "long-poll")]
    contenders += [Contender(LIMIT, "none", everything, bare), Contender(publish, "none", accepted, one_publish)]
    measure(context, measures, contenders)
