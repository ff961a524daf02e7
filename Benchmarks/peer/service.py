"""What every program does: settings from the environment, uvloop, "ready" when it serves, an end at SIGTERM."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import uvloop

import http_asgi
import http_bare
from exchange import Handler

NATS_URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://127.0.0.1/postgres")
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")


def run(program: AbstractAsyncContextManager) -> None:
    """Keeps `program` entered until SIGTERM or SIGINT."""

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with program:
            gc.collect()
            gc.freeze()
            gc.set_threshold(100_000, 50, 100)
            print("ready", flush=True)
            await stop.wait()

    uvloop.run(main())


async def serve(handler: Handler, default_port: int) -> asyncio.Server | http_asgi.Server:
    """Serves HTTP in the variant that the command line names."""
    variants: dict[str, Callable[..., Awaitable]] = {"asgi": http_asgi.serve, "bare": http_bare.serve}
    if len(sys.argv) != 2 or sys.argv[1] not in variants:
        sys.exit(f"usage: {sys.argv[0]} asgi|bare")
    host = os.environ.get("HOST", "127.0.0.1")
    return await variants[sys.argv[1]](handler, host, int(os.environ.get("PORT", default_port)))
