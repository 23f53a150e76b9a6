"""Encrypted calls: both sides are certified by one authority, and by the name of the service."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from kit.rpc.copies import reserved_port
from kit.rpc.running import QUICK, SECRET, calling
from kit.rpc.sample import Librarian, Shelves
from support import certificates
from tutti.kit.cluster import ClusterSettings
from tutti.kit.rpc.errors import PeerAway
from tutti.kit.rpc.server import RpcServer
from tutti.kit.rpc.settings import RpcSettings
from tutti.kit.rpc.tls import Certificates
from tutti.kit.settings import BadSetting


class Authority(certificates.Authority):
    """Certifies processes, in the files that their settings name."""

    def settings(self, *services: str, ca: Path | None = None) -> ClusterSettings:
        """Settings of a process that is certified for ``services``."""
        certificate, key = self.folder / f"{services[0]}.crt", self.folder / f"{services[0]}.key"
        authority = self.folder / f"{services[0]}.ca"
        settings = ClusterSettings(
            secrets=(SECRET,), rpc_port=0, tls_certificate=certificate, tls_key=key, tls_ca=authority
        )
        self.certify(settings, *services)
        return settings if ca is None else msgspec.structs.replace(settings, tls_ca=ca)

    def certify(self, settings: ClusterSettings, *services: str) -> None:
        """Certify a new key, in the files of ``settings``, and let them name this authority."""
        for path, content in zip(paths_of(settings), self.make(*services), strict=True):
            path.write_bytes(content)


def paths_of(settings: ClusterSettings) -> tuple[Path, Path, Path]:
    assert settings.tls_certificate is not None
    assert settings.tls_key is not None
    assert settings.tls_ca is not None
    return settings.tls_certificate, settings.tls_key, settings.tls_ca


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ours")


HASTY = msgspec.structs.replace(QUICK, connect_wait_s=1.0)


async def ask(
    answering: ClusterSettings, caller: ClusterSettings, librarian: Librarian, settings: RpcSettings = HASTY
) -> None:
    async with (
        RpcServer(answering, {"shelves": (Shelves, librarian)}, QUICK) as server,
        calling(server.port, cluster=caller, settings=settings) as proxy,
    ):
        assert await proxy.find_shelf("x") is None


async def test_certified_processes_meet(authority: Authority, librarian: Librarian) -> None:
    await ask(authority.settings("shelves", "lamps"), authority.settings("playback"), librarian, QUICK)


@pytest.mark.parametrize("wrong", ["name", "caller", "peer", "plain caller", "plain peer"])
async def test_others_do_not_meet(authority: Authority, tmp_path: Path, librarian: Librarian, wrong: str) -> None:
    other = Authority(tmp_path, "other")
    plain = ClusterSettings(secrets=(SECRET,), rpc_port=0)
    pairs = {
        "name": (authority.settings("lamps"), authority.settings("playback")),
        "caller": (authority.settings("shelves"), other.settings("playback", ca=authority.file)),
        "peer": (other.settings("shelves", ca=authority.file), authority.settings("playback")),
        "plain caller": (authority.settings("shelves"), plain),
        "plain peer": (plain, authority.settings("playback")),
    }
    with pytest.raises(PeerAway):
        await ask(*pairs[wrong], librarian)
    assert librarian.calls == 0


def test_half_of_a_setting_is_refused(authority: Authority, tmp_path: Path) -> None:
    whole = authority.settings("shelves")
    for changes in (
        {"tls_key": None},
        {"tls_certificate": None},
        {"tls_certificate": None, "tls_key": None},
        {"tls_ca": tmp_path / "missing.pem"},
    ):
        fields = {"secrets": whole.secrets, "tls_certificate": whole.tls_certificate, "tls_key": whole.tls_key}
        broken = ClusterSettings(**(fields | {"tls_ca": whole.tls_ca} | changes))  # type: ignore[arg-type]
        with pytest.raises(BadSetting, match="TUTTI_CLUSTER_TLS"):
            RpcServer(broken, {"shelves": (Shelves, Librarian())})


WATCHING = msgspec.structs.replace(QUICK, certificates_s=0.0)
"""Looks at the files whenever certificates are needed."""


def answering(cluster: ClusterSettings, librarian: Librarian) -> RpcServer:
    return RpcServer(cluster, {"shelves": (Shelves, librarian)}, WATCHING)


async def test_a_renewed_certificate_is_shown_to_the_next_caller(
    authority: Authority, tmp_path: Path, librarian: Librarian
) -> None:
    """By another authority, so that a server that went on with what it had would be refused, and would refuse."""
    shelves, playback = authority.settings("shelves"), authority.settings("playback")
    next_authority = Authority(tmp_path, "next")
    async with answering(shelves, librarian) as server:
        async with calling(server.port, cluster=playback, settings=QUICK) as before:
            assert await before.find_shelf("x") is None
            next_authority.certify(shelves, "shelves")
            next_caller = next_authority.settings("playback")
            async with calling(server.port, cluster=next_caller, settings=QUICK) as after:
                assert await after.find_shelf("x") is None
            assert await before.find_shelf("x") is None, "who was connected goes on"
        async with calling(server.port, cluster=playback, settings=HASTY) as late:
            with pytest.raises(PeerAway):
                await late.find_shelf("x")


async def test_a_caller_shows_its_renewed_certificate_and_loses_no_call(
    authority: Authority, tmp_path: Path, librarian: Librarian
) -> None:
    playback, next_authority = authority.settings("playback"), Authority(tmp_path, "next")
    with reserved_port() as port:
        before, after = [
            msgspec.structs.replace(each.settings("shelves"), rpc_port=port) for each in (authority, next_authority)
        ]
        async with calling(port, cluster=playback, settings=WATCHING) as proxy:
            async with answering(before, librarian):
                waiting = asyncio.create_task(proxy.wait())
                await librarian.waiting.wait()
                authority.certify(playback, "playback")
                assert await proxy.find_shelf("x") is None
                librarian.go_on.set()
                await waiting
            next_authority.certify(playback, "playback")
            async with answering(after, librarian):
                assert await proxy.find_shelf("x") is None


def test_half_of_a_renewal_is_waited_out(authority: Authority) -> None:
    settings = authority.settings("shelves")
    certificates = Certificates(settings, 0.0)
    before = certificates.present()
    paths, renewed = paths_of(settings), authority.make("shelves")
    paths[0].write_bytes(renewed[0])
    assert certificates.present() is before, "its key has not come yet"
    paths[1].unlink()
    assert certificates.present() is before
    paths[1].write_bytes(renewed[1][:40])
    assert certificates.present() is before
    paths[1].write_bytes(renewed[1])
    assert certificates.present() == renewed
    assert certificates.present() is certificates.present()


def test_files_are_looked_at_now_and_then(authority: Authority) -> None:
    settings, present = authority.settings("shelves"), 0.0
    certificates = Certificates(settings, 10.0, lambda: present)
    before = certificates.present()
    authority.certify(settings, "shelves", "lamps")  # of another length, since clocks of file systems are coarse
    present = 9.9
    assert certificates.present() is before
    present = 10.0
    assert certificates.present() != before


def test_a_key_of_another_certificate_is_refused(authority: Authority) -> None:
    settings = msgspec.structs.replace(authority.settings("shelves"), tls_key=authority.settings("lamps").tls_key)
    with pytest.raises(BadSetting, match="TUTTI_CLUSTER_TLS_KEY is not the key"):
        RpcServer(settings, {"shelves": (Shelves, Librarian())})
