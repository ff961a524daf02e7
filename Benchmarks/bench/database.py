"""PostgreSQL for the benchmark's own questions, in plain calls over asyncpg."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg


class Database:
    """One connection; nothing runs on it between calls."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._connection: asyncpg.Connection | None = None

    def _run(self, call: str, sql: str, values: tuple[Any, ...], timeout: float) -> Any:
        async def attempt() -> Any:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._url)
            return await getattr(self._connection, call)(sql, *values, timeout=timeout)

        return self._loop.run_until_complete(attempt())

    def execute(self, sql: str, *values: Any, timeout: float = 600) -> None:
        self._run("execute", sql, values, timeout)

    def value(self, sql: str, *values: Any, timeout: float = 600) -> Any:
        """The first column of the first row."""
        return self._run("fetchval", sql, values, timeout)

    def rows(self, sql: str, *values: Any, timeout: float = 600) -> list[Any]:
        return self._run("fetch", sql, values, timeout)

    @contextmanager
    def held_snapshot(self) -> Iterator[None]:
        """Another transaction with its snapshot open: no version of a row that it may see can be removed."""
        connection = self._loop.run_until_complete(asyncpg.connect(self._url))
        try:
            self._loop.run_until_complete(
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id(); SELECT 1"))
            yield
        finally:
            self._loop.run_until_complete(connection.close())

    def close(self) -> None:
        if self._connection is not None:
            self._loop.run_until_complete(self._connection.close())
        self._loop.close()
