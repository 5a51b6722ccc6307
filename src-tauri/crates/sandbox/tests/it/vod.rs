//! Actions of VOD and the life of a media id.

use std::time::Duration;

use http::Method;
use vodlift_sandbox::{Handle, Kind, Options, Sandbox, Status, Steps};

use crate::client::{Pass, acs3_head, sandbox, send, set, vod};

async fn code(cloud: &Handle, action: &str, pairs: &[(&str, &str)]) -> (u16, String) {
    vod(cloud, action, pairs).await.refusal()
}

#[tokio::test]
async fn create_refuses_what_the_documents_refuse() {
    let cloud = sandbox().await;
    let long = "x".repeat(129);
    let tags = vec!["t"; 17].join(",");
    let good = [("Title", "t"), ("FileName", "a.mp4")];
    for (more, status, want) in [
        (("Title", "a 🎬"), 400, "IllegalCharacters"),
        (("Title", long.as_str()), 400, "LengthExceededMax"),
        (("FileName", "a.exe"), 400, "InvalidFileName.Extension"),
        (("FileName", "mp4"), 400, "InvalidFileName.Extension"),
        (("Tags", &tags), 400, "TagsExceededMax"),
        (("TemplateGroupId", "nope"), 404, "InvalidTemplateGroupId.NotFound"),
        (("StorageLocation", "nope"), 404, "InvalidStorage.NotFound"),
        (("CateId", "5"), 404, "InvalidCateId.NotFound"),
        (("ReferenceId", "short"), 400, "InvalidParameter"),
        (("UserData", "no json"), 400, "InvalidUserData"),
        (("CoverURL", "ftp://x"), 400, "InvalidCoverURL"),
        (("FileSize", "big"), 400, "InvalidFileSize"),
    ] {
        let mut pairs: Vec<_> = good.iter().copied().filter(|(n, _)| *n != more.0).collect();
        pairs.push(more);
        assert_eq!(
            code(&cloud, "CreateUploadVideo", &pairs).await,
            (status, want.into()),
            "{more:?}"
        );
    }
    let missing = async |pairs: &[(&str, &str)]| code(&cloud, "CreateUploadVideo", pairs).await.1;
    assert_eq!(missing(&good[1..]).await, "MissingTitle");
    assert_eq!(missing(&good[..1]).await, "MissingFileName");
    assert_eq!(code(&cloud, "Nonsense", &[]).await, (404, "InvalidApi.NotFound".into()));
    let mut head = acs3_head(&cloud, &cloud.key(), "GetCategories", &[]);
    set(&mut head, "x-acs-version", "2015-01-01");
    let answer = send(&cloud.endpoint(), head, Vec::new()).await.unwrap();
    assert_eq!(answer.refusal(), (400, "InvalidVersion".into()));
    assert!(cloud.live_media().is_empty());
}

#[tokio::test]
async fn what_was_said_at_creation_is_told_again() {
    let cloud = sandbox().await;
    let (category, name, _) = cloud.categories()[0];
    let category = category.to_string();
    let location = cloud.storage_locations()[1].clone();
    let pairs = [
        ("Title", "讲座 & <more>"),
        ("FileName", "a.MP3"),
        ("FileSize", "5"),
        ("Description", "d"),
        ("Tags", "a,b"),
        ("CateId", &category),
        ("ReferenceId", "ref-000001"),
        ("StorageLocation", &location),
        ("TemplateGroupId", cloud.template_groups()[1].0),
    ];
    let pass = Pass::read(&vod(&cloud, "CreateUploadVideo", &pairs).await);
    assert_eq!(pass.bucket, "vodlift-own");
    let media = &cloud.live_media()[0];
    assert_eq!((media.kind, media.declared_bytes), (Kind::Audio, Some(5)));
    for pairs in [[("VideoId", pass.media.as_str())], [("ReferenceId", "ref-000001")]] {
        let video = vod(&cloud, "GetVideoInfo", &pairs).await.json()["Video"].clone();
        assert_eq!(video["Title"], "讲座 & <more>");
        assert_eq!((&video["Status"], &video["CateName"]), (&"Uploading".into(), &name.into()));
        assert_eq!(video["ReferenceId"], "ref-000001");
        let refreshed = Pass::read(&vod(&cloud, "RefreshUploadVideo", &pairs).await);
        assert_eq!((refreshed.key, refreshed.media), (pass.key.clone(), pass.media.clone()));
        assert_ne!(refreshed.credential.id, pass.credential.id);
    }
    let again = vod(&cloud, "CreateUploadVideo", &pairs).await;
    assert_eq!(again.status, 400);
    assert!(again.refusal().1.contains("ReferenceId"), "{}", again.text());
    let id = pass.media.as_str();
    let update = [("VideoId", id), ("Title", "new")];
    assert_eq!(vod(&cloud, "UpdateVideoInfo", &update).await.status, 200);
    assert_eq!(cloud.live_media()[0].title, "new");
    assert_eq!(cloud.live_media()[0].tags, "a,b", "what is not sent stays");
    let bytes = "视".repeat(43);
    let update = [("VideoId", id), ("Title", bytes.as_str())];
    assert_eq!(code(&cloud, "UpdateVideoInfo", &update).await.1, "LengthExceededMax");
}

#[tokio::test]
async fn a_video_ripens_as_time_goes_by() {
    let options = Options { steps: Steps::held(), ..Options::quick() };
    let cloud = Sandbox::start(options).await.unwrap();
    let pass = Pass::video(&cloud).await;
    let id = [("VideoId", pass.media.as_str())];
    let status = async || {
        let video = vod(&cloud, "GetVideoInfo", &id).await.json();
        let mezzanine = vod(&cloud, "GetMezzanineInfo", &id).await.json();
        let text = |value: &serde_json::Value| value["Status"].as_str().unwrap().to_owned();
        (text(&video["Video"]), text(&mezzanine["Mezzanine"]))
    };
    let both = |video: &str, mezzanine: &str| (video.to_owned(), mezzanine.to_owned());
    cloud.advance(Duration::from_hours(2));
    assert_eq!(status().await, both("Uploading", "Uploading"), "nothing was sent");
    let pass = Pass::read(&vod(&cloud, "RefreshUploadVideo", &id).await);
    assert_eq!(pass.send(&cloud, Method::PUT, "", &[], b"film").await.status, 200);
    assert_eq!(status().await, both("Uploading", "Uploading"));
    let hour = Duration::from_hours(1);
    for want in ["UploadSucc", "Transcoding", "Normal"] {
        cloud.advance(hour);
        assert_eq!(status().await, both(want, "Normal"));
    }
    let mezzanine = vod(&cloud, "GetMezzanineInfo", &id).await.json()["Mezzanine"].clone();
    assert_eq!(mezzanine["Size"], 4);
    assert!(cloud.judge(&pass.media, Some(Status::Blocked)));
    assert_eq!(status().await.0, "Blocked");
    assert!(cloud.judge(&pass.media, Some(Status::TranscodeFail)));
    assert_eq!(status().await.0, "TranscodeFail");
    assert!(cloud.judge(&pass.media, None) && !cloud.judge("nobody", None));
    assert_eq!(cloud.live_media()[0].overwriting_passes, 0);
    Pass::read(&vod(&cloud, "RefreshUploadVideo", &id).await);
    assert_eq!(cloud.live_media()[0].overwriting_passes, 1, "counted, for tests to forbid");
}

#[tokio::test]
async fn images_and_attached_media_are_normal_when_stored() {
    let cloud = sandbox().await;
    let pairs = [("ImageType", "cover"), ("ImageExt", "jpg"), ("Title", "c")];
    let image = Pass::read(&vod(&cloud, "CreateUploadImage", &pairs).await);
    assert!(image.key.starts_with("image/cover/") && image.key.contains(".jpg"));
    let pairs = [("BusinessType", "subtitle"), ("FileName", "a.srt"), ("FileSize", "1")];
    let attached = Pass::read(&vod(&cloud, "CreateUploadAttachedMedia", &pairs).await);
    let image_status = async || {
        let info = vod(&cloud, "GetImageInfo", &[("ImageId", &image.media)]).await.json();
        info["ImageInfo"]["Status"].as_str().unwrap().to_owned()
    };
    let attached_status = async || {
        let ids = format!("{},nobody", attached.media);
        let info = vod(&cloud, "GetAttachedMediaInfo", &[("MediaIds", &ids)]).await.json();
        assert_eq!(info["NonExistMediaIds"][0], "nobody");
        info["AttachedMediaList"][0]["Status"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (image_status().await, attached_status().await),
        ("Uploading".into(), "Uploading".into())
    );
    for pass in [&image, &attached] {
        assert_eq!(pass.send(&cloud, Method::PUT, "", &[], b"x").await.status, 200);
    }
    assert_eq!((image_status().await, attached_status().await), ("Normal".into(), "Normal".into()));

    let bad = async |action: &str, pairs: &[(&str, &str)]| code(&cloud, action, pairs).await.1;
    assert_eq!(bad("CreateUploadImage", &[]).await, "MissingImageType");
    assert_eq!(bad("CreateUploadImage", &[("ImageType", "x")]).await, "InvalidImageType");
    let wrong = [("BusinessType", "subtitle"), ("MediaExt", "png")];
    assert_eq!(bad("CreateUploadAttachedMedia", &wrong).await, "InvalidMediaExt");
    assert_eq!(
        bad("CreateUploadAttachedMedia", &[("BusinessType", "x")]).await,
        "InvalidBusinessType"
    );
    let unknown = [("ImageId", "nobody")];
    assert_eq!(code(&cloud, "GetImageInfo", &unknown).await, (404, "NoSuchResource".into()));
    let many = vec!["x"; 21].join(",");
    assert_eq!(bad("GetAttachedMediaInfo", &[("MediaIds", &many)]).await, "ExceededMax");

    let images = [("DeleteImageType", "ImageId"), ("ImageIds", image.media.as_str())];
    assert_eq!(vod(&cloud, "DeleteImage", &images).await.status, 200);
    assert_eq!(code(&cloud, "DeleteImage", &images).await, (404, "NoSuchResource".into()));
    let medias = [("MediaIds", attached.media.as_str())];
    assert_eq!(vod(&cloud, "DeleteAttachedMedia", &medias).await.status, 200);
    let again = vod(&cloud, "DeleteAttachedMedia", &medias).await.json();
    assert_eq!(again["NonExistMediaIds"][0], attached.media.as_str());
    assert!(cloud.live_media().is_empty() && cloud.objects().is_empty());
}

#[tokio::test]
async fn videos_are_found_and_deleted_in_lists() {
    let cloud = sandbox().await;
    let (one, two) = (Pass::video(&cloud).await, Pass::video(&cloud).await);
    one.send(&cloud, Method::PUT, "", &[], b"x").await;
    let upload = two.initiate(&cloud).await;
    two.part(&cloud, &upload, 1, b"x").await;
    let path = cloud.objects()[0].path.clone();
    let ids = format!("{},{},nobody", one.media, two.media);
    let infos = vod(&cloud, "GetVideoInfos", &[("VideoIds", &ids)]).await.json();
    assert_eq!(infos["VideoList"].as_array().unwrap().len(), 2);
    assert_eq!(infos["NonExistVideoIds"][0], "nobody");
    let parts = [("MediaId", two.media.as_str()), ("MediaType", "video")];
    assert_eq!(vod(&cloud, "DeleteMultipartUpload", &parts).await.status, 200);
    let again = code(&cloud, "DeleteMultipartUpload", &parts).await;
    assert_eq!(again, (400, "InvalidMultipartUpload.NotFound".into()));
    two.initiate(&cloud).await;
    let deleted = vod(&cloud, "DeleteVideo", &[("VideoIds", &ids)]).await.json();
    assert_eq!(deleted["NonExistVideoIds"][0], "nobody");
    assert!(cloud.live_media().is_empty() && cloud.orphans().is_empty() && !path.exists());
    let gone = (404, "InvalidVideo.NotFound".to_owned());
    assert_eq!(code(&cloud, "DeleteVideo", &[("VideoIds", &ids)]).await, gone);
    assert_eq!(code(&cloud, "RefreshUploadVideo", &[("VideoId", &one.media)]).await, gone);
    assert_eq!(code(&cloud, "GetMezzanineInfo", &[("VideoId", &one.media)]).await, gone);
    assert_eq!(code(&cloud, "GetVideoInfo", &[("ReferenceId", "nobody")]).await, gone);
    let many = vec!["x"; 21].join(",");
    let refused = code(&cloud, "DeleteVideo", &[("VideoIds", &many)]).await;
    assert_eq!(refused, (400, "VideoIdsExceededMax".into()));
}

#[tokio::test]
async fn categories_and_template_groups_can_be_chosen_from() {
    let cloud = sandbox().await;
    let top = vod(&cloud, "GetCategories", &[("PageSize", "2")]).await.json();
    assert_eq!(top["SubTotal"], 3);
    assert_eq!(top["SubCategories"]["Category"].as_array().unwrap().len(), 2);
    let id = cloud.categories()[0].0.to_string();
    let below = vod(&cloud, "GetCategories", &[("CateId", &id)]).await.json();
    assert_eq!(below["SubCategories"]["Category"][0]["Level"], 1);
    assert_eq!(below["Category"]["CateName"], "Lectures");
    assert_eq!(code(&cloud, "GetCategories", &[("CateId", "7")]).await.1, "InvalidCateId.NotFound");
    let groups = vod(&cloud, "ListTranscodeTemplateGroup", &[]).await.json();
    assert_eq!(groups["TranscodeTemplateGroupList"][0]["IsDefault"], "Default");
}
