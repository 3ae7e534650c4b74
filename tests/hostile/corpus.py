"""Requests that two programs may read differently, each with the one way in which Holt reads it.

`want`: the statuses answered, in order. A refusal (400 and its like) ends the connection: what follows cannot be told
from garbage. Whatever is answered with 200 in the second place of a pair was really meant as a second request. Where
something is smuggled, it is a request for /smuggled, which nobody may ever see.
"""

from __future__ import annotations

from dataclasses import dataclass

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
YAML = b'{"content":"---\\n---","repoType":"model"}'
TARGET = b"/api/validate-yaml"
REFUSED = (400,)


@dataclass(frozen=True)
class Case:
    name: str
    raw: bytes
    want: tuple[int, ...] = REFUSED
    open_after: bool = False  # the connection goes on


def post(*fields: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    return b"\r\n".join([b"POST " + TARGET + b" " + version, b"Host: h", b"Content-Type: application/json", *fields]) + b"\r\n\r\n" + body


def get(*fields: bytes, target: bytes = b"/api/version", version: bytes = b"HTTP/1.1", host: bytes | None = b"h") -> bytes:
    named = [] if host is None else [b"Host: " + host]
    return b"\r\n".join([b"GET " + target + b" " + version, *named, *fields]) + b"\r\n\r\n"


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


LENGTH = b"Content-Length: %d" % len(YAML)
CHUNKED = b"Transfer-Encoding: chunked"
END = b"0\r\n\r\n"
WHOLE = chunk(YAML) + END

# Which bytes are the body: two lengths, two codings, a length and a coding.
FRAMING = [
    Case("length-and-chunked", post(b"Content-Length: %d" % len(END), CHUNKED, body=END + SMUGGLED)),
    Case("chunked-and-length", post(CHUNKED, b"Content-Length: %d" % (len(END) + len(SMUGGLED)), body=END + SMUGGLED)),
    Case("chunked-and-length-0", post(CHUNKED, b"Content-Length: 0", body=chunk(SMUGGLED) + END)),
    Case("two-lengths", post(LENGTH, b"Content-Length: 0", body=YAML + SMUGGLED)),
    Case("two-equal-lengths", post(LENGTH, LENGTH, body=YAML + SMUGGLED)),
    Case("two-lengths-by-case", post(LENGTH, b"content-length: 0", body=YAML + SMUGGLED)),
    Case("length-list", post(b"Content-Length: 0, %d" % len(YAML), body=YAML + SMUGGLED)),
    *[Case(f"length {value!r}", post(b"Content-Length: " + value, body=YAML + SMUGGLED)) for value in
      (b"+40", b"-40", b"-0", b"0x28", b"4 0", b"40;", b"40.0", b"1e1", b"", b"\xd9\xa4\xd9\xa0", b"99999999999999999999",
       b"18446744073709551616", b"\x0b40", b"40\x0c", b"\xa040", b"'40'", b"forty")],
    Case("length-of-2^64-1", post(b"Content-Length: 18446744073709551615", body=YAML + SMUGGLED), (413,)),
    Case("length-of-2^63", post(b"Content-Length: 9223372036854775808", body=YAML + SMUGGLED), (413,)),
    Case("length-with-zeros", post(b"Content-Length: 000%d" % len(YAML), body=YAML), (200,), open_after=True),
    Case("length-between-blanks", post(b"Content-Length: \t %d \t" % len(YAML), body=YAML), (200,), open_after=True),
    *[Case(f"coding {value!r}", post(b"Transfer-Encoding: " + value, body=WHOLE + SMUGGLED)) for value in
      (b"xchunked", b"chunkedx", b"chunked, identity", b"identity, chunked", b"identity", b"gzip, chunked", b"chunked, gzip",
       b"chunked, chunked", b"chunked;q=1", b'"chunked"', b"chunked,", b",chunked", b"\x0bchunked", b"chunked\x0b", b"chunk", b"",
       b"\xa0chunked", b"chunked\x00", b"chun\x00ked", b"chu\xc5\x8bked")],
    Case("coding-twice", post(CHUNKED, CHUNKED, body=WHOLE + SMUGGLED)),
    Case("coding-twice-second-unknown", post(CHUNKED, b"Transfer-Encoding: x", body=WHOLE + SMUGGLED)),
    Case("coding-of-1.0", post(CHUNKED, body=WHOLE + SMUGGLED, version=b"HTTP/1.0")),
    Case("coding-and-keep-alive-of-1.0", post(CHUNKED, b"Connection: keep-alive", body=WHOLE + SMUGGLED, version=b"HTTP/1.0")),
    Case("coding-by-another-case", post(b"TrAnSfEr-EnCoDiNg: CHUNKED", body=WHOLE), (200,), open_after=True),
    Case("coding-between-blanks", post(b"Transfer-Encoding: \t chunked \t", body=WHOLE), (200,), open_after=True),
    Case("coding-with-underscore", post(b"Transfer_Encoding: chunked", LENGTH, body=YAML), (200,), open_after=True),
    Case("length-named-by-connection", post(b"Connection: content-length", LENGTH, body=YAML), (200,), open_after=True),
    Case("body-of-get", get(b"Content-Length: %d" % len(SMUGGLED)) + SMUGGLED, (413,), open_after=True),
    Case("body-of-get-then-another", get(b"Content-Length: %d" % len(SMUGGLED)) + SMUGGLED + get(), (413, 200), open_after=True),
    Case("chunked-body-of-get", get(CHUNKED) + chunk(SMUGGLED) + END, (413,)),
]

# Lines of the head and their ends.
LINES = [
    Case("blank-before-colon-of-length", post(b"Content-Length : %d" % len(YAML), body=YAML + SMUGGLED)),
    Case("tab-before-colon-of-coding", post(b"Transfer-Encoding\t: chunked", body=WHOLE + SMUGGLED)),
    Case("blank-before-colon-beside-length", post(b"Transfer-Encoding : chunked", LENGTH, body=YAML + SMUGGLED)),
    Case("first-field-is-indented", b"GET /api/version HTTP/1.1\r\n Host: h\r\n\r\n" + SMUGGLED),
    Case("folded", get(b"X: a\r\n b") + SMUGGLED),
    Case("folded-by-tab", get(b"X: a\r\n\tb") + SMUGGLED),
    Case("folded-coding", post(b"Transfer-Encoding:\r\n chunked", LENGTH, body=YAML + SMUGGLED)),
    Case("folded-length", post(b"Content-Length: 0\r\n %d" % len(YAML), body=YAML + SMUGGLED)),
    Case("folded-name", post(b"X: y\r\n Transfer-Encoding: chunked", LENGTH, body=YAML + SMUGGLED)),
    Case("line-feed-alone-ends-a-field", post(b"X: y\nTransfer-Encoding: chunked", LENGTH, body=YAML + SMUGGLED)),
    Case("line-feeds-alone", b"GET /api/version HTTP/1.1\nHost: h\n\n" + SMUGGLED),
    Case("line-feed-ends-the-request-line", b"GET /api/version HTTP/1.1\nHost: h\r\n\r\n" + SMUGGLED),
    Case("line-feed-ends-the-head", b"GET /api/version HTTP/1.1\r\nHost: h\r\n\n" + SMUGGLED),
    Case("line-feed-before-the-request", b"\n" + get() + SMUGGLED),
    Case("carriage-return-in-value", get(b"X: a\rContent-Length: 36") + SMUGGLED),
    Case("carriage-return-ends-a-field", post(b"X: a\rTransfer-Encoding: chunked", LENGTH, body=YAML + SMUGGLED)),
    Case("carriage-returns-before-the-end", get(b"X: a\r") + SMUGGLED),
    Case("carriage-return-in-name", get(b"X\rY: a") + SMUGGLED),
    *[Case(f"byte {byte:#04x} in a value", get(b"X: a" + bytes([byte]) + b"b") + SMUGGLED) for byte in (0x00, 0x01, 0x08, 0x0b, 0x1b, 0x7f)],
    *[Case(f"byte {byte:#04x} in a name", get(b"X" + bytes([byte]) + b"Y: a") + SMUGGLED) for byte in (0x00, 0x01, 0x20, 0x22, 0x28, 0x2f, 0x7f, 0x80, 0xff)],
    Case("field-without-colon", get(b"Transfer-Encoding") + SMUGGLED),
    Case("field-without-name", get(b": chunked") + SMUGGLED),
    Case("empty-lines-before", b"\r\n\r\n" + get(), (200,), open_after=True),
]

CHUNKS = [
    Case("chunk-extension", post(CHUNKED, body=b"%x;a=b\r\n%s\r\n0;last\r\n\r\n" % (len(YAML), YAML)), (200,), open_after=True),
    Case("chunk-extension-quoted", post(CHUNKED, body=b'%x;a="b;c"\r\n%s\r\n0\r\n\r\n' % (len(YAML), YAML)), (200,), open_after=True),
    Case("chunk-extension-with-line-feed", post(CHUNKED, body=b"%x;a\n%s\r\n0\r\n\r\n" % (len(YAML), YAML) + SMUGGLED)),
    Case("chunk-extension-with-carriage-return", post(CHUNKED, body=b"%x;a\rb\r\n%s\r\n0\r\n\r\n" % (len(YAML), YAML) + SMUGGLED)),
    Case("chunk-line-ends-by-line-feed", post(CHUNKED, body=b"%x\n%s\r\n0\r\n\r\n" % (len(YAML), YAML) + SMUGGLED)),
    Case("chunk-data-ends-by-line-feed", post(CHUNKED, body=b"%x\r\n%s\n0\r\n\r\n" % (len(YAML), YAML) + SMUGGLED)),
    Case("chunk-data-ends-by-nothing", post(CHUNKED, body=b"%x\r\n%s0\r\n\r\n" % (len(YAML), YAML) + SMUGGLED)),
    Case("chunk-data-ends-by-two-bytes", post(CHUNKED, body=b"%x\r\n%sXX0\r\n\r\n" % (len(YAML), YAML) + SMUGGLED)),
    *[Case(f"chunk size {size!r}", post(CHUNKED, body=size + b"\r\n" + YAML + b"\r\n" + END + SMUGGLED)) for size in
      (b"0x28", b"+28", b"-28", b" 28", b"28 ", b"28\t", b"2 8", b"", b"g", b";a", b"\x0028", b"28\x00")],
    *[Case(f"chunk size {size!r}", post(CHUNKED, body=size + b"\r\n" + YAML + b"\r\n" + END + SMUGGLED)) for size in
      (b"10000000000000028", b"100000000000000000000000000000028", b"fffffffffffffffff")],
    Case("chunk-size-of-2^64-1", post(CHUNKED, body=b"ffffffffffffffff\r\n" + b"x" * (9 << 20)), (413,)),
    Case("chunk-size-with-zeros", post(CHUNKED, body=b"000%x\r\n%s\r\n000\r\n\r\n" % (len(YAML), YAML)), (200,), open_after=True),
    Case("last-chunk-with-bytes", post(CHUNKED, body=chunk(YAML) + b"0\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")),
    Case("trailers", post(CHUNKED, b"Trailer: X", body=chunk(YAML) + b"0\r\nX: y\r\n\r\n"), (200,), open_after=True),
    Case("trailers-of-framing", post(CHUNKED, body=chunk(YAML) + b"0\r\nContent-Length: 36\r\nTransfer-Encoding: x\r\nHost: other\r\n\r\n")),
    Case("trailers-with-line-feeds", post(CHUNKED, body=chunk(YAML) + b"0\nX: y\n\n" + SMUGGLED)),
    Case("trailers-malformed", post(CHUNKED, body=chunk(YAML) + b"0\r\nno colon\r\n\r\n" + SMUGGLED)),
    Case("endless-chunk-extension", post(CHUNKED, body=b"1;" + b"a" * (2 << 20))),
    Case("endless-trailers", post(CHUNKED, body=chunk(YAML) + b"0\r\n" + b"X: y\r\n" * 400_000)),
]

REQUEST_LINES = [
    Case("absolute-form", get(target=b"http://other/api/version"), (200,), open_after=True),
    Case("absolute-form-without-path", get(target=b"http://other"), (200,), open_after=True),
    Case("absolute-form-malformed", get(target=b"http://"), REFUSED),
    Case("absolute-form-of-another-scheme", get(target=b"gopher://other/smuggled") + SMUGGLED),
    Case("absolute-form-with-user", get(target=b"http://a@b/api/version") + SMUGGLED),
    Case("authority-form", get(target=b"h:80") + SMUGGLED),
    Case("connect", b"CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n" + SMUGGLED, (501,)),
    Case("asterisk-of-get", get(target=b"*") + SMUGGLED),
    Case("target-without-slash", get(target=b"smuggled") + SMUGGLED),
    Case("nothing-but-path", b"GET /smuggled\r\n\r\n" + SMUGGLED),
    Case("two-words-and-field", b"GET /smuggled\r\nHost: h\r\n\r\n" + SMUGGLED),
    *[Case(f"version {version!r}", get(version=version) + SMUGGLED) for version in
      (b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1.10", b"HTTP/2.0", b"HTTP/1", b"HTTP/11", b"http/1.1", b"HTTP /1.1", b"HTTP/ 1.1", b"HTTP/1.1 ",
       b"HTTP/1.1 x", b"HTTQ/1.1", b"\x00HTTP/1.1")],
    Case("preface-of-http2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Case("two-blanks-before-target", b"GET  /smuggled HTTP/1.1\r\nHost: h\r\n\r\n" + SMUGGLED),
    Case("two-blanks-before-version", b"GET /smuggled  HTTP/1.1\r\nHost: h\r\n\r\n" + SMUGGLED),
    Case("tab-for-blank", b"GET\t/smuggled\tHTTP/1.1\r\nHost: h\r\n\r\n" + SMUGGLED),
    Case("blank-before-method", b" GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n" + SMUGGLED),
    *[Case(f"byte {byte:#04x} in target", get(target=b"/a" + bytes([byte]) + b"b") + SMUGGLED) for byte in (0x00, 0x01, 0x09, 0x0b, 0x0d, 0x7f)],
    Case("unknown-method", b"BREW /api/version HTTP/1.1\r\nHost: h\r\n\r\n" + SMUGGLED, (501,)),
    Case("method-by-another-case", b"get /api/version HTTP/1.1\r\nHost: h\r\n\r\n" + SMUGGLED, (501,)),
    Case("tls-to-a-plain-port", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\n"),
]

HOSTS = [
    Case("no-host", get(host=None) + SMUGGLED),
    Case("two-hosts", get(b"Host: other") + SMUGGLED),
    Case("two-equal-hosts", get(b"Host: h") + SMUGGLED),
    *[Case(f"host {host!r}", get(host=host) + SMUGGLED) for host in
      (b"h/path", b"a b", b"user@h", b"h?x", b"h#x", b"h\\x", b"h,other", b"h\x00", b"<script>", b"h" * 300)],
    Case("no-host-in-1.0", get(host=None, version=b"HTTP/1.0"), (200,)),
    Case("keep-alive-of-1.0", get(b"Connection: keep-alive", version=b"HTTP/1.0"), (200,), open_after=True),
]

SEQUENCES = [
    Case("two-in-one-packet", get() + get(), (200, 200), open_after=True),
    Case("error-then-another", b"GET bad HTTP/1.1\r\nHost: h\r\n\r\n" + SMUGGLED),
    Case("close-then-another", get(b"Connection: close") + SMUGGLED, (200,)),
    Case("close-in-a-list", get(b"Connection: foo, close") + SMUGGLED, (200,)),
    Case("not-found-then-another", get(target=b"/api/none") + get(), (404, 200), open_after=True),
    # The body is here already: nobody waits to be told to go on.
    Case("continue", post(b"Expect: 100-continue", LENGTH, body=YAML), (200,), open_after=True),
    Case("continue-by-another-case", post(b"Expect: 100-Continue", LENGTH, body=YAML), (200,), open_after=True),
    Case("continue-of-chunks", post(b"Expect: 100-continue", CHUNKED, body=WHOLE), (200,), open_after=True),
    Case("continue-without-body", get(b"Expect: 100-continue") + get(), (200, 200), open_after=True),
    Case("continue-of-1.0", post(b"Expect: 100-continue", LENGTH, b"Connection: keep-alive", body=YAML, version=b"HTTP/1.0"), (200,),
         open_after=True),
    Case("continue-refused", get(b"Expect: 100-continue", b"Content-Length: %d" % len(SMUGGLED)) + SMUGGLED, (413,), open_after=True),
    Case("other-expectation", post(b"Expect: 200-ok", LENGTH, body=SMUGGLED), (417,)),
    Case("expectation-in-a-list", post(b"Expect: 100-continue, x", LENGTH, body=SMUGGLED), (417,)),
    Case("upgrade-to-h2c", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA") + get(),
         (200, 200), open_after=True),
    Case("upgrade-to-websocket", get(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==") + get(),
         (200, 200), open_after=True),
    Case("many-fields", get(*[b"X-%d: y" % n for n in range(1500)]), (200,), open_after=True),
    Case("too-many-fields", get(*[b"X-%d: y" % n for n in range(5000)]) + SMUGGLED, (431,)),
    Case("one-huge-field", get(b"X: " + b"y" * (1 << 20)) + SMUGGLED, (431,)),
    Case("huge-target", get(target=b"/" + b"y" * (1 << 20)) + SMUGGLED, (431,)),
    Case("endless-line", b"G" * (4 << 20), (431,)),
]

CASES = [*FRAMING, *LINES, *CHUNKS, *REQUEST_LINES, *HOSTS, *SEQUENCES]
