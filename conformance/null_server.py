"""A hub that is none: answers 501 to every request, on 127.0.0.1:PORT (its only argument).

A test that passes against it needs no hub. needs_hub.txt lists the tests that do not pass here; to
remake it for another client version: conformance/run --null, then summary.py --list-needing-hub.
"""

import http.server
import sys

REFUSAL = b'{"error":"this server answers nothing"}'


class Refuse(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def refuse(self):
        # An unread body would be taken for the next request of this connection.
        self.close_connection = "chunked" in (self.headers.get("transfer-encoding") or "")
        remaining = int(self.headers.get("content-length") or 0)
        while remaining and (piece := self.rfile.read(min(remaining, 1 << 16))):
            remaining -= len(piece)
        self.send_response(501)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(REFUSAL)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(REFUSAL)

    def log_message(self, *_):
        pass


for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
    setattr(Refuse, f"do_{method}", Refuse.refuse)

if __name__ == "__main__":
    http.server.ThreadingHTTPServer.request_queue_size = 128
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Refuse).serve_forever()
