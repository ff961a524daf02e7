"""Servers of the benchmark's own: the project's stack, nats-server without sync, and nginx."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from .processes import Child, Failure, free_port, http_get


class Stack:
    """`jspg up --detach` with free ports; `stop` ends all of it and removes its data."""

    def __init__(self, binaries: Path, state: Path, environment: dict[str, str] | None = None) -> None:
        self.state = state
        self._jspg = str(binaries / "jspg")
        self._environment = os.environ | (environment or {})
        try:
            self._run("up", "--detach", "--ports", "auto", "--state", str(state), timeout=180)
        except BaseException:
            # A supervisor may be there already.
            self.stop()
            raise

    def _run(self, *arguments: str, timeout: float = 120) -> str:
        done = subprocess.run(
            [self._jspg, *arguments], env=self._environment, timeout=timeout, capture_output=True, text=True,
            start_new_session=True)
        if done.returncode:
            raise Failure(f"jspg {arguments[0]}: {(done.stderr or done.stdout).strip()[-600:]}")
        return done.stdout

    @property
    def endpoints(self) -> dict[str, str]:
        """URLs and the plugin folder; see Sources/Host/Stack/Endpoints.swift."""
        return json.loads((self.state / "endpoints.json").read_text())

    @property
    def pids(self) -> dict[str, int]:
        """By name; read anew each time, as the supervisor may have started one again."""
        return self.endpoints["pids"]  # type: ignore[return-value]

    def reload(self) -> None:
        """Has the hosts look at their plugin folder again."""
        self._run("reload", "--state", str(self.state), timeout=300)

    def stop(self) -> None:
        self._run("clean", "--state", str(self.state))


class UnsyncedNATS:
    """nats-server with its own default: messages are synced every two minutes."""

    def __init__(self, program: str, folder: Path) -> None:
        folder.mkdir(parents=True)
        port, monitor = free_port(), free_port()
        configuration = folder / "nats-server.conf"
        configuration.write_text(
            f'listen: "127.0.0.1:{port}"\nhttp: "127.0.0.1:{monitor}"\nmax_payload: 8MB\n'
            f'jetstream {{ store_dir: "{folder}/jetstream" }}\n')
        self.url = f"nats://127.0.0.1:{port}"
        self.child = Child([program, "-c", str(configuration)], folder / "nats.log")
        self.child.wait_ready(lambda: http_get(f"http://127.0.0.1:{monitor}/healthz")[0] == 200)

    def stop(self) -> None:
        self.child.stop()


class Nginx:
    """nginx as the limit of an HTTP layer: a fixed 202 at /accepted, and files below /files."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if not program:
            raise Failure("nginx was not found: apt-get install nginx-light")
        self.files = folder / "files"
        self.files.mkdir(parents=True)
        port = free_port()
        # Of the size of the gateway's own answer.
        accepted = json.dumps({
            "operationId": "00000000-0000-4000-8000-000000000000", "entityId": "00000000-0000-4000-8000-000000000000",
            "status": "queued", "statusUrl": "/status/00000000-0000-4000-8000-000000000000"})
        user = "user root;\n" if os.geteuid() == 0 else ""
        paths = "".join(
            f'{name}_temp_path "{folder}/{name}";' for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"{user}daemon off;\nworker_processes auto;\npid \"{folder}/nginx.pid\";\n"
            "events { worker_connections 4096; }\n"
            f"http {{\n    access_log off;\n    {paths}\n    keepalive_requests 1000000000;\n    open_file_cache max=100;\n"
            f"    default_type application/json;\n    server {{\n        listen 127.0.0.1:{port} backlog=4096;\n"
            f"        location /accepted {{ return 202 '{accepted}'; }}\n"
            f"        location /files/ {{ root \"{folder}\"; }}\n    }}\n}}\n")
        self.url = f"http://127.0.0.1:{port}"
        self.child = Child(
            [program, "-p", str(folder), "-c", str(configuration), "-e", str(folder / "error.log")],
            folder / "nginx.log")
        self.child.wait_ready(lambda: http_get(self.url + "/accepted")[0] == 202)

    def stop(self) -> None:
        self.child.stop()
