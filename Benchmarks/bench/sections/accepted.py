"""Writes accepted a second: stored in JetStream and answered 202, with nothing applied meanwhile."""

import tempfile
from functools import partial

from ..contenders import System
from ..load import Report
from ..results import Measure
from ..rounds import OURS, Contender, Context, Values, measure, quantiles

CONNECTIONS = (64, 256)
BATCHES = ((100, 1, False), (500, 1, False), (500, 4, False), (100, 1, True), (500, 1, True))
NGINX = "nginx, fixed 202"


def run(context: Context) -> None:
    section = "accepted" + context.suffix
    seconds = context.settings.seconds
    rates = [f"accepted, {count} connections" for count in CONNECTIONS]
    times = [f"POST to 202 at 70 %, {quantile}" for quantile in ("p50", "p99", "p99.9")]
    single = "bare, single publishes"
    # Only a stack's own nats-server has its store where it can be linked.
    batches = [each for each in BATCHES if not each[2] or not context.suffix]
    limits = (single, *[_batch_name(*each) for each in batches])
    measures = [Measure(section, name, "1/s", limits=limits) for name in rates]
    measures += [Measure(section, name, "ms", "less", limits=(NGINX,)) for name in times]

    def posts(url: str, fixed: bool = False) -> Values:
        values = Values()

        def post(**arguments: float) -> Report:
            if fixed:
                return context.load.http(f"{url}/accepted", method="POST", body="{}", **arguments).expect(202)
            return context.load.write(url, **arguments)

        for count, name in zip(CONNECTIONS, rates):
            with values.part(name):
                report = post(connections=count)
                values[name] = report.count(202) / report.seconds
        with values.part(*times):
            report = post(connections=CONNECTIONS[0], rate=0.7 * values[rates[0]])
            values |= quantiles("POST to 202 at 70 %,", report.latency, "p50", "p99", "p99.9")
        return values

    def ours() -> dict[str, float]:
        context.ours.reset()
        before = context.ours.accepted()
        try:
            with context.ours.without_processor():
                return posts(context.ours.gateway)
        finally:
            context.ours.wait_drained(before, timeout=300)

    def peer(variant: str) -> dict[str, float]:
        with context.peers[variant].running("gateway") as system:
            return posts(system.gateway)

    def bare_single() -> dict[str, float]:
        return {name: _rate(context, "single", seconds, count) for count, name in zip(CONNECTIONS, rates)}

    def bare_batch(size: int, connections: int, is_staged: bool) -> dict[str, float]:
        if not is_staged:
            return dict.fromkeys(rates, _rate(context, "batch", seconds, size, connections))
        with tempfile.TemporaryDirectory(prefix="jspg-bench-", dir="/dev/shm") as folder:
            environment = {
                "BARE_STAGING": folder,
                "BARE_STREAM_FOLDER": f"{context.servers.stack.state}/nats/jetstream/jetstream/$G/streams/BARE"}
            return dict.fromkeys(rates, _rate(context, "batch", seconds, size, connections, environment=environment))

    measure(context, measures, [
        Contender(OURS, "ours", rates + times, ours),
        *[Contender(f"peer, {variant}", "none", rates + times, partial(peer, variant))
          for variant in context.peers],
        Contender(single, "none", rates, bare_single),
        *[Contender(_batch_name(*each), "none", rates, partial(bare_batch, *each)) for each in batches],
        Contender(NGINX, "none", rates + times, lambda: posts(context.nginx.url, fixed=True)),
    ])


def _batch_name(size: int, connections: int, is_staged: bool) -> str:
    name = f"bare, batches of {size}" + (f" on {connections} connections" if connections > 1 else "")
    return name + (" staged in memory" if is_staged else "")


def _rate(
    context: Context, mode: str, seconds: float, *widths: int, environment: dict[str, str] | None = None
) -> float:
    return float(context.bare.run(
        "nats_publish", context.servers.nats_url, mode, seconds, *widths, environment=environment)["rate"])


def fill(context: Context, system: System, count: int) -> int:
    """Queues at least `count` writes, with no processor running; returns the sequence before the first."""
    before = system.accepted()
    rate = 0.0
    while (missing := count - (system.accepted() - before)) > 0:
        seconds = min(30.0, max(1.0, missing / rate)) if rate else 2.0
        rate = context.load.write(system.gateway, connections=256, duration=seconds, warm_up=0).rate
    return before
