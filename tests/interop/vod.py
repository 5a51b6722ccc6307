"""VOD by both of the vendor's Python SDKs: ACS3 (alibabacloud-vod20170321) and RPC version 1
(aliyun-python-sdk-vod)."""

import json

from alibabacloud_tea_openapi.models import Config
from alibabacloud_vod20170321 import models
from alibabacloud_vod20170321.client import Client
from aliyunsdkcore.client import AcsClient
from aliyunsdkvod.request.v20170321 import (
    CreateUploadAttachedMediaRequest,
    CreateUploadImageRequest,
    CreateUploadVideoRequest,
    DeleteVideoRequest,
    GetMezzanineInfoRequest,
    GetVideoInfoRequest,
    RefreshUploadVideoRequest,
)

from common import CLOUD, Meddler, case, decoded, holds, host, refused, same

TITLE = "讲座 a b+c~*!'()/&=?%25"
MEDDLER = Meddler()


def acs3() -> None:
    sdk = "alibabacloud-vod (ACS3)"

    def client(secret=CLOUD["access_key_secret"], endpoint=host()):
        return Client(
            Config(
                access_key_id=CLOUD["access_key_id"],
                access_key_secret=secret,
                endpoint=endpoint,
                protocol="http",
            )
        )

    def code(error):
        return error.code

    own = client()

    def create():
        request = models.CreateUploadVideoRequest(
            title=TITLE,
            file_name="a b.mp4",
            file_size=5,
            reference_id="interop-0001",
            user_data=json.dumps({"Extend": {"a": "b"}}),
        )
        body = own.create_upload_video(request).body
        address, auth = decoded(body.upload_address), decoded(body.upload_auth)
        same(address["Endpoint"], CLOUD["endpoint"], "Endpoint")
        holds(auth["AccessKeyId"].startswith("STS."), "a temporary key")
        return body.video_id, address

    def video_info():
        body = own.get_video_info(models.GetVideoInfoRequest(video_id=video)).body
        same((body.video.title, body.video.status), (TITLE, "Uploading"))
        same(body.video.reference_id, "interop-0001")

    def by_reference():
        body = own.get_video_info(models.GetVideoInfoRequest(reference_id="interop-0001")).body
        same(body.video.video_id, video)

    def refresh():
        body = own.refresh_upload_video(models.RefreshUploadVideoRequest(video_id=video)).body
        same(decoded(body.upload_address), address, "address")

    def infos():
        request = models.GetVideoInfosRequest(video_ids=f"{video},nobody")
        body = own.get_video_infos(request).body
        same([it.video_id for it in body.video_list], [video])
        same(body.non_exist_video_ids, ["nobody"])

    def mezzanine():
        request = models.GetMezzanineInfoRequest(video_id=video)
        same(own.get_mezzanine_info(request).body.mezzanine.status, "Uploading")

    def image():
        request = models.CreateUploadImageRequest(image_type="default", image_ext="jpg")
        made = own.create_upload_image(request).body
        info = own.get_image_info(models.GetImageInfoRequest(image_id=made.image_id)).body
        same(info.image_info.status, "Uploading")
        own.delete_image(
            models.DeleteImageRequest(delete_image_type="ImageId", image_ids=made.image_id)
        )

    def attached():
        request = models.CreateUploadAttachedMediaRequest(
            business_type="subtitle", media_ext="srt", file_name="a.srt"
        )
        made = own.create_upload_attached_media(request).body
        request = models.GetAttachedMediaInfoRequest(media_ids=made.media_id)
        (info,) = own.get_attached_media_info(request).body.attached_media_list
        same((info.status, info.type), ("Uploading", "subtitle"))
        own.delete_attached_media(models.DeleteAttachedMediaRequest(media_ids=made.media_id))

    def update():
        own.update_video_info(models.UpdateVideoInfoRequest(video_id=video, title="new"))
        same(own.get_video_info(models.GetVideoInfoRequest(video_id=video)).body.video.title, "new")

    def lists():
        groups = own.list_transcode_template_group(models.ListTranscodeTemplateGroupRequest()).body
        same(groups.transcode_template_group_list[0].is_default, "Default")
        categories = own.get_categories(models.GetCategoriesRequest()).body
        holds(categories.sub_categories.category[0].cate_id > 0, "a category")

    def search():
        request = models.SearchMediaRequest(fields="Title,Status", match="Title = 'new'")
        (row,) = own.search_media(request).body.media_list
        same((row.media_id, row.video.title, row.video.status), (video, "new", "Uploading"))
        bare = own.search_media(models.SearchMediaRequest()).body.media_list[0]
        same((bare.video.video_id, bare.video.title), (bare.media_id, None))

    def listed():
        body = own.get_video_list(models.GetVideoListRequest(status="Uploading")).body
        holds(video in [it.video_id for it in body.video_list.video], "the video")
        nothing = models.GetVideoListRequest(status="Blocked")
        refused(lambda: own.get_video_list(nothing), "InvalidVideo.NotFound", code)

    def play():
        request = models.GetPlayInfoRequest(video_id=video)
        refused(lambda: own.get_play_info(request), "Forbidden.IllegalStatus", code)

    def apps():
        same(own.list_app_info(models.ListAppInfoRequest()).body.total, 1)

    def delete():
        own.delete_video(models.DeleteVideoRequest(video_ids=video))
        again = lambda: own.get_video_info(models.GetVideoInfoRequest(video_id=video))
        refused(again, "InvalidVideo.NotFound", code)

    def bad_extension():
        request = models.CreateUploadVideoRequest(title="t", file_name="a.exe")
        refused(lambda: own.create_upload_video(request), "InvalidFileName.Extension", code)

    def wrong_secret():
        wrong = client(secret="wrong")
        request = models.GetCategoriesRequest()
        refused(lambda: wrong.get_categories(request), "SignatureDoesNotMatch", code)

    def meddled():
        through = client(endpoint=MEDDLER.host)
        through.get_categories(models.GetCategoriesRequest())
        request = models.CreateUploadVideoRequest(title=MEDDLER.WORD, file_name="a.mp4")
        refused(lambda: through.create_upload_video(request), "SignatureDoesNotMatch", code)

    made = case(sdk, "create video", create)
    if made is None:
        return
    video, address = made
    case(sdk, "get video info", video_info)
    case(sdk, "get video info by reference", by_reference)
    case(sdk, "get video infos", infos)
    case(sdk, "get mezzanine info", mezzanine)
    case(sdk, "refresh", refresh)
    case(sdk, "update video info", update)
    case(sdk, "create, get, delete image", image)
    case(sdk, "create, get, delete attached media", attached)
    case(sdk, "categories and template groups", lists)
    case(sdk, "search media", search)
    case(sdk, "get video list", listed)
    case(sdk, "refused: play what is not ready", play)
    case(sdk, "list apps", apps)
    case(sdk, "delete video", delete)
    case(sdk, "refused: extension", bad_extension)
    case(sdk, "refused: wrong secret", wrong_secret)
    case(sdk, "refused: tampered on the way", meddled)


def rpc1(post: bool) -> None:
    sdk = f"aliyun-sdk-vod (RPC v1, {'POST' if post else 'GET'})"

    def client(secret=CLOUD["access_key_secret"]):
        return AcsClient(CLOUD["access_key_id"], secret, "cn-shanghai")

    def call(module, name, using=None, endpoint=host(), **fields):
        request = getattr(module, name)()
        request.set_protocol_type("http")
        request.set_endpoint(endpoint)
        request.set_method("POST" if post else "GET")
        for field, value in fields.items():
            getattr(request, f"set_{field}")(value)
        return json.loads((using or client()).do_action_with_exception(request))

    def code(error):
        return error.get_error_code()

    create_module = CreateUploadVideoRequest, "CreateUploadVideoRequest"

    def create():
        return call(*create_module, Title=TITLE, FileName="a b.mp4")["VideoId"]

    def info():
        got = call(GetVideoInfoRequest, "GetVideoInfoRequest", VideoId=video)
        same(got["Video"]["Title"], TITLE)

    def mezzanine():
        got = call(GetMezzanineInfoRequest, "GetMezzanineInfoRequest", VideoId=video)
        same(got["Mezzanine"]["Status"], "Uploading")

    def refresh():
        got = call(RefreshUploadVideoRequest, "RefreshUploadVideoRequest", VideoId=video)
        same(got["VideoId"], video)

    def image():
        got = call(CreateUploadImageRequest, "CreateUploadImageRequest", ImageType="default")
        holds(got["ImageId"] and got["UploadAuth"], "an image")

    def attached():
        module = CreateUploadAttachedMediaRequest, "CreateUploadAttachedMediaRequest"
        got = call(*module, BusinessType="material", MediaExt="png")
        holds(got["MediaId"] and got["UploadAuth"], "attached media")

    def delete():
        module = DeleteVideoRequest, "DeleteVideoRequest"
        call(*module, VideoIds=video)
        refused(lambda: call(*module, VideoIds=video), "InvalidVideo.NotFound", code)

    def wrong_secret():
        wrong = client(secret="wrong")
        act = lambda: call(*create_module, using=wrong, Title="t", FileName="a.mp4")
        # This SDK compares the string to sign it is told with its own and names the secret.
        refused(act, "InvalidAccessKeySecret", code)

    def meddled():
        through = {"endpoint": MEDDLER.host, "FileName": "a.mp4"}
        call(*create_module, Title="t", **through)
        act = lambda: call(*create_module, Title=MEDDLER.WORD, **through)
        refused(act, "SignatureDoesNotMatch", code)

    video = case(sdk, "create video", create)
    if video is None:
        return
    case(sdk, "get video info", info)
    case(sdk, "get mezzanine info", mezzanine)
    case(sdk, "refresh", refresh)
    case(sdk, "create image", image)
    case(sdk, "create attached media", attached)
    case(sdk, "delete video", delete)
    case(sdk, "refused: wrong secret", wrong_secret)
    case(sdk, "refused: tampered on the way", meddled)


acs3()
rpc1(post=False)
rpc1(post=True)
