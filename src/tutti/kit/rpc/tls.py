"""Certificates of this process for calls between processes, read from the files that the settings name."""

from pathlib import Path
from typing import NamedTuple

from tutti.kit.cluster import ClusterSettings
from tutti.kit.settings import BadSetting


class Tls(NamedTuple):
    """PEM, as bytes. A certificate has to name (as DNS names) the services that its process answers for."""

    own_chain: bytes
    own_key: bytes
    authority: bytes | None
    """Whom both sides have to be certified by; None: callers show nothing, and trust the system's authorities."""


def read_tls(settings: ClusterSettings) -> Tls | None:
    """Return the certificates, or None where calls are not encrypted.

    Raises:
        BadSetting: one setting lacks the other, or a file cannot be read.
    """
    if settings.tls_certificate is None and settings.tls_key is None and settings.tls_ca is None:
        return None
    if settings.tls_certificate is None or settings.tls_key is None:
        raise BadSetting("TUTTI_CLUSTER_TLS_CERTIFICATE and TUTTI_CLUSTER_TLS_KEY are needed together.")
    return Tls(
        _read("TUTTI_CLUSTER_TLS_CERTIFICATE", settings.tls_certificate),
        _read("TUTTI_CLUSTER_TLS_KEY", settings.tls_key),
        None if settings.tls_ca is None else _read("TUTTI_CLUSTER_TLS_CA", settings.tls_ca),
    )


def _read(variable: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSetting(f"{variable}: cannot read {path}: {error.strerror}") from error
