"""Alembic's environment: runs on the connection that tutti.kit.db hands over, or writes SQL for its dialect."""

from alembic import context

from tutti.kit.db.types import metadata

# The metadata names the constraints, in both cases.
if context.is_offline_mode():
    context.configure(
        dialect_name=context.config.attributes["dialect"],
        dialect_opts={"paramstyle": "named"},  # the dialect's own would double each "%", for a driver that is not there
        target_metadata=metadata,
        literal_binds=True,
    )
else:
    context.configure(
        connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
    )
context.run_migrations()
