"""Alembic's environment: runs on the connection that tutti.kit.db hands over."""

from alembic import context

from tutti.kit.db.types import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
