#!/usr/bin/env python3
"""Runs the example credential server against the sandbox: python3 test.py [vodlift-sandbox]"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
BEARER = "example-bearer-not-real"
passed = failed = 0


def check(name, good, told=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok    ' if good else 'FAILED'} {name}" + ("" if good else f": {told}"))


def ask(url, body, bearer=BEARER):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    if bearer is not None:
        request.add_header("Authorization", f"Bearer {bearer}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def stories(url, endpoint, secret):
    new = {"operation": "create", "title": "京都 * ~ 雨", "fileSize": 1000}
    ids = {}
    for kind, name, field in (("video", "a b+c.mp4", "videoId"), ("image", "cover.jpg", "imageId"),
                              ("subtitle", "a.zh-CN.srt", "mediaId")):
        reference = {"referenceId": "0192f0c1-0000-7000-8000-000000000001"} if kind == "video" else {}
        code, told = ask(url, {**new, **reference, "kind": kind, "fileName": name, "tags": "a,b"})
        good = code == 200 and all(told.get(key) for key in (field, "uploadAddress", "uploadAuth"))
        check(f"create {kind}", good, told)
        if good:
            ids[kind] = told[field]
            place = json.loads(base64.b64decode(told["uploadAddress"]))
            check(f"  its address leads to the sandbox: {kind}", place["Endpoint"] == endpoint, place)
            check(f"  the server's own key stays: {kind}", secret not in base64.b64decode(told["uploadAuth"]).decode())
        code, told = ask(url, {"operation": "status", "kind": kind, "mediaId": ids.get(kind, "none")})
        check(f"status {kind}", code == 200 and told.get("status") == "Uploading", (code, told))
    code, told = ask(url, {"operation": "refresh", "videoId": ids.get("video", "none")})
    check("refresh video", code == 200 and told.get("uploadAuth") and told.get("videoId", ids["video"]) == ids["video"], told)
    code, told = ask(url, {"operation": "refresh", "videoId": "0" * 32})
    check("refresh of what is not there is VOD's refusal", code >= 400 and told.get("code"), (code, told))

    status_of = {"operation": "status", "kind": "video", "mediaId": ids.get("video", "none")}
    for name, bearer in (("wrong", "wrong"), ("longer", BEARER + "x"), ("no", None)):
        code, told = ask(url, status_of, bearer)
        check(f"{name} bearer is 401", code == 401 and BEARER not in json.dumps(told), (code, told))
    check("no JSON is 400", ask(url, b"{")[0] == 400)
    check("no object is 400", ask(url, [1])[0] == 400)
    check("an unknown operation is 501", ask(url, {"operation": "delete"})[0] == 501)
    check("an unknown kind is 400", ask(url, {**new, "kind": "song", "fileName": "a.mp3"})[0] == 400)
    check("a missing field is 400", ask(url, {**new, "kind": "video"})[0] == 400)


def main():
    root = HERE.parent.parent
    sandbox = sys.argv[1] if len(sys.argv) > 1 else root / "target" / "debug" / "vodlift-sandbox"
    if not pathlib.Path(sandbox).exists():
        print("skipped: build vodlift-sandbox first (cargo build -p vodlift-sandbox)")
        return 0
    started = []
    try:
        with tempfile.TemporaryFile("w+") as log:
            cloud = subprocess.Popen([sandbox, "--json"], stdout=subprocess.PIPE, text=True)
            started.append(cloud)
            said = json.loads(cloud.stdout.readline())
            endpoint, secret = said["endpoint"], said["access_key_secret"]
            env = {**os.environ, "ALIBABA_CLOUD_ACCESS_KEY_ID": said["access_key_id"],
                   "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret, "VODLIFT_SERVER_SECRET": BEARER}
            env.pop("ALIBABA_CLOUD_SECURITY_TOKEN", None)
            command = [sys.executable, HERE / "server.py", "--port", "0", "--endpoint", endpoint]
            server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=env)
            started.append(server)
            stories(server.stdout.readline().strip(), endpoint, secret)
            log.seek(0)
            logged = log.read()
            check("its log says what was asked and no secret",
                  "POST / HTTP" in logged and secret not in logged and BEARER not in logged, logged)
            bare = {key: value for key, value in env.items() if key != "VODLIFT_SERVER_SECRET"}
            open_door = subprocess.run(command, env=bare, capture_output=True, text=True, timeout=30)
            check("it does not start without a bearer secret", open_door.returncode != 0, open_door.stdout)
            plain = subprocess.run([*command[:-1], "http://example.com"], env=env, capture_output=True, text=True, timeout=30)
            check("it does not speak plain http to others", plain.returncode != 0, plain.stdout)
    finally:
        for process in started:
            process.terminate()
            process.wait()
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
