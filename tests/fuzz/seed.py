"""Writes the kept seeds. Every key in them is made up and opens nothing."""

import base64
import json
import pathlib

HERE = pathlib.Path(__file__).parent / "seeds"
SECRET, TOKEN = "EXAMPLE-SECRET-NOT-REAL-0002", "CAISexample+fake/security=token~NOT-REAL=="
ADDRESS = {"Endpoint": "https://oss-cn-shanghai.aliyuncs.com", "Bucket": "outin-00000000000011ee000000163e00exam",
           "FileName": "sv/00000a11-10000000001/00000a11-10000000001.mp4"}
AUTH = {"SecurityToken": TOKEN, "AccessKeyId": "STS.EXAMPLEKEYID", "ExpireUTCTime": "2026-01-02T04:04:05Z",
        "AccessKeySecret": SECRET, "Expiration": "3600", "Region": "cn-shanghai"}


def pack(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


def keep(target, **seeds):
    folder = HERE / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in seeds.items():
        (folder / name).write_text(text, encoding="utf-8")


def pair(address, auth):
    return json.dumps(address) + "\n" + json.dumps(auth)


def without(fields, name):
    return {key: value for key, value in fields.items() if key != name}


keep("blobs",
     both=pair(ADDRESS, AUTH),
     packed=pack(ADDRESS) + "\n" + pack(AUTH),
     unpadded=pack(ADDRESS).rstrip("=") + "\n" + pack(AUTH).rstrip("="),
     url_alphabet=pack({**ADDRESS, "FileName": "sv/???>>>.mp4"}).replace("+", "-").replace("/", "_") + "\n" + pack(AUTH),
     swapped=pair(AUTH, ADDRESS),
     old_date=pair({**ADDRESS, "Endpoint": "http://oss-cn-beijing.aliyuncs.com"},
                   {**without(AUTH, "ExpireUTCTime"), "Expiration": "2017-09-14T15:51:11Z"}),
     number=pair({**ADDRESS, "FileName": "/视频 1.mp4"}, {**AUTH, "Expiration": 3600, "Extra": {"a": [1]}}),
     loopback=pair({**ADDRESS, "Endpoint": "http://127.0.0.1:9001"}, without(AUTH, "Region")),
     nothing=pair({**ADDRESS, "Bucket": ""}, {**AUTH, "SecurityToken": None}),
     no_token=pair(without(ADDRESS, "FileName"), without(AUTH, "SecurityToken")))


def answer(call, status, body, *headers):
    return f"{call}{status}\n" + "\n".join(headers or ("x-acs-request-id: R1",)) + "\n\n" + (
        body if isinstance(body, str) else json.dumps(body))


GIVEN = {"RequestId": "R1", "VideoId": "v1", "ImageId": "i1", "MediaId": "m1", "UploadAddress": pack(ADDRESS),
         "UploadAuth": pack(AUTH)}
keep("vod",
     created=answer("a", "a", GIVEN), image=answer("b", "a", GIVEN), attached=answer("c", "a", GIVEN),
     refreshed=answer("d", "a", GIVEN),
     video=answer("e", "a", {"Video": {"VideoId": "v1", "Status": "Normal", "Size": "12", "Duration": 1.5}}),
     mezzanine=answer("f", "a", {"Mezzanine": {"VideoId": "v1", "Status": "Normal", "Size": 12.0}}),
     image_info=answer("g", "a", {"ImageInfo": {"ImageId": "i1", "Status": "Normal"}}),
     attached_info=answer("h", "a", {"AttachedMediaList": [{"MediaId": "m1", "Status": "Normal"}],
                                     "NonExistMediaIds": ["m2"]}),
     deleted=answer("i", "a", {"NonExistVideoIds": {"VideoId": ["v2"]}}),
     categories=answer("j", "a", {"SubTotal": 1, "SubCategories": {"Category": [{"CateId": 1, "CateName": "a"}]}}),
     groups=answer("k", "a", {"TranscodeTemplateGroupList": [
         {"TranscodeTemplateGroupId": "g", "Name": "n", "IsDefault": "Default"}]}),
     server=answer("l", "a", {"videoId": "v1", "uploadAddress": pack(ADDRESS), "uploadAuth": pack(AUTH)}),
     server_refused=answer("m", "f", {"message": "wrong bearer %SECRET%"}),
     server_status=answer("n", "a", {"status": "UploadSucc"}), no_status=answer("n", "g", {}),
     throttled=answer("a", "e", {"Code": "Throttling.User", "Message": "slow"}, "x-acs-retry-after: 1200"),
     mismatch=answer("f", "e", {"Code": "SignatureDoesNotMatch", "Message":
                                "server string to sign is:POST SecurityToken=%TOKEN% Signature=%SIGNATURE%"}),
     quoted=answer("a", "f", {"Code": "Odd %TOKEN%", "Message": "%SECRET% %SIGNATURE%", "RequestId": "%TOKEN%"}),
     gateway=answer("a", "m", "<?xml version='1.0'?><Error><Code>ServiceUnavailable</Code><Message>%TOKEN%</Message></Error>"),
     page=answer("a", "a", "<!DOCTYPE html><html>Sign in %TOKEN%</html>", "content-type: text/html"),
     moved=answer("e", "c", "", "location: https://example.com/%TOKEN%"))

ERROR = ("<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature %SIGNATURE%</Message><EC>0002-00000226</EC>"
         "<RequestId>R1</RequestId><ServerTime>2026-01-02T03:04:05.000Z</ServerTime><StringToSign>OSS4-HMAC-SHA256\n"
         "20260102T030405Z\n20260102/cn-beijing/oss/aliyun_v4_request\nx</StringToSign>"
         "<SignatureProvided>%SIGNATURE%</SignatureProvided><Token>%TOKEN%</Token></Error>")
OK = ('etag: "5B3C1A2E053D763E1B002CC607C5A0FE"', "x-oss-hash-crc64ecma: 9953891258018171437", "x-oss-request-id: R1")
keep("oss",
     put=answer("a", "a", "", *OK), part=answer("c", "a", "", *OK),
     initiated=answer("b", "a", "<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>"),
     listed=answer("d", "a", '<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>9</NextPartNumberMarker>'
                   '<Part><PartNumber>8</PartNumber><ETag>"a"</ETag><Size>100</Size></Part><Part><PartNumber>9</PartNumber>'
                   '<ETag>"b"</ETag><Size>5</Size><HashCrc64ecma>3</HashCrc64ecma></Part></ListPartsResult>'),
     completed=answer("e", "a", '<CompleteMultipartUploadResult><ETag>"a-2"</ETag></CompleteMultipartUploadResult>', *OK),
     error_in_200=answer("e", "a", "<Error><Code>InternalError</Code><Message>%TOKEN%</Message></Error>"),
     aborted=answer("f", "b", ""), head=answer("g", "a", "", *OK),
     head_refused=answer("g", "f", "", "x-oss-err: " + base64.b64encode(
         b"<Error><Code>AccessDenied</Code></Error>").decode()),
     mismatch=answer("c", "f", ERROR), redirect=answer("b", "d", ERROR, "location: https://example.com/"),
     busy=answer("c", "m", "<Error><Code>SlowDown</Code></Error>", "Retry-After: 3", "x-oss-qos-delay-time: 20"),
     page=answer("b", "a", "<html>%TOKEN%</html>", "content-type: text/html"),
     odd_number=answer("d", "a", "<ListPartsResult><IsTruncated>%TOKEN%</IsTruncated><Part><Size>%SECRET%</Size></Part></ListPartsResult>"))

keep("profiles",
     empty="",
     one='# mine\nactive = "studio"\n\n[profile.studio]\nregion = "cn-shanghai"   # near\nsource = "access-key"\n'
         'access_key_id = "LTAI-EXAMPLE-KEYID"\n',
     several='[profile."a b"]\nsource = "server"\nserver = "https://example.com/vod?x=1"\n[profile.c]\nsource = "sts"\n'
             'access_key_id = "STS.EXAMPLEKEYID"\nendpoint = "http://127.0.0.1:9001"\ntested = true\nsandbox = true\n',
     inline='profile = { a = { source = "environment" }, b = { source = "sts", region = "x" } }\n',
     dotted='profile.a.source = "environment"\nprofile.a.region = "eu-central-1"\nactive = "a"\n',
     half='[profile.a]\nsource = ', odd='[profile.a]\nsource = "server"\nserver = "ftp://x"\n', array='[[profile]]\na = 1\n')
keep("settings",
     empty="",
     some='# mine\nfiles = 5\nparts = 2 # two\npart_mib = 16\nwait = "stored"\nlanguage = "zh-CN"\nunknown = 1\n',
     tables='[limit]\non = true\nrate_bytes = 5000000\n[[limit.periods]]\ndays = [0, 1]\nfrom_min = 0\nto_min = 60\n'
            '[notify]\ndone = false\n',
     proxy='proxy = { mode = "http", address = "proxy.example.com:8080" }\ntls_root = "/etc/root.pem"\n',
     proxy_table='[proxy]\nmode = "socks5"\naddress = "127.0.0.1:1080"\nuser = "a"\n',
     dotted='limit.on = true\nlimit.rate_bytes = 1000\nnotify.all = false\n',
     wrong='files = 99\nparts = "many"\nlimit = 3\ntheme = "pink"\n', half='files = [')
keep("weather",
     documented="part 3          cut after 64 KiB      ×1\nPUT *           503 SlowDown          ×2\npass expires in 1s\n"
                "complete answer lost ×1\nhead wrong crc ×1\npart 2-5 on audio  stall 2s after 1 MiB  ×5%\nclock +20m\n"
                "seed 42 intensity 10%\n",
     effects="* slow 20ms\nvod html 502\noss redirect https://example.com/\ncreate gateway xml\nlist huge 1 MB\nput corrupt\n"
             "part early 403 AccessDenied skip 2 x3\nrefresh 400 Throttling.User retry 1s\nstatus of video ends UploadFail\n"
             "initiate forget upload\nGetMezzanineInfo: half # why\npart 503 SlowDown\nabort moved\ndelete forget media\n",
     wrong="part 3 cut\nrain everywhere\n", edge="seed 0 intensity 1\nclock -0ms\npart 0-0 expired ×100%\n")

HEADERS = "host: vod.cn-shanghai.aliyuncs.com\ncontent-type: application/x-www-form-urlencoded\n"
keep("signatures",
     vod="POST /?FileName=UploadTest.mp4&Title=UploadTest\n" + HEADERS + "\nFileName=a+b&Title=%E8%A7%86",
     absolute="POST https://vod.cn-shanghai.aliyuncs.com/?a=b\nx-acs-extra: 1\nx-acs-extra: 2\n\na=b&a=c&=&d",
     claimed="POST /\nhost: a\nx-acs-date: 2026-01-02T03:04:05Z\nx-acs-signature-nonce: n\nauthorization: ACS3-HMAC-SHA256 "
             "Credential=LTAI-EXAMPLE-KEYID,SignedHeaders=host,Signature=00\n\n",
     part="PUT /sv%2Fa%20b.mp4?partNumber=7&uploadId=0004B9894A22E5B1888A1E29F8236E2D\ncontent-type: video/mp4\n"
          "x-oss-meta-a: 1\ndate: Fri, 02 Jan 2026 03:04:05 GMT\n\n",
     oss_claimed="GET /a?uploads\nx-oss-date: 20260102T030405Z\nauthorization: OSS4-HMAC-SHA256 Credential=STS.EXAMPLEKEYID/"
                 "20260102/cn-shanghai/oss/aliyun_v4_request,Signature=00\n\n",
     oss1_claimed="GET /a?acl\ndate: Fri, 02 Jan 2026 03:04:05 GMT\nauthorization: OSS STS.EXAMPLEKEYID:AA==\n\n",
     rpc="POST /\n\nAccessKeyId=a&Timestamp=2026-01-02T03:04:05Z&SignatureNonce=n&SignatureMethod=HMAC-SHA1&"
         "SignatureVersion=1.0&Signature=AA%3D%3D")

ON_ITS_WAY = ("phase=opened\nmedia=v1\nendpoint=https://oss-cn-shanghai.aliyuncs.com\nbucket=outin-1\nobject=sv/a.mp4\nupload=U1\n"
              "method=multipart\npart_bytes=8388608\nsize_bytes=100000000\nmodified_ms=1\nfile_id=77\nfingerprint=18446744073709551615\n")
keep("journal",
     found="account=studio\n", opened=ON_ITS_WAY,
     done=ON_ITS_WAY + 'phase=settled\nended_ms=5\ncrc64=1\nvod_status=UploadSucc\nvod_ms=4\nrequest_ids=["R1"]\n',
     cancelled="wish=cancel\nbefore=pause\ngrace_ms=9\nshown=0\nkind=subtitle\nlanguage=zh-CN\n",
     about='about={"title":"a","tags":["b"],"category":3}\nparent=0192f0c1-0000-7000-8000-000000000002\nposition=-5\n',
     stuck='fault={"code":"clock"}\nrelapses=3\n', odd="id=x\nkind=song\nsize_bytes=-1\ncrc64=zz\nabout=[\n")
