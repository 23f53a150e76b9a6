"""Certificates of a test's own, by an authority of its own."""

import datetime
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)


class Authority:
    """Certifies keys; its own certificate is in ``file``."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = self._certify(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))
        self.file = self.folder / "authority.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def make(self, *hosts: str) -> tuple[bytes, bytes, bytes]:
        """Make a key for hosts (names or addresses); return its certificate, itself and the authority's certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        certificate = self._certify(name, key, x509.SubjectAlternativeName(_named(hosts)))
        own = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM), own, self.file.read_bytes()

    def _certify(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        present = datetime.datetime.now(datetime.UTC)
        building = x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number())
        building = building.not_valid_before(present - _DAY).not_valid_after(present + _DAY)
        return building.add_extension(extension, critical=False).sign(self._key, hashes.SHA256())


def _named(hosts: Sequence[str]) -> list[x509.GeneralName]:
    return [
        x509.IPAddress(ip_address(host)) if host.replace(".", "").isdigit() else x509.DNSName(host) for host in hosts
    ]
