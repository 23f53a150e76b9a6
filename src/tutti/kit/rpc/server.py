"""The answering side: one gRPC server for all services of a process."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tutti.kit.cluster import ClusterSettings, read_secrets
from tutti.kit.rpc import bare
from tutti.kit.rpc.answering import Answering
from tutti.kit.rpc.methods import methods_of
from tutti.kit.rpc.settings import RpcSettings
from tutti.kit.rpc.tls import read_certificates
from tutti.kit.rpc.tokens import Verifier
from tutti.kit.settings import BadSetting


class RpcServer:
    """Answers other processes for as long as its ``async with`` lasts.

    On the way out it first says that it leaves, so that callers turn to other copies, then takes no more calls and lets
    those under way finish; see ``leave_s`` and ``finish_s`` of `RpcSettings`.
    """

    def __init__(
        self,
        settings: ClusterSettings,
        answers: Mapping[str, tuple[type, object]],
        rpc: RpcSettings | None = None,
    ) -> None:
        """``answers``: the Protocol of each service of this process, and the object that fulfils it, by its name.

        Raises:
            BadSetting: no secret is set, or certificates cannot be read.
            TypeError: a Protocol has a method that cannot be asked over a network, or an object lacks one.
        """
        secrets = read_secrets(settings)
        if not secrets:
            raise BadSetting("TUTTI_CLUSTER_SECRETS is needed where services answer other processes.")
        self._cluster = settings
        self._settings = rpc or RpcSettings()
        self._certificates = read_certificates(settings, self._settings.certificates_s)
        self._answers = answers
        self._answering = Answering(self._settings, Verifier(secrets))
        self._handlers = {service: self._handlers_of(service, *of) for service, of in answers.items()}
        self._server: bare.Server | None = None
        self._port = 0

    def _handlers_of(self, service: str, api: type, answering: object) -> dict[str, bare.Handle]:
        methods = methods_of(api, service)
        lacking = [name for name in methods if not callable(getattr(answering, name, None))]
        if lacking:
            raise TypeError(f"{type(answering).__name__} does not answer {', '.join(lacking)} of {api.__name__}.")
        return {
            name: self._answering.handler(service, method, getattr(answering, name)) for name, method in methods.items()
        }

    @property
    def port(self) -> int:
        """The port that is listened on, once entered."""
        return self._port

    async def __aenter__(self) -> Self:
        """Begin to answer.

        Raises:
            OSError: the address is in use, or not ours.
        """
        server = bare.Server(self._settings)
        for service, handlers in self._handlers.items():
            server.add(service, handlers)
        self._port = await server.start(self._cluster.rpc_host, self._cluster.rpc_port, self._certificates)
        self._server = server
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave, finish, stop."""
        server, self._server = self._server, None
        if server is not None:
            await server.leave()
            await asyncio.sleep(self._settings.leave_s)
            await server.stop(self._settings.finish_s)
