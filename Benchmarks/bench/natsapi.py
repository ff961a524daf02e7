"""JetStream's administration over a plain socket: enough to look at streams and to empty them."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit


class NATS:
    """One connection for each request: it may be paused for long, and nothing here is measured."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 4222)

    def request(self, subject: str, body: dict[str, object] | None = None) -> dict[str, Any]:
        """The answer of the JetStream API; raises `OSError` where there is none."""
        payload = json.dumps(body).encode() if body is not None else b""
        with socket.create_connection(self._address, timeout=30) as connection:
            stream = connection.makefile("rwb")
            stream.readline()
            stream.write(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB _INBOX.bench 1\r\n')
            stream.write(b"PUB %s _INBOX.bench %d\r\n%s\r\n" % (subject.encode(), len(payload), payload))
            stream.flush()
            while line := stream.readline():
                words = line.split()
                if words[:1] == [b"MSG"]:
                    answer: dict[str, Any] = json.loads(stream.read(int(words[-1])))
                    if "error" in answer:
                        raise OSError(f"{subject}: {answer['error'].get('description')}")
                    return answer
                if words[:1] == [b"PING"]:
                    stream.write(b"PONG\r\n")
                    stream.flush()
                elif words[:1] == [b"-ERR"]:
                    raise OSError(line.decode(errors="replace").strip())
        raise OSError("nats-server closed the connection")

    def streams(self) -> set[str]:
        """The names of all streams."""
        return set(self.request("$JS.API.STREAM.NAMES").get("streams") or [])

    def last_sequence(self, stream: str) -> int:
        """The sequence of the message that was stored last."""
        return int(self.request(f"$JS.API.STREAM.INFO.{stream}")["state"]["last_seq"])

    def undecided(self, stream: str) -> int:
        """Messages that consumers have not acknowledged; several consumers may share a stream's subjects."""
        count = seen = 0
        while True:
            # In pages: each table has nine consumers.
            answer = self.request(f"$JS.API.CONSUMER.LIST.{stream}", {"offset": seen})
            consumers: list[dict[str, int]] = answer.get("consumers") or []
            count += sum(each["num_pending"] + each["num_ack_pending"] for each in consumers)
            seen += len(consumers)
            if not consumers or seen >= answer["total"]:
                return count

    def purge(self, stream: str) -> None:
        """Removes all messages of a stream."""
        self.request(f"$JS.API.STREAM.PURGE.{stream}")
