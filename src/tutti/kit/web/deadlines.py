"""How long a request may wait for other processes: less than a gateway waits for its answer.

A call has a limit of its own (``TUTTI_RPC_TIMEOUT_S``), but a request may make several, one after the other, and some
calls may take minutes. With a deadline it ends in an error of ours, and the work that it began elsewhere ends with it.
"""

from typing import Any

from tutti.kit.rpc.deadlines import within


class Deadlines:
    """Bounds the calls that are made for a request: until its answer begins, they get what is left of its time.

    The time begins when the request has come, its body included: that of a slow upload is not the peers' doing.
    """

    def __init__(self, app: Any, answer_s: float) -> None:
        self._app = app
        self._answer_s = answer_s

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, with a deadline."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with within(self._answer_s) as deadline:

            async def receive_then_begin() -> Any:
                message = await receive()
                if message["type"] == "http.request":
                    deadline.put_off(self._answer_s)
                return message

            async def send_and_end(message: Any) -> None:
                if message["type"] == "http.response.start":
                    deadline.over = True  # bodies may take hours, and ask meanwhile
                await send(message)

            await self._app(scope, receive_then_begin, send_and_end)
