"""Leaves byte code of the modules that processes load, and of no others: it is a fifth of what all of it would be.

Run with the interpreter of the image's virtual environment, whose other byte code was deleted before.
"""

from importlib import import_module

# What is loaded where a setting asks for it, and therefore by no import at the top of a module of Tutti's.
LATER = ("grpc.aio", "nats", "redis.asyncio", "asyncpg", "tutti.kit.telemetry.exporting", "tutti.commands.demo")

for name in ("tutti.commands.app", "uvicorn.protocols.http.httptools_impl", "websockets.sync.client", *LATER):
    import_module(name)
