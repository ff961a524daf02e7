"""Resident memory over minutes of full load."""

import time

from ..processes import Failure
from ..results import Measure
from ..rounds import OURS, Context

EVERY = 30.0


def run(context: Context) -> None:
    seconds = context.settings.memory_seconds
    parts = [*context.ours.host_pids(), "nats", "postgres", "redis"]
    moments = [0.0]
    while moments[-1] + EVERY <= seconds:
        moments.append(moments[-1] + EVERY)
    for part in parts:
        for moment in moments:
            context.results.declare(Measure("memory", _name(part, moment), "MB", "less"), [OURS])
    context.ours.resume()
    context.ours.reset()
    before = context.ours.accepted()
    begin = time.monotonic()
    running = context.load.start_writes(context.ours.gateway, duration=moments[-1] + 5, warm_up=0)
    try:
        for moment in moments:
            # A little later than the start, or there is nothing to see yet.
            time.sleep(max(0.0, begin + moment + 1 - time.monotonic()))
            for part, megabytes in context.ours.memory().items():
                if part in parts:
                    context.results.add("memory", _name(part, moment), OURS, 0, megabytes)
        report = running.finish(120).expect(202)
        context.results.notes.append(
            f"memory: {report.count(202):,} writes in {report.seconds:.0f} s at 64 connections.")
        context.ours.wait_drained(before)
    except (Failure, OSError) as error:
        for part in parts:
            for moment in moments:
                if not context.results.has("memory", _name(part, moment), OURS, 0):
                    context.results.fail("memory", _name(part, moment), OURS, str(error))
        context.say(f"memory: failed: {error}")
    finally:
        running.stop()


def _name(part: str, moment: float) -> str:
    return f"{part}, after {moment:.0f} s"
