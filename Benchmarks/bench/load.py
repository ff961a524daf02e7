"""Load: `jspg bench`, or wrk for a closed loop as a second opinion."""

import json
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .processes import Failure

USER_BODY = '{"name":"Ada Lovelace","email":"{uuid}@example.com"}'
WRITE_HEADERS = ("Content-Type: application/json", "Idempotency-Key: {uuid}")


@dataclass
class Report:
    """What a run of load saw; times in milliseconds."""

    raw: dict[str, Any]
    #: Processor time of the generator.
    cpu_seconds: float = 0.0

    @property
    def requests(self) -> int:
        return int(self.raw.get("requests", 0))

    @property
    def seconds(self) -> float:
        return float(self.raw.get("seconds", 0))

    @property
    def rate(self) -> float:
        return float(self.raw.get("rate", 0))

    @property
    def latency(self) -> dict[str, float]:
        return self.raw.get("latency") or {}

    def count(self, *statuses: int) -> int:
        """Answers with one of these statuses."""
        seen = self.raw.get("statuses") or {}
        return sum(int(seen.get(str(status), 0)) for status in statuses)

    def expect(self, *statuses: int, share: float = 0.99) -> "Report":
        """Raises `Failure` where fewer than `share` of the answers have one of these statuses."""
        if self.requests == 0:
            raise Failure(f"no request was answered; {self.raw.get('errors', 0)} errors")
        if self.count(*statuses) < share * self.requests:
            wanted = "/".join(map(str, statuses))
            raise Failure(
                f"{self.count(*statuses)} of {self.requests} answers were {wanted}: {self.raw.get('statuses')}, "
                f"{self.raw.get('errors', 0)} errors")
        return self


@dataclass
class Running:
    """A generator that runs; `finish` waits for its report."""

    process: subprocess.Popen[bytes]
    output: Any
    errors: Any
    marker: str

    def finish(self, timeout: float) -> Report:
        def give_up(*_: object) -> None:
            raise Failure(f"the generator did not end within {timeout:.0f} s")

        before = signal.signal(signal.SIGALRM, give_up)
        signal.setitimer(signal.ITIMER_REAL, timeout)
        try:
            _, status, usage = os.wait4(self.process.pid, 0)
            self.process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            self.stop()
        self.output.seek(0), self.errors.seek(0)
        text, errors = self.output.read().decode(errors="replace"), self.errors.read().decode(errors="replace")
        if self.process.returncode:
            raise Failure(f"the generator ended with {self.process.returncode}: {(errors or text).strip()[-300:]}")
        try:
            raw = json.loads(text[text.index(self.marker) + len(self.marker):])
        except ValueError as error:
            raise Failure(f"the generator printed no JSON: {text.strip()[-300:]}") from error
        return Report(raw, usage.ru_utime + usage.ru_stime)

    def stop(self) -> None:
        """Ends it, if it still runs."""
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()


@dataclass
class Load:
    """Starts generators, one at a time unless `start` is used."""

    binaries: Path
    uses_wrk: bool
    seconds: float
    #: Every report, for the raw results.
    log: list[dict[str, Any]] = field(default_factory=list)

    @staticmethod
    def has_bench(binaries: Path) -> bool:
        """Whether this build of `jspg` can make load."""
        done = subprocess.run([str(binaries / "jspg"), "bench", "http", "--help"], capture_output=True, text=True)
        return done.returncode == 0 and "--connections" in done.stdout

    def start(
        self, url: str, *, method: str = "GET", body: str | None = None, headers: tuple[str, ...] = (),
        connections: int = 64, rate: float | None = None, duration: float | None = None, warm_up: float = 1,
    ) -> Running:
        """Begins to send requests. Without `rate` each connection sends the next when it has an answer."""
        duration = duration or self.seconds
        if self.uses_wrk:
            if rate is not None:
                raise Failure("wrk has no fixed rate; this build of jspg has no `bench`")
            parts = urlsplit(url)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            return self._spawn([
                "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(duration))}s", "--timeout", "30s", "-s",
                str(Path(__file__).with_name("wrk.lua")), f"{parts.scheme}://{parts.netloc}", "--", method, body or "",
                path, *headers], "JSON")
        command = [
            str(self.binaries / "jspg"), "bench", "http", url, "--method", method, "--connections", str(connections),
            "--duration", f"{duration:g}", "--warm-up", f"{warm_up:g}", "--json"]
        if body is not None:
            command += ["--body", body]
        for header in headers:
            command += ["--header", header]
        if rate is not None:
            command += ["--rate", f"{max(1, rate):.0f}"]
        return self._spawn(command, "")

    def http(self, url: str, **arguments: Any) -> Report:
        """Sends requests and waits for the report."""
        running = self.start(url, **arguments)
        return self._note(running.finish((arguments.get("duration") or self.seconds) + 90), url, arguments)

    def write(self, gateway: str, **arguments: Any) -> Report:
        """POSTs new users."""
        return self.http(
            f"{gateway}/users", method="POST", body=USER_BODY, headers=WRITE_HEADERS, **arguments).expect(202)

    def start_writes(self, gateway: str, **arguments: Any) -> Running:
        """Begins to POST new users."""
        return self.start(f"{gateway}/users", method="POST", body=USER_BODY, headers=WRITE_HEADERS, **arguments)

    def follow(
        self, gateway: str, read_api: str, by: str, *, rate: float, connections: int = 64, duration: float | None = None,
    ) -> Report:
        """POSTs new users at a fixed rate and follows each to its end."""
        if self.uses_wrk:
            raise Failure("wrk can't follow an operation; this build of jspg has no `bench`")
        duration = duration or self.seconds
        running = self._spawn([
            str(self.binaries / "jspg"), "bench", "follow", "--gateway", gateway, "--read-api", read_api, "--path",
            "/users", "--body", USER_BODY, "--by", by, "--rate", f"{max(1, rate):.0f}", "--connections",
            str(connections), "--duration", f"{duration:g}", "--json"], "")
        report = self._note(running.finish(duration + 120), gateway, {"by": by, "rate": rate})
        completed = int(report.raw.get("completed", 0))
        if not completed or report.raw.get("failed") or report.raw.get("lost"):
            raise Failure(
                f"{completed} completed, {report.raw.get('failed')} failed, {report.raw.get('lost')} were lost")
        return report

    def _note(self, report: Report, url: str, arguments: dict[str, Any]) -> Report:
        parts = urlsplit(url)
        shown = {key: value for key, value in arguments.items() if key in ("by", "connections", "rate", "duration")}
        self.log.append({"path": parts.path, **shown, **report.raw, "generatorCPU": report.cpu_seconds})
        return report

    def _spawn(self, command: list[str], marker: str) -> Running:
        output, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True)
        running = Running(process, output, errors, marker)
        _running.append(running)
        return running


_running: list[Running] = []


def stop_all() -> None:
    """Ends every generator that still runs."""
    for running in _running:
        running.stop()
