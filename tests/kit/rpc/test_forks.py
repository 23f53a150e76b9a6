"""Children of a process that is busy with calls: gRPC's handlers around fork() would abort one in forty of them."""

import asyncio
import subprocess
import sys

CHILDREN = 400
_PROGRAM = f"""
import asyncio, uvloop
from tutti.kit.rpc import bare
from grpc import aio, method_handlers_generic_handler, unary_unary_rpc_method_handler

async def echo(message, _):
    return message

async def main():
    server = aio.server()
    echoes = {{"echo": unary_unary_rpc_method_handler(echo)}}
    server.add_generic_rpc_handlers([method_handlers_generic_handler("test", echoes)])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{{port}}") as channel:
        ask = channel.unary_unary("/test/echo")

        async def keep_asking():
            while True:
                await ask(b"x")

        asking = [asyncio.create_task(keep_asking()) for _ in range(8)]
        for _ in range({CHILDREN}):
            child = await asyncio.create_subprocess_exec("/bin/true", stdin=asyncio.subprocess.PIPE)
            assert await child.wait() == 0
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    await server.stop(0)

uvloop.run(main())
"""


async def test_children_of_a_busy_process_live() -> None:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr
