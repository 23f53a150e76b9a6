"""Settings of storage."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from tutti.kit.settings import BadSetting

_SCHEME = "s3://"


class StorageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``storage``."""

    url: Annotated[str, Meta(description="s3://bucket, or empty for a folder beneath the data folder")] = ""
    endpoint: Annotated[str, Meta(description="Address of the S3 server; empty for that of AWS")] = ""
    public_endpoint: Annotated[
        str, Meta(description="Address at which browsers reach the S3 server, where it is another one")
    ] = ""
    region: Annotated[str, Meta(description="Region of the bucket")] = "us-east-1"
    virtual_hosts: Annotated[
        bool, Meta(description="Whether the bucket is the first part of the host name, not of the path")
    ] = False
    key_id: Annotated[str, Meta(description="Access key id for S3")] = ""
    secret_key: Annotated[str, Meta(description="Secret access key for S3")] = ""
    secret_key_file: Annotated[str, Meta(description="File that holds the secret access key, instead")] = ""
    min_free_bytes: Annotated[int, Meta(ge=0, description="Space in the local folder that uploads leave free")] = (
        1_000_000_000
    )
    receive_idle_s: Annotated[
        int, Meta(ge=1, le=3600, description="An upload to this server that sends nothing for so long is cut off")
    ] = 60
    timeout_s: Annotated[
        int, Meta(ge=1, le=3600, description="How long one request to the S3 server may take, its bytes included")
    ] = 60
    retry_s: Annotated[
        int, Meta(ge=0, le=600, description="How long a request that fails is tried again before it counts as failed")
    ] = 6
    presigned_s: Annotated[
        int, Meta(ge=1, le=604_800, description="How long an address to which bytes are sent is good")
    ] = 3600

    @property
    def is_local(self) -> bool:
        """Whether objects are files here."""
        return not self.url

    @property
    def bucket(self) -> str:
        """The bucket.

        Raises:
            BadSetting: the address names none.
        """
        bucket = self.url.removeprefix(_SCHEME).rstrip("/")
        if not self.url.startswith(_SCHEME) or not bucket or "/" in bucket:
            raise BadSetting(f"TUTTI_STORAGE_URL: {self.url!r} is not of the form s3://bucket")
        return bucket

    def read_secret_key(self) -> str:
        """Return the secret access key, from its file if it has one.

        Raises:
            BadSetting: the file cannot be read, or there is no key at all.
        """
        if not self.key_id or not (self.secret_key or self.secret_key_file):
            raise BadSetting("TUTTI_STORAGE_KEY_ID and TUTTI_STORAGE_SECRET_KEY: S3 needs both")
        if self.secret_key_file:
            try:
                return Path(self.secret_key_file).read_text("utf-8").strip()
            except OSError as error:
                raise BadSetting(f"TUTTI_STORAGE_SECRET_KEY_FILE: cannot be read: {error.strerror}") from error
        return self.secret_key
