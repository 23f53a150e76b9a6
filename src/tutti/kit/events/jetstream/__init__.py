"""The transport of several processes: an outbox in the database, relayed to NATS JetStream.

Loaded only where ``TUTTI_NATS_URL`` is set. docs/decisions/0011-events-over-jetstream.md says why it is as it is.
"""
