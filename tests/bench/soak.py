#!/usr/bin/env python3
"""Sends many small files and a few large ones through the release build into its own sandbox, and says what it took:
peak memory, open files, time. Linux; standard library only.

    cargo build --release -p vodlift-cli
    tests/bench/soak.py --files 10000 --gib 64
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def piece(kind, inside):
    return (8 + len(inside)).to_bytes(4, "big") + kind + inside


def video(path, size, mark):
    """A sparse file laid out like an MP4, with something at its end; `mark` keeps two of a size apart."""
    with open(path, "wb") as file:
        file.write(piece(b"ftyp", b"isom\0\0\x02\0isomiso2avc1mp41") + piece(b"moov", piece(b"mvhd", bytes(100))))
        file.write(b"\0\0\0\0mdat" + mark.encode())
        file.truncate(size)
        file.seek(size - 8)
        file.write(b"\xFF" * 8)


class Watched:
    """A process, looked at ten times a second."""

    def __init__(self, command, **more):
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, **more)
        self.peak_kib = self.files = 0

    def look(self):
        proc = pathlib.Path(f"/proc/{self.process.pid}")
        try:
            for line in (proc / "status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    self.peak_kib = max(self.peak_kib, int(line.split()[1]))
            self.files = max(self.files, len(os.listdir(proc / "fd")))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            pass

    def finish(self):
        while self.process.poll() is None:
            self.look()
            time.sleep(0.1)
        if self.process.returncode != 0:
            sys.exit(f"{self.process.args[1]} ended with {self.process.returncode}")
        return time.monotonic() - self.began


def run(binary, what, make):
    """One sandbox, one home, the files `make` makes."""
    with tempfile.TemporaryDirectory(prefix="vodlift-soak-") as folder:
        folder = pathlib.Path(folder)
        files = folder / "files"
        files.mkdir()
        make(files)
        sandbox = Watched(
            [binary, "--json", "sandbox", "--data", folder / "cloud"], stdout=subprocess.PIPE, text=True
        )
        try:
            cloud = json.loads(sandbox.process.stdout.readline())
            env = dict(
                os.environ,
                VODLIFT_HOME=str(folder / "home"),
                ALIBABA_CLOUD_ACCESS_KEY_ID=cloud["access_key_id"],
                ALIBABA_CLOUD_ACCESS_KEY_SECRET=cloud["access_key_secret"],
            )
            add = [binary, "profile", "add", "soak", "--source", "environment", "--endpoint", cloud["endpoint"]]
            subprocess.run(add, env=env, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            count = sum(1 for _ in files.iterdir())
            size = sum(file.stat().st_size for file in files.iterdir())
            upload = Watched(
                [binary, "--quiet", "upload", "--no-pair", files], env=env, stdin=subprocess.DEVNULL
            )
            took = upload.finish()
            sandbox.look()
            there = [p for p in (folder / "cloud").rglob("*") if p.is_file() and ".sandbox" not in p.parts]
            if len(there) != count or sum(p.stat().st_size for p in there) != size:
                sys.exit(f"{what}: {count} files of {size} bytes were sent, {len(there)} arrived")
        finally:
            sandbox.process.terminate()
            sandbox.process.wait()
    print(
        f"{what}: {count} files, {size / 2**20:.0f} MiB, {took:.1f} s, {count / took:.0f} files/s, "
        f"{size / 2**20 / took:.0f} MiB/s, peak {upload.peak_kib / 1024:.1f} MiB, {upload.files} open files",
        flush=True,
    )
    return upload.peak_kib


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "target/release/vodlift-cli"))
    parser.add_argument("--files", type=int, default=10_000, help="small files")
    parser.add_argument("--gib", type=float, default=64, help="size of the large file")
    told = parser.parse_args()

    def small(folder):
        for n in range(told.files):
            video(folder / f"{n:05}.mp4", 4_000 + n, f"{n}")

    small_peak = run(told.binary, "one of 256 MiB", lambda f: video(f / "a.mp4", 256 * 2**20, "a"))
    large = int(told.gib * 2**30)
    large_peak = run(told.binary, f"one of {told.gib:g} GiB", lambda f: video(f / "b.mp4", large, "b"))
    many_peak = run(told.binary, "many small", small)
    ratio = large_peak / small_peak
    print(f"memory, {told.gib:g} GiB to 256 MiB: {ratio:.2f}")
    print(f"memory, {told.files} rows to one of 256 MiB: {many_peak / small_peak:.2f}")
    if ratio > 1.10 or max(small_peak, large_peak, many_peak) > 80 * 1024:
        sys.exit("memory grows with the file, or is above 80 MiB")


if __name__ == "__main__":
    main()
