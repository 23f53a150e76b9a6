"""The event log: outbox, inbox, delivery at least once with effects that happen once."""
