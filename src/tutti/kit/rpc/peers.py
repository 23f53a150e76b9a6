"""The asking side: what stands in this process for services that other processes answer."""

from collections.abc import Callable
from typing import TypeVar, cast

from tutti.kit.cluster import ClusterSettings, read_secrets
from tutti.kit.rpc.asking import Peer
from tutti.kit.rpc.bare import target_of
from tutti.kit.rpc.link import Link
from tutti.kit.rpc.methods import methods_of
from tutti.kit.rpc.settings import RpcSettings
from tutti.kit.rpc.tls import read_certificates
from tutti.kit.rpc.tokens import Signer
from tutti.kit.settings import BadSetting

T = TypeVar("T")


class Peers:
    """The other services of the installation; connects with the first call, or the first look at its health."""

    def __init__(
        self,
        settings: ClusterSettings,
        addresses: Callable[[str], tuple[str, ...]],
        caller: str,
        rpc: RpcSettings | None = None,
    ) -> None:
        """``addresses`` says where a service is answered; ``caller`` is what this process is called in their logs.

        Raises:
            BadSetting: no secret is set, or certificates cannot be read.
        """
        secrets = read_secrets(settings)
        if not secrets:
            raise BadSetting("TUTTI_CLUSTER_SECRETS is needed where other processes are asked.")
        self._settings = rpc or RpcSettings()
        self._addresses = addresses
        self._signer = Signer(secrets, caller)
        self._certificates = read_certificates(settings, self._settings.certificates_s)
        self._peers: dict[str, Peer] = {}

    def proxy(self, api: type[T], service: str) -> T:
        """Return what answers the calls of ``api`` by asking ``service``.

        Its methods raise what those of ``api`` do, and the errors of `tutti.kit.rpc.errors`.

        Raises:
            BadSetting: the addresses cannot be used together.
            TypeError: ``api`` has a method that cannot be asked over a network.
        """
        peer = self._peer(service)
        proxy = type(f"{api.__name__}Proxy", (), {"__slots__": tuple(methods := methods_of(api, service))})()
        for name, method in methods.items():
            setattr(proxy, name, peer.method(method))
        return cast(T, proxy)

    async def find_problem(self) -> str | None:
        """Say which of the services cannot be asked at present, or None; for the health check."""
        problems = [problem for peer in self._peers.values() if (problem := peer.find_problem())]
        return "; ".join(problems) or None

    async def close(self) -> None:
        """Close every connection; calls under way are cancelled."""
        for peer in self._peers.values():
            await peer.link.close()

    def _peer(self, service: str) -> Peer:
        if service not in self._peers:
            try:
                target = target_of(self._addresses(service))
            except ValueError as error:
                raise BadSetting(f"TUTTI_PEERS, {service}: {error}.") from error
            link = Link(target, service, self._settings, self._certificates)
            self._peers[service] = Peer(service, link, self._signer, self._settings)
        return self._peers[service]
