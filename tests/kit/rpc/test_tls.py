"""Encrypted calls: both sides are certified by one authority, and by the name of the service."""

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit.rpc.running import QUICK, SECRET, calling
from kit.rpc.sample import Librarian, Shelves
from tutti.kit.cluster import ClusterSettings
from tutti.kit.rpc.errors import PeerAway
from tutti.kit.rpc.server import RpcServer
from tutti.kit.settings import BadSetting

DAY = datetime.timedelta(days=1)


class Authority:
    """Certifies keys, and writes them to files."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder / name
        self._folder.mkdir()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = self._certify(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))
        self.file = self._folder / "authority.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def settings(self, *services: str, ca: Path | None = None) -> ClusterSettings:
        """Settings of a process that is certified for ``services``."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, services[0])])
        names = x509.SubjectAlternativeName([x509.DNSName(service) for service in services])
        certificate = self._certify(name, key, names)
        paths = self._folder / f"{services[0]}.crt", self._folder / f"{services[0]}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return ClusterSettings(
            secrets=(SECRET,), rpc_port=0, tls_certificate=paths[0], tls_key=paths[1], tls_ca=ca or self.file
        )

    def _certify(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        present = datetime.datetime.now(datetime.UTC)
        building = x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number())
        building = building.not_valid_before(present - DAY).not_valid_after(present + DAY)
        return building.add_extension(extension, critical=False).sign(self._key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ours")


HASTY = type(QUICK)(connect_wait_s=1.0, leave_s=0.0)


async def ask(answering: ClusterSettings, caller: ClusterSettings, librarian: Librarian) -> None:
    async with (
        RpcServer(answering, {"shelves": (Shelves, librarian)}, QUICK) as server,
        calling(server.port, cluster=caller, settings=HASTY) as proxy,
    ):
        assert await proxy.find_shelf("x") is None


async def test_certified_processes_meet(authority: Authority, librarian: Librarian) -> None:
    await ask(authority.settings("shelves", "lamps"), authority.settings("playback"), librarian)


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
