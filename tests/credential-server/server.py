#!/usr/bin/env python3
"""An example credential server for Vodlift: holds an AccessKey and hands out reservations, never the key.

    export ALIBABA_CLOUD_ACCESS_KEY_ID=... ALIBABA_CLOUD_ACCESS_KEY_SECRET=... VODLIFT_SERVER_SECRET=...
    python3 server.py --port 8080 --region cn-shanghai

Nothing but Python's standard library. It listens on 127.0.0.1: put it behind whatever gives you https, and give each
person a bearer secret of their own there if you have many. `--endpoint http://127.0.0.1:PORT` asks the sandbox instead.
"""

import argparse
import datetime
import hashlib
import hmac
import http.server
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid

VERSION = "2017-03-21"
LONGEST = 64 * 1024
VIDEO, ATTACHED = ("video", "audio"), ("subtitle", "watermark", "material")


class Refused(Exception):
    """A request that gets no answer of VOD: status, code, sentence."""

    def __init__(self, status, code, message, request_id=None):
        super().__init__(message)
        self.status = status
        self.answer = {"code": code, "message": message, "requestId": request_id}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the signature to another host."""

    def redirect_request(self, *_):
        return None


def percent(text):
    return urllib.parse.quote(str(text), safe="-_.~")


class Vod:
    """VOD's OpenAPI, signed with ACS3-HMAC-SHA256. One call, one request."""

    def __init__(self, endpoint, key_id, secret, token):
        self.endpoint, self.key_id, self.secret, self.token = endpoint.rstrip("/"), key_id, secret, token
        parts = urllib.parse.urlsplit(self.endpoint)
        here = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if parts.scheme != "https" and not (parts.scheme == "http" and here):
            raise SystemExit("the endpoint must be https, or http on this computer")
        self.host = parts.netloc
        handlers = [NoRedirect(), *([urllib.request.ProxyHandler({})] if here else [])]
        self.opener = urllib.request.build_opener(*handlers)

    def call(self, action, parameters):
        query = "&".join(f"{percent(name)}={percent(value)}" for name, value in sorted(parameters.items()))
        request = urllib.request.Request(f"{self.endpoint}/?{query}", data=b"", method="POST")
        for name, value in self.headers(action, query).items():
            request.add_header(name, value)
        try:
            with self.opener.open(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            try:
                told = json.load(error)
            except ValueError:
                told = {}
            message = str(told.get("Message", "VOD refused")).split("string to sign")[0]
            raise Refused(error.code if error.code >= 400 else 502, told.get("Code", "Upstream"), message,
                          told.get("RequestId")) from None
        except (OSError, ValueError):
            raise Refused(502, "Upstream", "VOD cannot be reached") from None

    def headers(self, action, query):
        empty = hashlib.sha256(b"").hexdigest()
        now = datetime.datetime.now(datetime.timezone.utc)
        signed = {
            "host": self.host,
            "x-acs-action": action,
            "x-acs-content-sha256": empty,
            "x-acs-date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": str(uuid.uuid4()),
            "x-acs-version": VERSION,
        }
        if self.token:
            signed["x-acs-accesskey-id"] = self.key_id
            signed["x-acs-security-token"] = self.token
        # urllib adds this one by itself to a POST, so it is named and signed.
        signed["content-type"] = "application/x-www-form-urlencoded"
        names = sorted(signed)
        lines = "".join(f"{name}:{signed[name]}\n" for name in names)
        canonical = f"POST\n/\n{query}\n{lines}\n{';'.join(names)}\n{empty}"
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        signature = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return {**signed, "Accept": "application/json", "Authorization":
                f"ACS3-HMAC-SHA256 Credential={self.key_id},SignedHeaders={';'.join(names)},Signature={signature}"}


def need(ask, name):
    value = ask.get(name)
    if not isinstance(value, (str, int)) or isinstance(value, bool) or value == "":
        raise Refused(400, "Missing", f"{name} is missing")
    return value


def create(vod, ask):
    kind, name = need(ask, "kind"), str(need(ask, "fileName"))
    extension = name.rpartition(".")[2].lower()
    common = {"Title": ask.get("title"), "Description": ask.get("description"), "Tags": ask.get("tags"),
              "StorageLocation": ask.get("storageLocation"), "UserData": ask.get("userData"), "AppId": ask.get("appId")}
    if kind in VIDEO:
        action, special = "CreateUploadVideo", {
            "FileName": name, "FileSize": need(ask, "fileSize"), "ReferenceId": ask.get("referenceId"),
            "CateId": ask.get("cateId"), "TemplateGroupId": ask.get("templateGroupId"), "WorkflowId": ask.get("workflowId")}
    elif kind == "image":
        # Without ImageExt every image becomes a png.
        action, special = "CreateUploadImage", {"ImageType": "default", "ImageExt": extension, "OriginalFileName": name,
                                                "CateId": ask.get("cateId")}
    elif kind in ATTACHED:
        action, special = "CreateUploadAttachedMedia", {
            "BusinessType": kind, "MediaExt": extension, "FileName": name, "FileSize": need(ask, "fileSize"),
            "CateIds": ask.get("cateId")}
    else:
        raise Refused(400, "Kind", "no such kind")
    parameters = {key: value for key, value in {**common, **special}.items() if value not in (None, "")}
    try:
        return given(vod.call(action, parameters))
    except Refused as refused:
        told = f"{refused.answer['code']} {refused.answer['message']}".lower()
        if kind not in VIDEO or refused.status >= 500 or "referenceid" not in told:
            raise
        # An earlier answer was lost: the same reference is the same media, as long as it waits for its file.
        found = vod.call("GetVideoInfo", {"ReferenceId": need(ask, "referenceId")}).get("Video", {})
        if found.get("Status") != "Uploading":
            raise refused
        return given(vod.call("RefreshUploadVideo", {"VideoId": found["VideoId"]}))


def given(told):
    names = {"VideoId": "videoId", "ImageId": "imageId", "MediaId": "mediaId", "ImageURL": "imageUrl",
             "UploadAddress": "uploadAddress", "UploadAuth": "uploadAuth", "RequestId": "requestId"}
    return {ours: told[vods] for vods, ours in names.items() if vods in told}


def refresh(vod, ask):
    return given(vod.call("RefreshUploadVideo", {"VideoId": need(ask, "videoId")}))


def status(vod, ask):
    kind, media = need(ask, "kind"), need(ask, "mediaId")
    if kind in VIDEO:
        found = vod.call("GetVideoInfo", {"VideoId": media}).get("Video", {})
    elif kind == "image":
        found = vod.call("GetImageInfo", {"ImageId": media}).get("ImageInfo", {})
    elif kind in ATTACHED:
        told = vod.call("GetAttachedMediaInfo", {"MediaIds": media})
        if media in (told.get("NonExistMediaIds") or []):
            raise Refused(404, "InvalidMedia.NotFound", "VOD knows no such media")
        found = (told.get("AttachedMediaList") or [{}])[0]
    else:
        raise Refused(400, "Kind", "no such kind")
    if "Status" not in found:
        raise Refused(404, "NotFound", "VOD knows no such media")
    return {"status": found["Status"]}


OPERATIONS = {"create": create, "refresh": refresh, "status": status}


class Desk(http.server.BaseHTTPRequestHandler):
    """One request of Vodlift."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    vod = None
    bearer = ""

    def do_POST(self):
        try:
            self.reply(200, self.answer())
        except Refused as refused:
            self.reply(refused.status, refused.answer)

    def answer(self):
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            length = -1
        if not 0 <= length <= LONGEST:
            self.close_connection = True
            raise Refused(413, "Length", "a JSON body of at most 64 KiB is wanted")
        body = self.rfile.read(length)
        told = self.headers.get("Authorization", "").encode("utf-8", "replace")
        # Compared in constant time: the answer's delay says nothing about the secret.
        if not hmac.compare_digest(told, f"Bearer {self.bearer}".encode()):
            raise Refused(401, "Unauthorized", "wrong or missing bearer secret")
        try:
            ask = json.loads(body)
        except ValueError:
            ask = None
        if not isinstance(ask, dict):
            raise Refused(400, "Json", "a JSON object is wanted")
        operation = ask.get("operation")
        if not isinstance(operation, str) or operation not in OPERATIONS:
            raise Refused(501, "Operation", "no such operation")
        return OPERATIONS[operation](self.vod, ask)

    def reply(self, code, answer):
        body = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *args):
        # Method, path and status only: neither head nor body of a request is ever logged.
        sys.stderr.write(f"{self.log_date_time_string()} {form % args}\n")


def main():
    options = argparse.ArgumentParser(description="An example credential server for Vodlift.")
    options.add_argument("--port", type=int, default=8080, help="port on 127.0.0.1; 0 is any")
    options.add_argument("--region", default=os.environ.get("ALIBABA_CLOUD_REGION_ID", "cn-shanghai"))
    options.add_argument("--endpoint", help="VOD's address instead of the region's; http only on this computer")
    chosen = options.parse_args()
    try:
        key_id = os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"]
        secret = os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
        Desk.bearer = os.environ["VODLIFT_SERVER_SECRET"]
    except KeyError as missing:
        raise SystemExit(f"{missing.args[0]} is not set") from None
    if not Desk.bearer:
        raise SystemExit("VODLIFT_SERVER_SECRET is empty: anybody could upload")
    endpoint = chosen.endpoint or f"https://vod.{chosen.region}.aliyuncs.com"
    Desk.vod = Vod(endpoint, key_id, secret, os.environ.get("ALIBABA_CLOUD_SECURITY_TOKEN"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", chosen.port), Desk)
    print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
