"""Signature Version 4 as AWS describes it."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from tutti.kit.storage.sigv4 import MAX_LIFETIME_S, Credentials, presign

# The example of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
EXAMPLE = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
AT = datetime(2013, 5, 24, tzinfo=UTC)
URL = "https://examplebucket.s3.amazonaws.com/test.txt"


def test_the_example_of_aws_has_its_signature() -> None:
    url = presign(EXAMPLE, "GET", URL, at=AT, lifetime_s=86_400)
    assert url == (
        f"{URL}?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


def test_headers_and_parameters_are_signed_in_order_and_escaped() -> None:
    url = presign(
        EXAMPLE,
        "PUT",
        URL,
        at=AT,
        lifetime_s=60,
        query={"uploadId": "a/b+c d", "partNumber": "1"},
        headers={"Content-Type": " audio/flac ", "content-length": "5"},
    )
    names = [pair.partition("=")[0] for pair in urlsplit(url).query.split("&")]
    assert names[:-1] == sorted(names[:-1])
    assert "uploadId=a%2Fb%2Bc%20d" in url
    assert parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    trimmed = presign(
        EXAMPLE,
        "PUT",
        URL,
        at=AT,
        lifetime_s=60,
        query={"partNumber": "1", "uploadId": "a/b+c d"},
        headers={"content-length": "5", "CONTENT-TYPE": "audio/flac"},
    )
    assert trimmed == url


def test_no_address_is_good_for_longer_than_aws_allows() -> None:
    url = presign(EXAMPLE, "GET", URL, at=AT, lifetime_s=10**9)
    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == [str(MAX_LIFETIME_S)]


def test_nobody_reads_the_secret_in_a_log() -> None:
    assert EXAMPLE.secret_key not in repr(EXAMPLE)
    assert EXAMPLE.secret_key not in presign(EXAMPLE, "GET", URL, at=AT, lifetime_s=60)
