"""Serves the page of web.mjs with what a page asks of its own server, then runs it in a browser."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from alibabacloud_tea_openapi.models import Config
from alibabacloud_vod20170321 import models
from alibabacloud_vod20170321.client import Client

from common import CLOUD, host, stored

HERE = Path(__file__).resolve().parent
OWN = Client(
    Config(
        access_key_id=CLOUD["access_key_id"],
        access_key_secret=CLOUD["access_key_secret"],
        endpoint=host(),
        protocol="http",
    )
)


def pair(path: str, query: str) -> dict:
    """UploadAddress and UploadAuth of a new or a known media id."""
    if path == "/create":
        request = models.CreateUploadVideoRequest(title="web", file_name="web.mp4")
        body = OWN.create_upload_video(request).body
        media = body.video_id
    elif path == "/image":
        request = models.CreateUploadImageRequest(image_type="default", image_ext="png")
        body = OWN.create_upload_image(request).body
        media = body.image_id
    else:
        body = OWN.refresh_upload_video(models.RefreshUploadVideoRequest(video_id=query)).body
        media = body.video_id
    return {"id": media, "address": body.upload_address, "auth": body.upload_auth}


class Pages(BaseHTTPRequestHandler):
    def say(self, mime: str, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-type", mime)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/":
            self.say("text/html", (HERE / "web_page.html").read_bytes())
        elif path == "/stored":
            self.say("application/octet-stream", stored(query))
        elif path.startswith("/node_modules/") and ".." not in path:
            self.say("text/javascript", (HERE / path[1:]).read_bytes())
        else:
            self.say("text/plain", b"", 404)

    def do_POST(self) -> None:
        path, _, query = self.path.partition("?")
        self.say("application/json", json.dumps(pair(path, query)).encode())

    def log_message(self, *_) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
environment = {**os.environ, "PAGE": f"http://127.0.0.1:{server.server_port}"}
sys.exit(subprocess.run(sys.argv[1:], cwd=HERE, env=environment).returncode)
