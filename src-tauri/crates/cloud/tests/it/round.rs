//! Every call once against the sandbox, which checks signatures and rules by itself; in both pairs of signatures.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, stream};
use jiff::Timestamp;
use vodlift_cloud::{
    Client, Kind, Secret, Signature, Signing, Transport, VodSignature,
    crc64::{self, Crc64},
    vod::{By, CreateAttached, CreateImage, CreateVideo, UpdateVideo, Vod},
};
use vodlift_sandbox::{Handle, Options, Sandbox};

use crate::wire;

#[expect(clippy::disallowed_methods, reason = "the sandbox lives in real time")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn nonce() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("nonce-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn client(vod_signature: VodSignature, oss_signature: Signature) -> Client {
    Client::new(Transport { now, nonce, vod_signature, oss_signature, ..wire::transport() })
}

fn body(bytes: &[u8]) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    let chunks: Vec<_> =
        bytes.chunks(64 * 1024).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    stream::iter(chunks)
}

fn vod(cloud: &Handle) -> Vod {
    Vod::at(&cloud.endpoint(), cloud.region()).unwrap()
}

fn new_video(size: usize) -> CreateVideo {
    CreateVideo {
        title: "视频 *~+/!'() 1".to_owned(),
        file_name: "电影 (1).mp4".to_owned(),
        file_size: size as u64,
        reference_id: Some("reference-0001".to_owned()),
        tags: Some("a,b".to_owned()),
        ..CreateVideo::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_in_parts() {
    for (ours, theirs) in [(VodSignature::Acs3, Signature::V4), (VodSignature::Rpc1, Signature::V1)]
    {
        let cloud = Sandbox::start(Options::quick()).await.unwrap();
        let (client, vod, key) = (client(ours, theirs), vod(&cloud), cloud.key());
        let parts = [vec![1; 300_000], vec![2; 102_400], vec![3; 777]];
        let size = parts.iter().map(Vec::len).sum();
        let made = client.create_video(&vod, &key, &new_video(size)).await.unwrap();
        let (address, pass) = (&made.grant.address, &made.grant.pass);
        assert_eq!(address.endpoint(), cloud.endpoint());

        let by = By::Reference("reference-0001");
        let info = client.video_info(&vod, &key, by).await.unwrap();
        assert_eq!((info.media_id.as_str(), info.status.as_str()), (&*made.media_id, "Uploading"));
        let fresh = client.refresh_video(&vod, &key, By::Id(&made.media_id)).await.unwrap();
        assert_eq!(fresh.grant.address, *address);
        let pass = if ours == VodSignature::Acs3 { &fresh.grant.pass } else { pass };

        let upload = client.initiate(address, pass, "video/mp4").await.unwrap();
        let (mut etags, mut whole) = (Vec::new(), 0);
        for (number, part) in (1..).zip(&parts) {
            let length = part.len() as u64;
            let stored =
                client.put_part(address, pass, &upload, number, length, body(part)).await.unwrap();
            let mut crc = Crc64::new();
            crc.update(part);
            assert_eq!(stored.crc64, Some(crc.value()));
            whole = crc64::combine(whole, crc.value(), crc.length());
            etags.push((number, stored.etag));
        }
        let page = client.list_parts(address, pass, &upload, 0).await.unwrap();
        let listed: Vec<_> = page.parts.iter().map(|p| (p.number, p.etag.clone())).collect();
        assert_eq!((&listed, page.next), (&etags, None));
        let page = client.list_parts(address, pass, &upload, 2).await.unwrap();
        assert_eq!(page.parts.len(), 1);
        let etags: Vec<_> = etags.iter().map(|(number, etag)| (*number, etag.as_str())).collect();
        let stored = client.complete(address, pass, &upload, &etags).await.unwrap();
        assert_eq!(stored.crc64, Some(whole));
        let object = client.head(address, pass).await.unwrap();
        assert_eq!((object.size, object.crc64), (size as u64, Some(whole)));
        let again = client.complete(address, pass, &upload, &etags).await.unwrap_err();
        assert_eq!(again.code.as_deref(), Some("NoSuchUpload"));

        let file = client.mezzanine(&vod, &key, By::Id(&made.media_id)).await.unwrap();
        assert_eq!((file.status.as_str(), file.size), ("Normal", Some(size as u64)));
        let new = UpdateVideo { title: Some("新".to_owned()), ..UpdateVideo::default() };
        client.update_video(&vod, &key, By::Id(&made.media_id), &new).await.unwrap();
        let info = client.video_info(&vod, &key, By::Id(&made.media_id)).await.unwrap();
        assert_eq!((info.title.as_deref(), info.status.as_str()), (Some("新"), "Normal"));
        let kept = std::fs::read(cloud.object(&made.media_id).unwrap().path).unwrap();
        assert_eq!(kept, parts.concat());
        client.delete_video(&vod, &key, &[&made.media_id]).await.unwrap();
        let gone = client.video_info(&vod, &key, By::Id(&made.media_id)).await.unwrap_err();
        assert_eq!(gone.code.as_deref(), Some("InvalidVideo.NotFound"));
        cloud.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_things_in_one_request() {
    let cloud = Sandbox::start(Options::quick()).await.unwrap();
    let (client, vod, key) = (client(VodSignature::Acs3, Signature::V4), vod(&cloud), cloud.key());
    let image = CreateImage {
        image_type: "default".to_owned(),
        image_ext: "jpg".to_owned(),
        file_name: "a.jpg".to_owned(),
        ..CreateImage::default()
    };
    let made = client.create_image(&vod, &key, &image).await.unwrap();
    let grant = &made.grant;
    let stored = client
        .put_object(&grant.address, &grant.pass, 9, "image/jpeg", None, body(b"123456789"))
        .await
        .unwrap();
    assert_eq!(stored.crc64, Some(0x995d_c9bb_df19_39fa));
    let info = client.image_info(&vod, &key, &made.media_id).await.unwrap();
    assert_eq!(info.status, "Normal");
    client.delete_image(&vod, &key, &[&made.media_id]).await.unwrap();

    let subtitle = CreateAttached {
        business_type: "subtitle".to_owned(),
        media_ext: "srt".to_owned(),
        file_name: "字幕.srt".to_owned(),
        file_size: 9,
        ..CreateAttached::default()
    };
    let made = client.create_attached(&vod, &key, &subtitle).await.unwrap();
    let grant = &made.grant;
    let md5 = Some("JfnnlDI7RTiF9RgfG2JNCw==");
    let put = client.put_object(
        &grant.address,
        &grant.pass,
        9,
        "application/x-subrip",
        md5,
        body(b"123456789"),
    );
    put.await.unwrap();
    let (found, absent) =
        client.attached_info(&vod, &key, &[&made.media_id, "nobody"]).await.unwrap();
    assert_eq!((found[0].status.as_str(), absent.missing.len()), ("Normal", 1));
    client.delete_attached(&vod, &key, &[&made.media_id]).await.unwrap();

    let (categories, _) = client.categories(&vod, &key, None, 1).await.unwrap();
    assert!(!categories.is_empty());
    let groups = client.template_groups(&vod, &key).await.unwrap();
    assert_eq!(groups.len(), cloud.template_groups().len());
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals() {
    let cloud = Sandbox::start(Options::quick()).await.unwrap();
    let (client, vod, key) = (client(VodSignature::Acs3, Signature::V4), vod(&cloud), cloud.key());
    let made = client.create_video(&vod, &key, &new_video(9)).await.unwrap();
    let (address, pass) = (&made.grant.address, &made.grant.pass);

    let mut wrong = key.clone();
    wrong.secret = Secret::new("another".to_owned());
    let error = client.video_info(&vod, &wrong, By::Id(&made.media_id)).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("SignatureDoesNotMatch"));
    assert_eq!(error.kind, Kind::Status);
    wrong.id = "nobody".to_owned();
    let error = client.video_info(&vod, &wrong, By::Id(&made.media_id)).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("InvalidAccessKeyId.NotFound"));

    let mut bad = pass.clone();
    bad.credential.secret = Secret::new("another".to_owned());
    let error = client.initiate(address, &bad, "video/mp4").await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("SignatureDoesNotMatch"));
    let token = pass.credential.token.as_ref().unwrap().expose();
    assert!(!format!("{error:?}").contains(token));
    // HEAD has no body to say it in.
    let error = client.head(address, pass).await.unwrap_err();
    assert_eq!((error.code.as_deref(), error.status), (Some("NoSuchKey"), Some(404)));
    let error = client.abort(address, pass, "nothing").await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("NoSuchUpload"));

    let mut elsewhere = pass.clone();
    elsewhere.signing = Some(Signing::V4 { region: "cn-beijing".to_owned() });
    let error = client.initiate(address, &elsewhere, "video/mp4").await.unwrap_err();
    assert!(error.wrong_region(), "{error:?}");

    let (received, by) = (now(), By::Id(&made.media_id));
    cloud.weather("clock +20m".parse().unwrap());
    let error = client.video_info(&vod, &key, by).await.unwrap_err();
    assert!(error.clock(), "{error:?}");
    let clock = client.clock(&vod.host()).expect("it has answered");
    assert!((1_195..=1_205).contains(&clock.as_secs()), "{clock:?}");
    // The very next request is signed with the server's time.
    client.video_info(&vod, &key, by).await.unwrap();
    client.initiate(address, pass, "video/mp4").await.unwrap();
    assert!(pass.life(received, Some(clock)) > Duration::from_mins(25));
    cloud.advance(Duration::from_mins(51));
    let error = client.initiate(address, pass, "video/mp4").await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("SecurityTokenExpired"));
    cloud.stop().await;
}
