"""The HTTP server as an ASGI application: a bare callable under uvicorn with uvloop and httptools."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator

import uvicorn

from exchange import MAX_BODY, Exchange, Handler, Response, problem


class ASGIExchange(Exchange):
    __slots__ = ("answered",)

    def answer(self, response: Response) -> None:
        if not self.answered.done():
            self.answered.set_result(response)


def application(handler: Handler) -> Callable[..., Awaitable[None]]:
    create_future = asyncio.get_running_loop().create_future

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        target = scope["raw_path"]
        if query := scope["query_string"]:
            target = b"%b?%b" % (target, query)
        key = etag = body = b""
        for name, value in scope["headers"]:
            if name == b"idempotency-key":
                key = value
            elif name == b"if-none-match":
                etag = value
        method = scope["method"].encode()
        if method != b"GET":
            more = True
            while more and len(body) <= MAX_BODY:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
        if len(body) > MAX_BODY:
            response = problem(413, "The body is too large.")
        else:
            exchange = ASGIExchange(method, target, key, etag, body)
            exchange.answered = create_future()
            handler(exchange)
            response = await exchange.answered
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "http.response.body", "body": response.body})

    return app


class Server(uvicorn.Server):
    """uvicorn without its own handling of signals: `service.run` has one for all programs."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def close(self) -> None:
        self.should_exit = True

    async def wait_closed(self) -> None:
        await self.serving


async def serve(handler: Handler, host: str, port: int) -> Server:
    server = Server(uvicorn.Config(
        application(handler), host, port, loop="uvloop", http="httptools", ws="none", lifespan="off",
        interface="asgi3", log_level="warning", access_log=False, proxy_headers=False, server_header=False,
        date_header=False, timeout_graceful_shutdown=2))
    server.serving = asyncio.create_task(server.serve())
    while not server.started and not server.serving.done():
        await asyncio.sleep(0.01)
    return server
