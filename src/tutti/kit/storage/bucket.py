"""A bucket of an S3 server, and signed addresses into it."""

from collections.abc import Mapping
from datetime import timedelta

from obstore.store import S3Store

from tutti.kit.clock import now
from tutti.kit.storage.settings import StorageSettings
from tutti.kit.storage.sigv4 import Credentials, presign

_CONNECT = timedelta(seconds=5)
_RETRIES = 20
_FIRST_PAUSE = timedelta(milliseconds=100)
_LONGEST_PAUSE = timedelta(seconds=2)


class Bucket:
    """Where objects are, seen from here and from browsers."""

    def __init__(self, settings: StorageSettings) -> None:
        """Raises `BadSetting` where something is missing."""
        self._settings = settings
        self._name = settings.bucket
        self._credentials = Credentials(settings.key_id, settings.read_secret_key(), settings.region)
        self._endpoint = settings.endpoint or f"https://s3.{settings.region}.amazonaws.com"

    @property
    def public_origin(self) -> str:
        """Scheme, host and port at which browsers reach the objects."""
        scheme, _, rest = self._base(self._public_endpoint).partition("://")
        return f"{scheme}://{rest.partition('/')[0]}"

    def open_store(self) -> S3Store:
        """Return the bucket as obstore sees it; nothing is asked of the server yet."""
        return S3Store(
            self._name,
            endpoint=self._base(self._endpoint) if self._settings.virtual_hosts else self._endpoint,
            region=self._credentials.region,
            access_key_id=self._credentials.key_id,
            secret_access_key=self._credentials.secret_key,
            virtual_hosted_style_request=self._settings.virtual_hosts,
            client_options={
                "allow_http": self._endpoint.startswith("http://"),
                "connect_timeout": _CONNECT,
                "timeout": timedelta(seconds=self._settings.timeout_s),
            },
            # Whoever listens waits; who can wait longer (jobs, sweeps) tries again by itself.
            retry_config={
                "max_retries": _RETRIES if self._settings.retry_s else 0,
                "retry_timeout": timedelta(seconds=self._settings.retry_s),
                "backoff": {"init_backoff": _FIRST_PAUSE, "max_backoff": _LONGEST_PAUSE, "base": 2},
            },
        )

    def presign(
        self,
        method: str,
        key: str,
        lifetime: timedelta,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        public: bool = True,
    ) -> str:
        """Return an address good for one request; ``public`` for browsers, else for ourselves.

        ``key`` is empty for requests on the bucket itself.
        """
        endpoint = self._public_endpoint if public else self._endpoint
        url = f"{self._base(endpoint)}/{key}"
        seconds = int(lifetime.total_seconds())
        return presign(self._credentials, method, url, at=now(), lifetime_s=seconds, query=query, headers=headers)

    @property
    def _public_endpoint(self) -> str:
        return self._settings.public_endpoint or self._endpoint

    def _base(self, endpoint: str) -> str:
        scheme, _, host = endpoint.rstrip("/").partition("://")
        return f"{scheme}://{self._name}.{host}" if self._settings.virtual_hosts else f"{scheme}://{host}/{self._name}"
