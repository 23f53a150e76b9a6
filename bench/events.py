"""Publish-and-handle rate of the log, with an effect row: in SQLite, in PostgreSQL, and over JetStream on PostgreSQL.

The reference does the same inserts by the bare driver on one connection, in the same transactions: one for the event,
one for the receipt and the effect. It keeps no order, retries nothing and needs nobody to be woken. For JetStream it
publishes, fetches and acknowledges by the bare client in between. The second table is what JetStream does alone.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

import asyncpg
import nats
import sqlalchemy as sa
import structlog
import uvloop
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, StreamConfig
from sqlalchemy import Connection
from tests.support.nats import running_nats
from tests.support.postgres import running_postgres

from tutti.kit.db import Database, open_database
from tutti.kit.events.delivery import Subscription
from tutti.kit.events.event import Envelope, Event, seal
from tutti.kit.events.jetstream.pull import Pull
from tutti.kit.events.log import open_transport
from tutti.kit.events.settings import EventSettings
from tutti.kit.settings import Base

EVENTS = 3_000
SUBJECTS = 50
COLUMNS = "id, type, version, key, occurred_at, trace_parent, payload"
CREATE = "CREATE TABLE effects (id TEXT PRIMARY KEY, subject TEXT NOT NULL)"


class Measured(Event):
    TYPE: ClassVar[str] = "bench.Measured"
    KEY: ClassVar[str] = "subject"

    subject: str
    number: int


def events() -> list[Measured]:
    return [Measured(subject=f"subject {n % SUBJECTS}", number=n) for n in range(EVENTS)]


async def rate(work: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await work()
    return EVENTS / (time.perf_counter() - started)


async def through_the_log(base: Base) -> float:
    """Tell one event per transaction while a consumer handles them; until the last effect is there."""
    db = open_database(base)
    transport = open_transport(db, EventSettings(), base.nats_url)
    db.use_outbox(transport)
    await db.start()
    await db.migrate()
    await db.write(lambda connection: connection.exec_driver_sql(CREATE))
    done = asyncio.Event()
    transport.subscribe(Subscription("bench", {Measured: counting_handler(db, done)}))

    async def publish_and_handle() -> None:
        for event in events():
            async with db.transaction() as tx:
                tx.publish(event)
        await done.wait()

    async with transport.running():
        measured = await rate(publish_and_handle)
    await db.stop()
    return measured


def counting_handler(db: Database, done: asyncio.Event) -> Callable[[Measured], Awaitable[None]]:
    add = sa.text("INSERT INTO effects (id, subject) VALUES (:id, :subject)")
    left = EVENTS

    def add_effect(connection: Connection, event: Measured) -> None:
        connection.execute(add, {"id": str(event.number), "subject": event.subject})

    async def on_measured(event: Measured) -> None:
        nonlocal left
        async with db.transaction() as tx:
            await tx.run(add_effect, event)
        left -= 1
        if not left:
            done.set()

    return on_measured


async def bare_sqlite(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    insert = f"INSERT INTO events_outbox ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"

    async def insert_all() -> None:
        for number, event in enumerate(events()):
            envelope = seal(event)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(insert, values(envelope, 0))
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO events_inbox (consumer, event_id) VALUES ('bare', ?)", (envelope.id,))
            connection.execute("INSERT INTO effects (id, subject) VALUES (?, ?)", (f"bare {number}", event.subject))
            connection.execute("COMMIT")

    measured = await rate(insert_all)
    connection.close()
    return measured


async def bare_postgres(url: str) -> float:
    connection = await asyncpg.connect(url)
    insert = f"INSERT INTO events_outbox ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"

    async def insert_all() -> None:
        for number, event in enumerate(events()):
            envelope = seal(event)
            async with connection.transaction():
                await connection.execute(insert, *values(envelope, envelope.occurred_at))
            async with connection.transaction():
                await connection.execute("INSERT INTO events_inbox VALUES ('bare', $1)", envelope.id)
                await connection.execute("INSERT INTO effects VALUES ($1, $2)", f"bare {number}", event.subject)

    measured = await rate(insert_all)
    await connection.close()
    return measured


def values(envelope: Envelope, occurred_at: object) -> tuple[object, ...]:
    head = (envelope.id, envelope.type, envelope.version, envelope.key)
    return (*head, occurred_at, envelope.trace_parent, bytes(envelope.payload).decode())


async def bare_jetstream(postgres_url: str, nats_url: str) -> float:
    """The rows of `bare_postgres`, and each event through a stream in between."""
    connection = await asyncpg.connect(postgres_url)
    insert = f"INSERT INTO events_outbox ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    client, js, pulling = await open_stream(nats_url, "both")

    async def insert_all() -> None:
        for number, event in enumerate(events()):
            envelope = seal(event)
            async with connection.transaction():
                await connection.execute(insert, *values(envelope, envelope.occurred_at))
            await js.publish("bare.both", bytes(envelope.payload))
            (message,) = await pulling.fetch(1)
            async with connection.transaction():
                await connection.execute("INSERT INTO events_inbox VALUES ('both', $1)", envelope.id)
                await connection.execute("INSERT INTO effects VALUES ($1, $2)", f"both {number}", event.subject)
            await message.ack()

    measured = await rate(insert_all)
    await connection.close()
    await client.close()
    return measured


async def only_publish(nats_url: str) -> float:
    client, js, _ = await open_stream(nats_url, "publish")

    async def publish_all() -> None:
        acknowledged = [await js.publish_async("bare.publish", bytes(seal(event).payload)) for event in events()]
        await asyncio.gather(*acknowledged)

    measured = await rate(publish_all)
    await client.close()
    return measured


async def only_pull(nats_url: str) -> float:
    """One event at a time, the next one when this one is acknowledged: what a partition of ours asks of JetStream."""
    client, js, _ = await open_stream(nats_url, "pull")
    for event in events():
        await js.publish("bare.pull", bytes(seal(event).payload))

    async def pull_all() -> None:
        async with Pull(client, "bare-pull", "bench", batch=1, expires_s=5.0) as pull:
            for _ in range(EVENTS):
                message = await pull.next()
                assert message is not None
                await message.ack()

    measured = await rate(pull_all)
    await client.close()
    return measured


async def open_stream(nats_url: str, name: str) -> tuple[Client, JetStreamContext, JetStreamContext.PullSubscription]:
    client = await nats.connect(nats_url)
    js = client.jetstream()
    await js.add_stream(StreamConfig(name=f"bare-{name}", subjects=[f"bare.{name}"]))
    await js.add_consumer(f"bare-{name}", ConsumerConfig(durable_name="bench", max_ack_pending=1))
    return client, js, await js.pull_subscribe_bind(consumer="bench", stream=f"bare-{name}")


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the page
    print(f"{EVENTS:,} events of {SUBJECTS} keys, each told and handled in a transaction of its own.\n")
    print("| database | bare driver, events/s | the log, events/s | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        log = uvloop.run(through_the_log(Base(data_dir=Path(folder))))
        bare = uvloop.run(bare_sqlite(Path(folder) / "tutti.sqlite3"))
        print(f"| SQLite | {bare:,.0f} | {log:,.0f} | {log / bare:.2f} |")
    with running_postgres() as postgres:
        uvloop.run(postgres.execute("CREATE DATABASE bench"))
        url = postgres.url("bench")
        log = uvloop.run(through_the_log(Base(database_url=url)))
        bare = uvloop.run(bare_postgres(url))
        print(f"| PostgreSQL | {bare:,.0f} | {log:,.0f} | {log / bare:.2f} |")
        with tempfile.TemporaryDirectory() as folder, running_nats(Path(folder)) as server:
            uvloop.run(postgres.execute("CREATE DATABASE copies"))
            url = postgres.url("copies")
            log = uvloop.run(through_the_log(Base(database_url=url, nats_url=server.url)))
            bare = uvloop.run(bare_jetstream(url, server.url))
            print(f"| PostgreSQL and JetStream | {bare:,.0f} | {log:,.0f} | {log / bare:.2f} |")
            print("\n| JetStream alone | events/s |\n|---|---|")
            print(f"| publish, many on their way at once | {uvloop.run(only_publish(server.url)):,.0f} |")
            print(f"| pull and acknowledge, one at a time | {uvloop.run(only_pull(server.url)):,.0f} |")


if __name__ == "__main__":
    main()
