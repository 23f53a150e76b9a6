"""The web app and the document from nginx's own hands; HTTPS, HTTP/2, and the way there from HTTP."""

import gzip
import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.nginx import Gateway, NamedService, named_services, running_gateway
from support.ports import free_port
from tutti.kit.web import API
from tutti.kit.web.outer import security_headers
from tutti.main import SERVICES

SCRIPT = b"console.log('tutti')\n" * 200
PAGE = "<!doctype html><title>Tutti · é</title>" + " " * 2000
MODULES = Path("/usr/lib/nginx/modules")
PROTECTION = [name.decode() for name, _ in security_headers(None)]


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, NamedService]]:
    with named_services(list(SERVICES)) as named:
        yield named


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("my web") / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (folder / "assets" / "packed-abc.js").write_bytes(SCRIPT)
    (folder / "assets" / "packed-abc.js.gz").write_bytes(gzip.compress(SCRIPT, mtime=0))
    (folder / "favicon.svg").write_text("<svg/>")
    (folder.parent / "secret").write_text("secret")
    (folder.parent / "openapi.json").write_text('{"openapi": "3.1.0"}')
    return folder


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, services: dict[str, NamedService], web: Path
) -> Iterator[Gateway]:
    upstream = tuple(service.upstream for service in services.values())
    document = web.parent / "openapi.json"
    with running_gateway(
        tmp_path_factory.mktemp("gateway"), upstream=upstream, web_root=web, openapi=document
    ) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/albums", "/albums/01a1?sort=title", "/settings/libraries", "/index.html"])
def test_every_page_is_the_app_and_asked_for_again(gateway: Gateway, path: str) -> None:
    with gateway.client() as client:
        answer = client.get(path)
        assert (answer.status_code, answer.text) == (200, PAGE)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers.get_list("cache-control") == ["no-cache"]
        assert [len(answer.headers.get_list(name)) for name in PROTECTION] == [1] * len(PROTECTION)
        again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


def test_scripts_are_kept_for_good_and_sent_packed(gateway: Gateway) -> None:
    with gateway.client() as client:
        for name in ("index", "packed"):
            answer = client.get(f"/assets/{name}-abc.js", headers={"Accept-Encoding": "gzip"})
            assert answer.headers["content-encoding"] == "gzip"
            assert answer.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
            assert answer.headers["content-type"].startswith("text/javascript")
            assert answer.content == SCRIPT
            assert [len(answer.headers.get_list(each)) for each in PROTECTION] == [1] * len(PROTECTION)


def test_a_script_of_another_version_is_not_the_page(gateway: Gateway) -> None:
    with gateway.client() as client:
        answer = client.get("/assets/index-old.js")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert answer.headers["content-type"] == "application/json"
    assert "immutable" not in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "/assets/../../secret", "/assets/..%2f..%2fsecret"])
def test_nothing_outside_is_reached(gateway: Gateway, path: str) -> None:
    status, _, body = gateway.ask_raw(path)
    assert status in {200, 400, 404}
    assert body != b"secret"


def test_the_whole_document_is_there(gateway: Gateway, services: dict[str, NamedService]) -> None:
    with gateway.client() as client:
        answer = client.get(f"{API}/openapi.json")
    assert (answer.json(), answer.headers["content-type"]) == ({"openapi": "3.1.0"}, "application/json")
    assert not any(f"{API}/openapi.json" == asked["path"] for each in services.values() for asked in each.asked)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, services: dict[str, NamedService]) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("secured")
    key, certificate = make_certificate(folder)
    options = {"tls_certificate": certificate, "tls_key": key, "server_name": "tutti.test"}
    upstream = tuple(service.upstream for service in services.values())
    plain = f"127.0.0.1:{free_port()}"
    with running_gateway(folder, upstream=upstream, listen_plain=plain, **options) as running:
        (folder / "plain").write_text(f"http://{plain}")
        yield running


def make_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tutti.test")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("tutti.test"), x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, plain, serialization.NoEncryption()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    return folder / "key.pem", folder / "certificate.pem"


def test_https_says_so_to_services_and_browsers(secured: Gateway) -> None:
    with secured.client(verify=False) as client:
        answer = client.get(f"{API}/albums")
        assert answer.json()["headers"]["x-forwarded-proto"] == "https"
        assert answer.headers.get_list("strict-transport-security") == ["max-age=31536000"]
        assert client.get("/nothing/../health/live").headers["strict-transport-security"]


def test_http_is_sent_to_https_by_the_name_of_the_site(secured: Gateway) -> None:
    plain = (secured.folder / "plain").read_text()
    port = secured.url.rpartition(":")[2]
    answer = httpx.post(f"{plain}{API}/albums?a=b%20c", headers={"Host": "evil.example"}, timeout=30)
    assert answer.status_code == 308, "which keeps the method"
    assert answer.headers["location"] == f"https://tutti.test:{port}{API}/albums?a=b%20c"
    assert "strict-transport-security" not in answer.headers, "over HTTP it would not count (RFC 6797)"


def test_http_on_the_port_of_https_is_sent_there_too(secured: Gateway) -> None:
    address = secured.url.replace("https", "http")
    assert httpx.get(f"{address}/albums", timeout=30).headers["location"] == f"{secured.url}/albums"


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_http_2_is_spoken(secured: Gateway) -> None:
    command = ["curl", "-sk", "--http2", "-w", "\n%{http_version}", f"{secured.url}{API}/albums?x=1"]
    said, _, version = subprocess.run(command, check=True, capture_output=True, text=True).stdout.rpartition("\n")
    assert version == "2"
    heard = json.loads(said)
    assert heard["headers"]["host"] == secured.url.removeprefix("https://")
    assert heard["path"] == f"{API}/albums?x=1"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_what_is_broken_is_not_spoken(secured: Gateway, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = version
    with pytest.raises(httpx.ConnectError), httpx.Client(verify=context, timeout=30) as client:
        client.get(secured.url)


@pytest.mark.skipif(not (MODULES / "ngx_http_brotli_filter_module.so").exists(), reason="no brotli for nginx here")
def test_brotli_is_used_where_it_is_there(tmp_path: Path, services: dict[str, NamedService], web: Path) -> None:
    upstream = tuple(service.upstream for service in services.values())
    with (
        running_gateway(tmp_path, upstream=upstream, web_root=web, brotli=MODULES) as gateway,
        gateway.client(headers={"Accept-Encoding": "br"}) as client,
        client.stream("GET", "/assets/index-abc.js") as answer,
    ):
        assert answer.headers["content-encoding"] == "br"
        assert len(b"".join(answer.iter_raw())) < len(SCRIPT)
