"""Certificates of this process for calls between processes, read from the files that the settings name.

Renewed ones count without a restart: whoever asks for the `Certificates` now and then gets those that lie there now.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from tutti.kit.cluster import ClusterSettings
from tutti.kit.settings import BadSetting

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.rpc")


class Tls(NamedTuple):
    """PEM, as bytes. A certificate has to name (as DNS names) the services that its process answers for."""

    own_chain: bytes
    own_key: bytes
    authority: bytes | None
    """Whom both sides have to be certified by; None: callers show nothing, and trust the system's authorities."""


class Certificates:
    """The certificates of a process as they are now. Threads may share one: gRPC asks from its own."""

    def __init__(self, settings: ClusterSettings, look_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Read them; ``look_s``: how often, at most, the files are looked at again.

        Raises:
            BadSetting: they cannot be read, or do not belong together.
        """
        self._settings = settings
        self._look_s = look_s
        self._clock = clock
        self._looking = threading.Lock()
        self._files = self._describe_files()
        self._present = _read_tls(settings)
        self._looked_at = clock()

    def present(self) -> Tls:
        """Return them; the same object until they are renewed. Half of a renewal is waited out with the old ones."""
        with self._looking:
            if self._clock() - self._looked_at >= self._look_s:
                self._look()
                self._looked_at = self._clock()
            return self._present

    def _look(self) -> None:
        files = self._describe_files()
        if files == self._files:
            return
        self._files = files
        try:
            found = _read_tls(self._settings)
        except BadSetting as error:
            log.warning("certificates were changed and cannot be used; the old ones go on", reason=str(error))
            return
        if found != self._present:
            self._present = found
            log.info("certificates were renewed")

    def _describe_files(self) -> tuple[object, ...]:
        settings = self._settings
        paths = (settings.tls_certificate, settings.tls_key, settings.tls_ca)
        return tuple(_describe(path) for path in paths if path is not None)


def read_certificates(settings: ClusterSettings, look_s: float) -> Certificates | None:
    """Return the certificates, or None where calls are not encrypted.

    Raises:
        BadSetting: one setting lacks the other, a file cannot be read, or they do not belong together.
    """
    if settings.tls_certificate is None and settings.tls_key is None and settings.tls_ca is None:
        return None
    return Certificates(settings, look_s)


def _read_tls(settings: ClusterSettings) -> Tls:
    if settings.tls_certificate is None or settings.tls_key is None:
        raise BadSetting("TUTTI_CLUSTER_TLS_CERTIFICATE and TUTTI_CLUSTER_TLS_KEY are needed together.")
    tls = Tls(
        _read("TUTTI_CLUSTER_TLS_CERTIFICATE", settings.tls_certificate),
        _read("TUTTI_CLUSTER_TLS_KEY", settings.tls_key),
        None if settings.tls_ca is None else _read("TUTTI_CLUSTER_TLS_CA", settings.tls_ca),
    )
    try:
        certified = load_pem_x509_certificate(tls.own_chain).public_key()
        own = load_pem_private_key(tls.own_key, password=None).public_key()
        if tls.authority is not None:
            load_pem_x509_certificate(tls.authority)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadSetting(f"TUTTI_CLUSTER_TLS_…: a certificate or the key cannot be read as PEM: {error}") from error
    if _as_bytes(certified) != _as_bytes(own):
        raise BadSetting("TUTTI_CLUSTER_TLS_KEY is not the key of TUTTI_CLUSTER_TLS_CERTIFICATE.")
    return tls


def _as_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _describe(path: Path) -> tuple[int, int, int] | None:
    """Return what is another where a file was written or replaced; None if it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _read(variable: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSetting(f"{variable}: cannot read {path}: {error.strerror}") from error
