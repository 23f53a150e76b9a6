"""What an operator does with a bucket to have a copy of it: by the versions that it keeps, or object by object."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from xml.etree import ElementTree

import httpx
import obstore

from tutti.kit.storage import StorageSettings
from tutti.kit.storage.bucket import Bucket

_ASKING = timedelta(minutes=5)
_XML = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_ENABLED = f'<VersioningConfiguration xmlns="{_XML[1:-1]}"><Status>Enabled</Status></VersioningConfiguration>'


def _ask(method: str, settings: StorageSettings, key: str, query: Mapping[str, str], content: str = "") -> bytes:
    url = Bucket(settings).presign(method, key, _ASKING, query=query)
    return httpx.request(method, url, content=content, timeout=60).raise_for_status().content


def keep_versions(settings: StorageSettings) -> None:
    """Let the bucket keep every version of every object from now on."""
    _ask("PUT", settings, "", {"versioning": ""}, _ENABLED)


def keys_of(settings: StorageSettings) -> set[str]:
    """Every object that can be seen now."""
    return {entry["path"] for page in obstore.list(Bucket(settings).open_store()) for entry in page}


def _newest_versions(settings: StorageSettings) -> Iterator[tuple[str, str]]:
    """Yield each key that there ever was with its newest version that is no mark of its deletion."""
    query, seen = {"versions": ""}, set[str]()
    while True:
        root = ElementTree.fromstring(_ask("GET", settings, "", query))
        for version in root.iter(f"{_XML}Version"):  # the newest of a key comes first
            key = version.findtext(f"{_XML}Key", "")
            if key not in seen:
                seen.add(key)
                yield key, version.findtext(f"{_XML}VersionId", "")
        if root.findtext(f"{_XML}IsTruncated") != "true":
            return
        query |= {
            "key-marker": root.findtext(f"{_XML}NextKeyMarker", ""),
            "version-id-marker": root.findtext(f"{_XML}NextVersionIdMarker", ""),
        }


def copy_versions(source: StorageSettings, target: StorageSettings) -> int:
    """Copy whatever there ever was; return how many objects that cannot be seen in ``source`` any more."""
    there, store, gone = keys_of(source), Bucket(target).open_store(), 0
    for key, version in _newest_versions(source):
        obstore.put(store, key, _ask("GET", source, key, {"versionId": version}))
        gone += key not in there
    return gone


def copy_new(source: StorageSettings, target: StorageSettings) -> None:
    """Copy what is missing in ``target``, and delete nothing in it, as `rclone copy` and `aws s3 sync` do."""
    taken, given = Bucket(source).open_store(), Bucket(target).open_store()
    for key in sorted(keys_of(source) - keys_of(target)):
        try:
            content = obstore.get(taken, key).bytes()
        except FileNotFoundError:
            continue  # deleted since it was listed
        obstore.put(given, key, content)
