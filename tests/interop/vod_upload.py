"""The vendor's upload SDK for Python, voduploadsdk: creates, uploads and refreshes by itself."""

import socket
import tempfile
import time
from pathlib import Path

from aliyunsdkcore.profile import region_provider
from voduploadsdk.AliyunVodUploader import AliyunVodUploader
from voduploadsdk.AliyunVodUtils import AliyunVodException
from voduploadsdk.UploadAttachedMediaRequest import UploadAttachedMediaRequest
from voduploadsdk.UploadImageRequest import UploadImageRequest
from voduploadsdk.UploadVideoRequest import UploadVideoRequest

from common import CLOUD, STALE, case, host, refused, same, stored

SDK = "voduploadsdk"
LARGE = bytes(range(256)) * 1024 * 49  # 12.25 MiB: above 10 MiB the SDK uploads in parts


def only_loopback() -> None:
    """The SDK reports its progress to a fixed name of the vendor: every name is the sandbox here."""
    lookup = socket.getaddrinfo
    address, port = host().split(":")

    def named(name, *more, **rest):
        if name == address:
            return lookup(name, *more, **rest)
        return lookup(address, port, type=socket.SOCK_STREAM)

    socket.getaddrinfo = named


def uploader(cloud=CLOUD) -> AliyunVodUploader:
    # An endpoint by hand is the way the SDK's own core offers.
    region_provider.add_endpoint("vod", "cn-shanghai", host(cloud))
    made = AliyunVodUploader(cloud["access_key_id"], cloud["access_key_secret"])
    return made


def main() -> None:
    only_loopback()
    folder = Path(tempfile.mkdtemp())

    def file(name: str, content: bytes) -> str:
        path = folder / name
        path.write_bytes(content)
        return str(path)

    def video(content, cloud=CLOUD, begun=None):
        request = UploadVideoRequest(file("lecture 讲座.mp4", content), "讲座")
        request.setTags("a,b")
        done = uploader(cloud).uploadLocalVideo(request, begun)
        same(stored(done["VideoId"], cloud) == content, True, "equality of the stored file")

    def image():
        done = uploader().uploadImage(UploadImageRequest(file("cover.png", b"\x89PNG"), "cover"))
        same(stored(done[0]), b"\x89PNG")

    def attached():
        request = UploadAttachedMediaRequest(file("a.srt", b"1\n"), "subtitle", "a")
        done = uploader().uploadAttachedMedia(request)
        same(stored(done["MediaId"]), b"1\n")

    def extension():
        request = UploadVideoRequest(file("a.exe", b"x"), "a")
        refused(
            lambda: uploader().uploadLocalVideo(request),
            "InvalidFileName.Extension",
            lambda error: error.code if isinstance(error, AliyunVodException) else repr(error),
        )

    def outlive(*_):
        """Longer than a credential of the other sandbox lives."""
        time.sleep(1.1)

    case(SDK, "video in one request", lambda: video(b"hello vod"))
    case(SDK, "video in parts", lambda: video(LARGE))
    case(SDK, "image", image)
    case(SDK, "attached media", attached)
    case(SDK, "refused: extension", extension)
    case(SDK, "video, credential expires, SDK refreshes", lambda: video(b"hello vod", STALE, outlive))


main()
