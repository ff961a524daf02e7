#!/usr/bin/env python3
"""Measures jspg beside the limits of its servers and beside peers that do the same work.

    python3 -m venv .venv-bench && .venv-bench/bin/pip install -r Benchmarks/peer/requirements.txt
    .venv-bench/bin/python Benchmarks/run.py --sections accepted,drain --json results.json --svg results.svg

Starts servers of its own on free ports and stops them at the end, also on Ctrl-C. `make build servers` comes first.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench import load as load_module, plot, report  # noqa: E402
from bench.contenders import Bare, Ours, Peer, Servers  # noqa: E402
from bench.load import Load  # noqa: E402
from bench.processes import Failure  # noqa: E402
from bench.results import Results  # noqa: E402
from bench.rounds import Context, Settings  # noqa: E402
from bench.sections import LONG, SECTIONS  # noqa: E402
from bench.servers import Nginx, Stack, UnsyncedNATS  # noqa: E402

REPOSITORY = Path(__file__).resolve().parent.parent


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = [name for name in SECTIONS if name not in LONG]
    parser.add_argument(
        "--sections", default=",".join(default), help=f"of {', '.join(SECTIONS)}; default: all but {', '.join(LONG)}")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender is measured (3)")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement (10)")
    parser.add_argument("--binaries", type=Path, default=REPOSITORY / ".build" / "release", help=".build/release")
    parser.add_argument("--peers", default="asgi,bare", help="asgi,bare; none to leave them out")
    parser.add_argument(
        "--unsynced", action=argparse.BooleanOptionalAction, default=True,
        help="accepted once more with nats-server's own default, which syncs every two minutes")
    parser.add_argument("--drain-count", type=int, default=100_000, help="writes in a full queue (100000)")
    parser.add_argument("--cdc-count", type=int, default=200_000, help="rows that are inserted at once (200000)")
    parser.add_argument("--memory-seconds", type=float, default=120, help="of full load (120)")
    parser.add_argument("--idle-seconds", type=float, default=20, help="at rest (20)")
    parser.add_argument("--full", action="store_true", help="growth with 10,000,000 rows too")
    parser.add_argument("--load", choices=("auto", "jspg", "wrk"), default="auto", help="what makes the load")
    parser.add_argument("--work", type=Path, help="a new folder on the disk to measure; default: one in /var/tmp")
    parser.add_argument("--json", type=Path, help="everything, raw")
    parser.add_argument("--svg", type=Path, help="a plot")
    parser.add_argument("--markdown", type=Path, help="the tables; they are printed anyway")
    options = parser.parse_args()
    options.sections = [name for name in options.sections.split(",") if name]
    unknown = [name for name in options.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"unknown sections: {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    if not (options.binaries / "jspg").exists():
        parser.error(f"{options.binaries} has no jspg in it: make build")
    options.binaries = options.binaries.resolve()
    return options


def sync_milliseconds(folder: Path) -> float:
    """The median time of a small write with fdatasync: what any synced storage here can't go below."""
    times = []
    file = os.open(folder / "sync-probe", os.O_CREAT | os.O_WRONLY)
    try:
        for _ in range(200):
            os.write(file, b"x" * 512)
            begin = time.perf_counter()
            os.fdatasync(file)
            times.append(time.perf_counter() - begin)
    finally:
        os.close(file)
        (folder / "sync-probe").unlink()
    return statistics.median(times) * 1000


def machine(work: Path, load: Load, settings: Settings) -> list[str]:
    """What a reader must know to judge the numbers; no names or paths of the machine."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.machine())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    others = os.getloadavg()[0]
    return [
        f"{time.strftime('%Y-%m-%d')}; {os.cpu_count()} cores of {cpu}, {memory:.0f} GB, Linux {platform.release()}; "
        "servers, hosts and the generator share them",
        f"a small synced write takes {sync_milliseconds(work):.2f} ms; load average at the start {others:.1f}",
        f"{settings.rounds} rounds, {settings.seconds:g} s each; load by "
        + ("wrk, in a closed loop" if load.uses_wrk else "jspg bench; times are from when a request was due"),
    ]


def measure_sections(context: Context, names: list[str]) -> None:
    """Runs sections; one that can't begin is noted, and the others go on."""
    for name in names:
        context.say(f"--- {name}{context.suffix}")
        try:
            SECTIONS[name].run(context)
        except (Failure, OSError) as error:
            context.results.notes.append(f"{name}{context.suffix} ended early: {error}")
            context.say(f"{name}: {error}")
        finally:
            try:
                context.ours.resume()
            except Failure as error:
                context.results.notes.append(f"after {name}: {error}")


def run(
    options: argparse.Namespace, work: Path, results: Results, header: list[str], contexts: list[Context],
    cleanup: ExitStack,
) -> None:
    """Everything, in a folder of its own; `header` and `contexts` get what there is, should it be interrupted."""
    os.environ.setdefault("JSPG_VENV", str(REPOSITORY / ".venv"))
    settings = Settings(
        options.binaries, options.rounds, options.seconds, options.drain_count, options.cdc_count,
        options.memory_seconds, options.idle_seconds, options.full)
    uses_wrk = options.load == "wrk" or (options.load == "auto" and not Load.has_bench(options.binaries))
    load = Load(options.binaries, uses_wrk, options.seconds)
    header += machine(work, load, settings)
    if uses_wrk:
        results.notes.append("wrk made the load: what needs a fixed rate, or follows a write, could not be measured.")
    variants = [name for name in options.peers.split(",") if name in ("asgi", "bare")]
    bare = Bare(work / "bare")
    nginx = Nginx(work / "nginx")
    cleanup.callback(nginx.stop)

    def prepare(name: str, nats_url: str | None, nats_pid: int | None, suffix: str, owner: ExitStack) -> Context:
        # Without sync a publish costs less than gathering does (docs/operations.md).
        environment = {"NATS_URL": nats_url, "COMMIT_BATCH": "1"} if nats_url else None
        stack = Stack(options.binaries, work / name, environment)
        owner.callback(stack.stop)
        servers = Servers(stack)
        owner.callback(servers.database.close)
        ours = Ours(servers, nats_pid)
        # Stopped processes would not end by themselves.
        owner.callback(ours.let_go)
        peers = {each: Peer(each, servers, work / f"{name}-peers", nats_pid) for each in variants}
        return Context(settings, results, work, load, bare, servers, ours, peers, nginx, suffix=suffix)

    with ExitStack() as owner:
        contexts.append(prepare("stack", None, None, "", owner))
        owner.callback(signal.signal, signal.SIGINT, signal.SIG_IGN)
        measure_sections(contexts[-1], options.sections)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if options.unsynced and "accepted" in options.sections:
        with ExitStack() as owner:
            nats = UnsyncedNATS(str(Path(os.environ["JSPG_VENV"]) / "bin" / "nats-server"), work / "nats-unsynced")
            owner.callback(nats.stop)
            contexts.append(prepare("stack-unsynced", nats.url, nats.child.pid, ", not synced", owner))
            # What is being stopped must not be left half stopped.
            owner.callback(signal.signal, signal.SIGINT, signal.SIG_IGN)
            measure_sections(contexts[-1], ["accepted"])


def main() -> int:
    options = arguments()
    results = Results()
    header: list[str] = []
    contexts: list[Context] = []
    interrupted = False
    # SIGTERM ends it as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="jspg-bench-", dir=options.work or "/var/tmp"))
    try:
        with ExitStack() as cleanup:
            cleanup.callback(load_module.stop_all)
            run(options, work, results, header, contexts, cleanup)
    except KeyboardInterrupt:
        interrupted = True
        results.notes.append("It was interrupted: what comes later was not measured.")
    except Failure as error:
        interrupted = True
        results.notes.append(f"It could not go on: {error}")
    finally:
        shutil.rmtree(work, ignore_errors=True)

    text = report.markdown(results, header)
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.json:
        raw = {"header": header, "results": results.raw(), "notes": results.notes}
        if contexts:
            raw |= {
                "measurements": [each for context in contexts for each in context.raw], "load": contexts[0].load.log}
        options.json.write_text(json.dumps(raw, indent=1) + "\n")
    if options.svg:
        options.svg.write_text(plot.svg(results, "; ".join(header[0].split("; ")[:2]) if header else ""))
    return 130 if interrupted else 0


if __name__ == "__main__":
    sys.exit(main())
