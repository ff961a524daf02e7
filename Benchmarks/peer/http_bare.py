"""The HTTP server without a framework: an asyncio protocol around httptools. Answers keep the order of requests."""

import asyncio
from collections import deque

import httptools

from exchange import MAX_BODY, Exchange, Handler, Response, problem

MAX_PIPELINED = 1_024


class BareExchange(Exchange):
    __slots__ = ("connection", "response", "keep_alive")

    def answer(self, response: Response) -> None:
        connection = self.connection
        pipeline = connection.pipeline
        if len(pipeline) == 1:
            pipeline.clear()
            connection.transport.write(response.wire)
            if not self.keep_alive or connection.is_paused:
                connection.answered(self.keep_alive)
            return
        self.response = response
        if pipeline and pipeline[0] is self:
            connection.answer_in_order()


class Connection(asyncio.Protocol):
    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.parser = httptools.HttpRequestParser(self)
        self.pipeline: deque[BareExchange] = deque()
        self.is_paused = False
        self.is_blocked = False
        self.on_message_begin()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.pipeline.clear()

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # Refused: what follows is not read, the request's answer is the last.
            if self.pipeline:
                self.pipeline[-1].keep_alive = False
            else:
                self.transport.close()
        except httptools.HttpParserError:
            self.on_message_complete(failed=problem(400, "This is not HTTP/1.1."))
        if len(self.pipeline) > MAX_PIPELINED and not self.is_paused:
            self.is_paused = True
            self.transport.pause_reading()

    # The parser's calls.

    def on_message_begin(self) -> None:
        self.target = self.key = self.etag = self.body = b""

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        size = len(name)
        if size == 15 and name.lower() == b"idempotency-key":
            self.key = value
        elif size == 13 and name.lower() == b"if-none-match":
            self.etag = value

    def on_body(self, part: bytes) -> None:
        if len(self.body) <= MAX_BODY:
            self.body += part

    def on_message_complete(self, failed: Response | None = None) -> None:
        parser = self.parser
        exchange = BareExchange(parser.get_method(), self.target, self.key, self.etag, self.body)
        exchange.connection = self
        exchange.response = None
        exchange.keep_alive = not failed and parser.should_keep_alive()
        self.pipeline.append(exchange)
        if failed:
            exchange.answer(failed)
        elif len(self.body) > MAX_BODY:
            exchange.answer(problem(413, "The body is too large."))
        else:
            self.handler(exchange)

    # Answers.

    def answer_in_order(self) -> None:
        pipeline = self.pipeline
        answers = []
        keep_alive = True
        while pipeline and keep_alive and (response := pipeline[0].response):
            keep_alive = pipeline.popleft().keep_alive
            answers.append(response.wire)
        self.transport.write(b"".join(answers))
        self.answered(keep_alive)

    def answered(self, keep_alive: bool) -> None:
        if not keep_alive:
            self.transport.close()
        elif self.is_paused and not self.is_blocked and len(self.pipeline) <= MAX_PIPELINED // 2:
            self.is_paused = False
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        """The client does not read its answers: it gets no more of its requests read."""
        self.is_blocked = True
        if not self.is_paused:
            self.is_paused = True
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.is_blocked = False
        self.answered(keep_alive=True)


async def serve(handler: Handler, host: str, port: int) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(lambda: Connection(handler), host, port, backlog=2_048)
