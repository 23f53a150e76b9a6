"""Which HTTP server suits us: speed and manners of each in one run (docs/decisions/0003-http-server.md)."""
