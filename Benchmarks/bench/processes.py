"""Child processes, and what Linux tells about processes: processor time and memory."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """A sentence for the report: why something could not be measured."""


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(condition: Callable[[], bool], seconds: float, what: str, interval: float = 0.05) -> None:
    """Looks again and again; raises `Failure` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {seconds:.0f} s")
        time.sleep(interval)


def http_get(url: str, timeout: float = 5) -> tuple[int, dict[str, str], bytes]:
    """Status, headers with lower-case names, and body; status 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()
    except OSError:
        return 0, {}, b""


class Child:
    """A process that was started here; `stop` ends it, and it alone."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str] | None = None) -> None:
        self.name = Path(command[0]).name
        self.log = log
        with log.open("ab") as output:
            # A session of its own: Ctrl-C reaches run.py, which stops things in order.
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                env=os.environ | (environment or {}))

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def tail(self) -> str:
        """The end of the log, in one line."""
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-3:])[-400:]

    def wait_ready(self, is_ready: Callable[[], bool], seconds: float = 30) -> None:
        """Raises `Failure` with the end of the log where it ends before it is ready."""
        def ready_or_ended() -> bool:
            if not self.is_running:
                raise Failure(f"{self.name} ended with {self.process.returncode}: {self.tail()}")
            return is_ready()

        try:
            wait_until(ready_or_ended, seconds, f"{self.name} is ready")
        except Failure:
            self.stop()
            raise

    def stop(self) -> None:
        """Asks it to end; kills it after ten seconds."""
        if not self.is_running:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _stat(pid: int) -> list[str] | None:
    try:
        # The name may have spaces and brackets in it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def children(pid: int) -> list[int]:
    """Direct children; of PostgreSQL these are all its processes."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = _stat(int(entry))
            if fields and int(fields[1]) == pid:
                found.append(int(entry))
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with its children, those that ended included."""
    total = 0
    for each in [pid, *children(pid)]:
        fields = _stat(each)
        if fields:
            # utime, stime and, of ended children, cutime and cstime: fields 14 to 17 of proc(5).
            total += sum(int(value) for value in fields[11:15])
    return total / TICKS


def resident_mb(pid: int) -> float:
    """Resident memory with children, in megabytes; memory that processes share is counted once (PSS)."""
    total = 0
    for each in [pid, *children(pid)]:
        for name, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
            try:
                text = Path(f"/proc/{each}/{name}").read_text()
            except OSError:
                continue
            values = [int(line.split()[1]) for line in text.splitlines() if line.startswith(field)]
            if values:
                total += values[0]
                break
    return total / 1024


def signal_all(pids: Iterable[int], number: int) -> None:
    """Sends a signal to each process that is still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
