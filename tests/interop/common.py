"""What the programs of cases share: where the sandbox is, grants, a line per case, a meddling proxy."""

import base64
import json
import os
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SANDBOX = json.loads(os.environ["SANDBOX"])
CLOUD = SANDBOX["cloud"]
STALE = SANDBOX["stale"]
PART = 100 * 1024
BODY = bytes(range(256)) * 1200  # three parts: two of 100 KiB and one of 100 KiB exactly
SMALL = b"hello vod"


def host(cloud=CLOUD) -> str:
    return cloud["endpoint"].removeprefix("http://")


def case(sdk: str, operation: str, act) -> object:
    """Runs `act` and prints a line of what became of it; returns its value, or None if it failed."""
    value, why = None, None
    try:
        value = act()
    except Exception as error:  # every failure of an SDK is a line in the table
        why = f"{type(error).__name__}: {error}".replace("\n", " ")[:300]
    print(json.dumps({"sdk": sdk, "operation": operation, "why": why}), flush=True)
    return value


def same(got, want, what="value"):
    if got != want:
        raise AssertionError(f"{what} is {got!r}, not {want!r}")


def holds(fact, what):
    if not fact:
        raise AssertionError(what)


def refused(act, code: str, of):
    """`act` must be refused with `code`; `of` reads the code from the SDK's error."""
    try:
        act()
    except AssertionError:
        raise
    except Exception as error:
        same(of(error), code, "code")
        return
    raise AssertionError(f"not refused with {code}")


def stored(media: str, cloud=CLOUD) -> bytes:
    """Bytes of the finished object of a media id."""
    (file,) = Path(cloud["data"]).glob(f"*{media}*")
    return file.read_bytes()


def decoded(text: str) -> dict:
    return json.loads(base64.b64decode(text))


def grant(cloud=CLOUD) -> dict:
    """A new video and what is needed to upload it, by the vendor's VOD SDK."""
    from alibabacloud_tea_openapi.models import Config
    from alibabacloud_vod20170321 import models
    from alibabacloud_vod20170321.client import Client

    client = Client(
        Config(
            access_key_id=cloud["access_key_id"],
            access_key_secret=cloud["access_key_secret"],
            endpoint=host(cloud),
            protocol="http",
        )
    )
    request = models.CreateUploadVideoRequest(title="interop", file_name="interop.mp4")
    body = client.create_upload_video(request).body
    return {
        "media": body.video_id,
        **decoded(body.upload_address),
        **decoded(body.upload_auth),
    }


class Meddler:
    """Passes requests on and changes one word on the way, which must break any signature over it."""

    WORD, OTHER = "meddlewithme", "wasmeddled00"

    def __init__(self, cloud=CLOUD):
        target = host(cloud)
        outer = self

        class Passing(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                change = lambda text: text.replace(outer.WORD, outer.OTHER)
                there = HTTPConnection(target)
                there.putrequest(
                    self.command, change(self.path), skip_host=True, skip_accept_encoding=True
                )
                for name, value in self.headers.items():
                    there.putheader(name, change(value))
                there.endheaders(body)
                answer = there.getresponse()
                text = answer.read()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)
                there.close()

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = pass_on

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.endpoint = f"http://{self.host}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
