"""OSS by the vendor's Python SDKs: oss2 with signatures V1 and V4, alibabacloud-oss-v2 with V4."""

import tempfile
import time
from pathlib import Path

import alibabacloud_oss_v2 as v2
import oss2

from common import BODY, PART, SMALL, STALE, Meddler, case, grant, refused, same, stored

MEDDLER = Meddler()
PARTS = [(n + 1, BODY[n * PART : (n + 1) * PART]) for n in range(3)]


def whole(act, media):
    """`act` uploads BODY; it must lie in the data folder as it is."""
    act()
    same(stored(media) == BODY, True, "equality of the stored file")


def with_oss2(version: str) -> None:
    sdk = f"oss2 ({version.upper()})"

    def bucket(of, secret=None, endpoint=None):
        secret = secret or of["AccessKeySecret"]
        auth = oss2.StsAuth(of["AccessKeyId"], secret, of["SecurityToken"], auth_version=version)
        where = endpoint or of["Endpoint"]
        return oss2.Bucket(auth, where, of["Bucket"], region="cn-shanghai", connect_timeout=10)

    def code(error):
        return error.details.get("Code") or error.body

    def put():
        of = grant()
        whole(lambda: bucket(of).put_object(of["FileName"], BODY), of["media"])
        head = bucket(of).head_object(of["FileName"])
        same((head.content_length, head.object_type), (len(BODY), "Normal"))
        same(bucket(of).get_object_meta(of["FileName"]).content_length, len(BODY))

    def multipart():
        of = grant()
        own, key = bucket(of), of["FileName"]
        upload = own.init_multipart_upload(key).upload_id
        sent = [
            oss2.models.PartInfo(number, own.upload_part(key, upload, number, body).etag, PART)
            for number, body in reversed(PARTS)
        ]
        listed = own.list_parts(key, upload, max_parts=2)
        same(([it.part_number for it in listed.parts], listed.is_truncated), ([1, 2], True))
        rest = own.list_parts(key, upload, marker=listed.next_marker)
        same([(it.part_number, it.size) for it in rest.parts], [(3, PART)])
        whole(lambda: own.complete_multipart_upload(key, upload, sent), of["media"])
        same(own.head_object(key).object_type, "Multipart")

    def complete_all():
        of = grant()
        own, key = bucket(of), of["FileName"]
        upload = own.init_multipart_upload(key).upload_id
        for number, body in PARTS:
            own.upload_part(key, upload, number, body)
        headers = {"x-oss-complete-all": "yes"}
        whole(lambda: own.complete_multipart_upload(key, upload, None, headers), of["media"])

    def resumable():
        of = grant()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "file"
            file.write_bytes(BODY)
            store = oss2.ResumableStore(root=folder)
            upload = lambda: oss2.resumable_upload(
                bucket(of), of["FileName"], str(file), store=store,
                multipart_threshold=PART, part_size=PART, num_threads=3,
            )
            whole(upload, of["media"])

    def abort():
        of = grant()
        own, key = bucket(of), of["FileName"]
        upload = own.init_multipart_upload(key).upload_id
        own.abort_multipart_upload(key, upload)
        refused(lambda: own.list_parts(key, upload), "NoSuchUpload", code)

    def small_part():
        of = grant()
        own, key = bucket(of), of["FileName"]
        upload = own.init_multipart_upload(key).upload_id
        sent = [
            oss2.models.PartInfo(number, own.upload_part(key, upload, number, SMALL).etag, len(SMALL))
            for number in (1, 2)
        ]
        act = lambda: own.complete_multipart_upload(key, upload, sent)
        refused(act, "EntityTooSmall", code)

    def digest():
        of = grant()
        headers = {"Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}
        act = lambda: bucket(of).put_object(of["FileName"], SMALL, headers)
        refused(act, "InvalidDigest", code)

    def wrong_secret():
        of = grant()
        act = lambda: bucket(of, secret="wrong").put_object(of["FileName"], SMALL)
        refused(act, "SignatureDoesNotMatch", code)

    def meddled():
        of = grant()
        through = bucket(of, endpoint=MEDDLER.endpoint)
        through.put_object(of["FileName"], SMALL, {"Content-Type": "text/plain"})
        headers = {"Content-Type": f"text/{MEDDLER.WORD}"}
        act = lambda: through.put_object(of["FileName"], SMALL, headers)
        refused(act, "SignatureDoesNotMatch", code)

    def other_object():
        one, two = grant(), grant()
        act = lambda: bucket(one).put_object(two["FileName"], SMALL)
        refused(act, "AccessDenied", code)

    def expired():
        of = grant(STALE)
        time.sleep(1.1)
        act = lambda: bucket(of).put_object(of["FileName"], SMALL)
        refused(act, "SecurityTokenExpired", code)

    def nothing_there():
        of = grant()
        act = lambda: bucket(of).head_object(of["FileName"])
        refused(act, "NoSuchKey", lambda error: error.details.get("Code") or "NoSuchKey")

    for name, act in {
        "put, head, meta": put,
        "multipart in any order, list in pages, complete": multipart,
        "complete all": complete_all,
        "resumable upload, three threads": resumable,
        "abort": abort,
        "refused: part too small": small_part,
        "refused: damaged body": digest,
        "refused: wrong secret": wrong_secret,
        "refused: tampered on the way": meddled,
        "refused: another object": other_object,
        "refused: expired": expired,
        "head of nothing": nothing_there,
    }.items():
        case(sdk, name, act)


def with_v2() -> None:
    sdk = "alibabacloud-oss-v2 (V4)"

    def client(of, secret=None, endpoint=None):
        config = v2.config.load_default()
        config.credentials_provider = v2.credentials.StaticCredentialsProvider(
            of["AccessKeyId"], secret or of["AccessKeySecret"], of["SecurityToken"]
        )
        config.region = "cn-shanghai"
        config.endpoint = endpoint or of["Endpoint"]
        return v2.Client(config)

    def place(of):
        return {"bucket": of["Bucket"], "key": of["FileName"]}

    def code(error):
        while not hasattr(error, "code"):
            error = error.unwrap()
        return error.code

    def put():
        of = grant()
        own = client(of)
        whole(lambda: own.put_object(v2.PutObjectRequest(**place(of), body=BODY)), of["media"])
        head = own.head_object(v2.HeadObjectRequest(**place(of)))
        same((head.content_length, head.object_type), (len(BODY), "Normal"))
        meta = own.get_object_meta(v2.GetObjectMetaRequest(**place(of)))
        same(meta.content_length, len(BODY))

    def begun():
        of = grant()
        own = client(of)
        request = v2.InitiateMultipartUploadRequest(**place(of))
        return of, own, own.initiate_multipart_upload(request).upload_id

    def sent(of, own, upload):
        def part(number, body):
            request = v2.UploadPartRequest(
                **place(of), upload_id=upload, part_number=number, body=body
            )
            return v2.UploadPart(part_number=number, etag=own.upload_part(request).etag)

        return [part(number, body) for number, body in PARTS]

    def multipart():
        of, own, upload = begun()
        parts = sent(of, own, upload)
        request = v2.ListPartsRequest(**place(of), upload_id=upload, max_parts=2)
        pages = [page for page in own.list_parts_paginator().iter_page(request)]
        same([it.part_number for page in pages for it in page.parts], [1, 2, 3])
        same(pages[0].key, of["FileName"], "Key")
        request = v2.CompleteMultipartUploadRequest(
            **place(of), upload_id=upload,
            complete_multipart_upload=v2.CompleteMultipartUpload(parts=parts),
        )
        whole(lambda: own.complete_multipart_upload(request), of["media"])

    def complete_all():
        of, own, upload = begun()
        sent(of, own, upload)
        request = v2.CompleteMultipartUploadRequest(
            **place(of), upload_id=upload, complete_all="yes"
        )
        whole(lambda: own.complete_multipart_upload(request), of["media"])

    def uploader():
        of = grant()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "file"
            file.write_bytes(BODY)
            request = v2.PutObjectRequest(**place(of))
            own = client(of).uploader(part_size=PART, parallel_num=3)
            whole(lambda: own.upload_file(request, str(file)), of["media"])

    def abort():
        of, own, upload = begun()
        own.abort_multipart_upload(
            v2.AbortMultipartUploadRequest(**place(of), upload_id=upload)
        )
        request = v2.ListPartsRequest(**place(of), upload_id=upload)
        refused(lambda: own.list_parts(request), "NoSuchUpload", code)

    def putting(of, own=None, **more):
        own = own or client(of)
        return own.put_object(v2.PutObjectRequest(**{**place(of), **more}, body=SMALL))

    def wrong_secret():
        of = grant()
        act = lambda: putting(of, client(of, secret="wrong"))
        refused(act, "SignatureDoesNotMatch", code)

    def meddled():
        of = grant()
        through = client(of, endpoint=MEDDLER.endpoint)
        putting(of, through, content_type="text/plain")
        act = lambda: putting(of, through, content_type=f"text/{MEDDLER.WORD}")
        refused(act, "SignatureDoesNotMatch", code)

    def other_object():
        one, two = grant(), grant()
        refused(lambda: putting(one, key=two["FileName"]), "AccessDenied", code)

    def expired():
        of = grant(STALE)
        time.sleep(1.1)
        refused(lambda: putting(of), "SecurityTokenExpired", code)

    def nothing_there():
        of = grant()
        act = lambda: client(of).head_object(v2.HeadObjectRequest(**place(of)))
        refused(act, "NoSuchKey", code)

    for name, act in {
        "put, head, meta": put,
        "multipart, list in pages, complete": multipart,
        "complete all": complete_all,
        "uploader, three threads": uploader,
        "abort": abort,
        "refused: wrong secret": wrong_secret,
        "refused: tampered on the way": meddled,
        "refused: another object": other_object,
        "refused: expired": expired,
        "head of nothing (error in a header)": nothing_there,
    }.items():
        case(sdk, name, act)


with_oss2("v1")
with_oss2("v4")
with_v2()
