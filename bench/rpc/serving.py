"""``python -m bench.rpc.serving KIND``: answer the calls in one way, print the port, and stop with standard input."""

import asyncio
import socket
import sys
from typing import Any

import grpc
import msgspec
import uvicorn
import uvloop
from grpc import aio

from bench.rpc.calls import CLUSTER, SERVICE, TRACKS, Answers, Measured
from tutti.kit.auth import Role
from tutti.kit.rpc.methods import encode
from tutti.kit.rpc.server import RpcServer
from tutti.services.catalog.api import Track, Viewer


async def ours(ended: asyncio.Event) -> None:
    async with RpcServer(CLUSTER, {SERVICE: (Measured, Answers())}) as server:
        print(server.port, flush=True)
        await ended.wait()


async def bare(ended: asyncio.Event) -> None:
    """Send the same bytes, ready-made, by gRPC's own asyncio server, with nothing around it."""
    bodies = {"find_role": encode("listener"), "get_tracks": encode(TRACKS)}
    await _serve({name: grpc.unary_unary_rpc_method_handler(_sending(body)) for name, body in bodies.items()}, ended)


async def typed(ended: asyncio.Event) -> None:
    """Read requests and write answers as gRPC's own asyncio server does it, with MessagePack for protobuf."""
    answers = Answers()

    async def find_role(asked: FindRole, _: Any) -> Role | None:
        return await answers.find_role(asked.user_id, asked.session_id)

    async def get_tracks(asked: GetTracks, _: Any) -> list[Track]:
        return await answers.get_tracks(asked.viewer, asked.track_ids)

    handlers = {
        "find_role": grpc.unary_unary_rpc_method_handler(find_role, _reader(FindRole), encode),
        "get_tracks": grpc.unary_unary_rpc_method_handler(get_tracks, _reader(GetTracks), encode),
    }
    await _serve(handlers, ended)


def _reader(kind: type[msgspec.Struct]) -> Any:
    return msgspec.msgpack.Decoder(kind).decode


async def _serve(handlers: dict[str, Any], ended: asyncio.Event) -> None:
    server = aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(f"tutti.{SERVICE}", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await ended.wait()
    await server.stop(0)


def _sending(body: bytes) -> Any:
    async def send(_: bytes, __: Any) -> bytes:
        return body

    return send


class GetTracks(msgspec.Struct):
    viewer: Viewer
    track_ids: list[str]


class FindRole(msgspec.Struct):
    user_id: str
    session_id: str


class HttpJson:
    """The leanest ASGI application that reads and writes the same as JSON."""

    def __init__(self) -> None:
        self._answers = Answers()
        self._encode = msgspec.json.Encoder().encode
        self._tracks = msgspec.json.Decoder(GetTracks).decode
        self._role = msgspec.json.Decoder(FindRole).decode

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        content = self._encode(await self._answer(scope["path"], body))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, path: str, body: bytes) -> list[Any] | Role | None:
        if path == "/get_tracks":
            asked = self._tracks(body)
            return await self._answers.get_tracks(asked.viewer, asked.track_ids)
        who = self._role(body)
        return await self._answers.find_role(who.user_id, who.session_id)


async def http(ended: asyncio.Event) -> None:
    config = uvicorn.Config(HttpJson(), port=0, http="httptools", lifespan="off", log_level="error", access_log=False)
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    print(listener.getsockname()[1], flush=True)
    await ended.wait()
    server.should_exit = True
    await serving


async def main(kind: str) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    await {"ours": ours, "bare": bare, "typed": typed, "http": http}[kind](ended)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
