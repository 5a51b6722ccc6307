#!/usr/bin/env python3
"""Runs the vendor's own SDKs, unchanged, against the sandbox and prints what each of them could do.

Needs Python 3, Node, OpenSSL, Chromium and cargo. The SDKs are installed into the user's cache folder (Python) and into
node_modules beside this file (JavaScript); their versions are pinned. Exit status 0: all passed.

    tests/interop/run.py [--sandbox PATH/TO/vodlift-sandbox]
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tls import Tls

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def cache() -> Path:
    """Folder of the Python environment; another one for every other set of pins."""
    pins = hashlib.sha256((HERE / "requirements.txt").read_bytes()).hexdigest()[:12]
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "vodlift-interop" / pins


def stale_modules() -> bool:
    """Whether the JavaScript SDKs are not there as the lock file says."""
    installed, locked = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    return not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime


def prepare() -> Path:
    """Installs the SDKs if they are not there and returns the Python that has them."""
    venv = cache()
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = venv / "ready"
    if not ready.exists():
        print(f"installing the Python SDKs into {venv}", file=sys.stderr)
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", HERE / "requirements.txt"], check=True)
        ready.touch()
    if stale_modules():
        npm = shutil.which("npm") or "npm"
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=HERE, check=True, stdout=sys.stderr)
    return python


def build() -> Path:
    """Builds the sandbox and returns the program."""
    command = ["cargo", "build", "-q", "-p", "vodlift-sandbox", "--message-format=json"]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    for line in built.stdout.splitlines():
        program = json.loads(line).get("executable")
        if program and Path(program).stem == "vodlift-sandbox":
            return Path(program)
    raise SystemExit("cargo built no vodlift-sandbox")


@contextmanager
def sandbox(program: Path, data: Path, *more: str):
    """A running sandbox: its line of JSON, with its data folder."""
    command = [program, "--json", "--data", data, *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        said = json.loads(process.stdout.readline())
        said["data"] = str(data)
        yield said
    finally:
        process.terminate()
        process.wait()


def run(command: list, cloud: dict, stale: dict) -> list:
    """Runs one program of cases; each of its lines is one case."""
    environment = {**os.environ, "SANDBOX": json.dumps({"cloud": cloud, "stale": stale})}
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        environment.pop(name, None)
    done = subprocess.run(
        command, cwd=HERE, env=environment, stdout=subprocess.PIPE, text=True, timeout=300
    )
    cases = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not cases:
        name = Path(command[-1]).stem
        cases.append({"sdk": name, "operation": "the whole run", "why": f"exit {done.returncode}"})
    return cases


# What the sandbox of the browser does once each: a credential is over, and two parts never end.
WEB = "part 4 on video expired x1\npart 9 on video stall x1\npart 12 on video stall x1\n"


def web(program: Path, python: Path, node: str, folder: Path) -> list:
    """The web SDK in Chromium."""
    relay = Tls(folder)
    rules = folder / "rules"
    rules.write_text(WEB)
    # The name of the real service, which leads to the relay in this browser: the SDK puts the bucket before it.
    more = ("--address", "https://oss-cn-shanghai.aliyuncs.com", "--weather", str(rules))
    with sandbox(program, folder / "web", *more) as cloud:
        relay.there = int(cloud["endpoint"].rpartition(":")[2])
        cloud["relay"] = relay.port
        return run([python, HERE / "web.py", node, "web.mjs"], cloud, cloud)


def table(cases: list) -> None:
    """SDK by operation."""
    widths = [max(len(case[key]) for case in cases) for key in ("sdk", "operation")]
    for case in cases:
        verdict = "passed" if case["why"] is None else f"FAILED  {case['why']}"
        if "skipped" in case:
            verdict = f"skipped: {case['skipped']}"
        print(f"{case['sdk']:<{widths[0]}}  {case['operation']:<{widths[1]}}  {verdict}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sandbox", type=Path, help="a sandbox that is already built")
    arguments = parser.parse_args()
    python = prepare()
    program = (arguments.sandbox or build()).resolve()
    node = shutil.which("node") or "node"
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with (
            sandbox(program, data / "cloud") as cloud,
            sandbox(program, data / "stale", "--expire", "1") as stale,
        ):
            for command in (
                [python, HERE / "vod.py"],
                [python, HERE / "oss_python.py"],
                [python, HERE / "vod_upload.py"],
                [python, HERE / "with_grants.py", node, "oss_node.mjs"],
            ):
                cases += run(command, cloud, stale)
        cases += web(program, python, node, data)
    table(cases)
    failed = sum(case["why"] is not None for case in cases)
    skipped = sum("skipped" in case for case in cases)
    told = f", {skipped} skipped" if skipped else ""
    print(f"{len(cases) - failed - skipped} passed, {failed} failed{told}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
