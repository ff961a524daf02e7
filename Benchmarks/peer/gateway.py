"""The gateway: POST /users is answered 202 once JetStream has acknowledged the write.

Run as `gateway.py asgi` (uvicorn) or `gateway.py bare` (an asyncio protocol). PORT, HOST, NATS_URL.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

import nats_client
import service
from envelope import SUBJECT, Clock, decode_user, encode_envelope, operation_id
from exchange import Exchange, Response, problem

RETRY_AFTER = (b"retry-after", b"1")


class Gateway:
    def __init__(self, nats: nats_client.NATSClient) -> None:
        self.store = nats.store
        self.now = Clock().now

    def handle(self, exchange: Exchange) -> None:
        if exchange.target != b"/users":
            return exchange.answer(problem(404, "There is no such resource."))
        if exchange.method != b"POST":
            return exchange.answer(problem(405, "Users are created by POST."))
        if not 0 < len(exchange.key) <= 255:
            return exchange.answer(problem(400, "The Idempotency-Key header must have 1 to 255 characters."))
        body = exchange.body
        try:
            decode_user(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return exchange.answer(problem(400, str(error)))
        operation = operation_id(exchange.key)
        accepted_at = self.now()

        def acknowledged(payload: bytes | None) -> None:
            if not payload or b'"error"' in payload:
                return exchange.answer(problem(503, "The write could not be stored. Send it again."))
            exchange.answer(Response(
                202,
                b'{"status":"queued","operationId":"%b","entityId":"%b","table":"users","acceptedAt":"%b"}'
                % (operation, operation, accepted_at),
                ((b"location", b"/status/" + operation), RETRY_AFTER)))

        self.store(SUBJECT, operation, encode_envelope(operation, accepted_at, body), acknowledged)


@asynccontextmanager
async def program() -> AsyncIterator[None]:
    await nats_client.create_stream(service.NATS_URL)
    nats = await nats_client.connect(service.NATS_URL)
    server = await service.serve(Gateway(nats).handle, default_port=8081)
    yield
    server.close()
    await server.wait_closed()
    nats.close()


if __name__ == "__main__":
    service.run(program())
