"""Foreign protocols spoken over the services; they own no tables."""
