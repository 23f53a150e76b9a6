import sqlalchemy as sa

from tutti.kit.db import Database


async def test_the_schema_stands(db: Database) -> None:
    tables = await db.read(lambda connection: set(sa.inspect(connection).get_table_names()))
    assert {"events_outbox", "events_inbox", "events_cursors", "idempotency_answers"} <= tables
