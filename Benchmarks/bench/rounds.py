"""Interleaved rounds: in each one every contender is measured once, in an order that rotates."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .contenders import Bare, Ours, Peer, Servers
from .load import Load
from .processes import Failure
from .results import Measure, Results
from .servers import Nginx

OURS = "jspg"
#: Ours where less is told of changes than Debezium would, and where nothing is, as with the peers.
TABLES, UNCAPTURED = "jspg, CDC_EVENTS=tables", "jspg without jspg-cdc"
ASGI, BARE_PEER = "peer, asgi", "peer, bare"


@dataclass
class Settings:
    """What the command line asks for."""

    binaries: Path
    rounds: int
    seconds: float
    drain_count: int
    cdc_count: int
    memory_seconds: float
    idle_seconds: float
    is_full: bool


@dataclass
class Context:
    """All that a section needs."""

    settings: Settings
    results: Results
    work: Path
    load: Load
    bare: Bare
    servers: Servers
    ours: Ours
    peers: dict[str, Peer]
    nginx: Nginx
    #: What every contender of every round said, for the raw results.
    raw: list[dict[str, Any]] = field(default_factory=list)
    #: Put behind a section's name: how the messages were stored.
    suffix: str = ""

    def captures(self) -> dict[str, Callable[[], AbstractContextManager[None]]]:
        """Ours with all that `jspg-cdc` does, with less of it, and without."""
        program = self.settings.binaries / "jspg-cdc"
        return {
            OURS: nullcontext,
            TABLES: lambda: self.ours.capturing_tables(program, self.work / "capture"),
            UNCAPTURED: self.ours.without_capture,
        }

    def say(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {' '.join(text.split())}", file=sys.stderr, flush=True)


class Values(dict[str, float]):
    """What a contender gave; a part that fails leaves the other parts alone."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: dict[str, str] = {}

    def __missing__(self, name: str) -> float:
        raise Failure(f"it needs `{name}`, which failed")

    @contextmanager
    def part(self, *names: str) -> Iterator[None]:
        """What fails inside is the failure of these measures."""
        try:
            yield
        except Exception as error:
            self.failures |= dict.fromkeys(names, reason(error))


def reason(error: Exception) -> str:
    """Why something could not be measured, in a sentence."""
    return str(error) if isinstance(error, Failure) else f"{type(error).__name__}: {error}"


@dataclass
class Contender:
    """One that is measured once in each round."""

    name: str
    #: Whose hosts run meanwhile: ours, or nobody's, in which case ours are paused.
    system: Literal["ours", "none"]
    #: The names of the measures that `run` gives.
    measures: list[str]
    run: Callable[[], dict[str, float]]


def declare(context: Context, measures: list[Measure], contenders: list[Contender]) -> None:
    """Rows for everything that is about to be measured."""
    for measure in measures:
        names = [each.name for each in contenders if measure.name in each.measures]
        context.results.declare(measure, list(dict.fromkeys(names)))


def measure(context: Context, measures: list[Measure], contenders: list[Contender], rounds: int | None = None) -> None:
    """Runs the rounds. A contender that fails is noted as failed, and the others go on."""
    declare(context, measures, contenders)
    section = measures[0].section
    names = {each.name for each in measures}
    for number in range(rounds or context.settings.rounds):
        shift = number % len(contenders)
        for contender in contenders[shift:] + contenders[:shift]:
            begin = time.monotonic()
            try:
                if contender.system == "ours":
                    context.ours.resume()
                else:
                    context.ours.pause()
                values = contender.run()
                failures = values.failures if isinstance(values, Values) else {}
            except Exception as error:
                values, failures = {}, dict.fromkeys(contender.measures, reason(error))
            for name, value in values.items():
                if name in names:
                    context.results.add(section, name, contender.name, number, value)
            for name in contender.measures:
                if name not in values:
                    context.results.fail(section, name, contender.name, failures.get(name, "it gave no value"))
            context.raw.append({
                "section": section, "round": number, "contender": contender.name, "values": values,
                "failures": failures})
            said = ", ".join(f"{name}: {value:,.2f}" for name, value in list(values.items())[:3])
            if failures:
                said += f" failed: {'; '.join(dict.fromkeys(failures.values()))}"
            context.say(
                f"{section}, round {number + 1}, {contender.name} ({time.monotonic() - begin:.0f} s): {said}")
    context.ours.resume()


def quantiles(prefix: str, latency: dict[str, float], *names: str) -> dict[str, float]:
    """`{"prefix p50": ...}` of a report's latencies."""
    return {f"{prefix} {name}": float(latency[name]) for name in names if name in latency}
