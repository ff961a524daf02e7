"""One HTTP request and its answer, whichever server carries them."""

from collections.abc import Callable, Iterable

import msgspec

REASONS = {
    200: b"200 OK", 202: b"202 Accepted", 304: b"304 Not Modified", 400: b"400 Bad Request", 404: b"404 Not Found",
    405: b"405 Method Not Allowed", 413: b"413 Content Too Large", 500: b"500 Internal Server Error",
    503: b"503 Service Unavailable",
}
JSON = (b"content-type", b"application/json")
MAX_BODY = 65_536


class Response:
    __slots__ = ("status", "headers", "body", "_wire")

    def __init__(self, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self.status = status
        self.body = body
        self.headers = [JSON, (b"content-length", b"%d" % len(body)), *headers]
        self._wire: bytes | None = None

    @property
    def wire(self) -> bytes:
        """The whole answer as HTTP/1.1 has it; made once."""
        if self._wire is None:
            headers = b"".join([b"%b: %b\r\n" % header for header in self.headers])
            self._wire = b"HTTP/1.1 %b\r\n%b\r\n%b" % (REASONS[self.status], headers, self.body)
        return self._wire


def problem(status: int, detail: str) -> Response:
    return Response(status, msgspec.json.encode({"status": status, "detail": detail}))


class Exchange:
    """A request. A server's subclass says what becomes of the answer; `answer` is called exactly once."""

    __slots__ = ("method", "target", "key", "etag", "body")

    def __init__(self, method: bytes, target: bytes, key: bytes, etag: bytes, body: bytes) -> None:
        self.method = method
        self.target = target
        self.key = key  # Idempotency-Key
        self.etag = etag  # If-None-Match
        self.body = body

    def answer(self, response: Response) -> None:
        raise NotImplementedError


Handler = Callable[[Exchange], None]
