//! A data folder outlives its sandbox, and a sandbox without one leaves nothing.

use http::Method;
use vodlift_sandbox::{Options, Sandbox, Status};

use crate::client::{Pass, crc64, sandbox, vod};

const SIZE: usize = 200 * 1024;

#[tokio::test]
async fn everything_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { data: Some(folder.path().to_owned()), ..Options::quick() };
    let cloud = Sandbox::start(options()).await.unwrap();
    let (endpoint, key) = (cloud.endpoint(), cloud.key());
    let done = Pass::video(&cloud).await;
    done.send(&cloud, Method::PUT, "", &[], b"done").await;
    let deleted = Pass::video(&cloud).await;
    vod(&cloud, "DeleteVideo", &[("VideoIds", &deleted.media)]).await;
    let half = Pass::video(&cloud).await;
    let upload = half.initiate(&cloud).await;
    let (one, two, three) = (vec![1; SIZE], vec![2; SIZE], vec![3; 7]);
    let first = half.part(&cloud, &upload, 1, &one).await;
    let third = half.part(&cloud, &upload, 3, &three).await;
    let facts = (cloud.live_media(), cloud.objects(), cloud.orphans());
    cloud.stop().await;

    let cloud = Sandbox::start(options()).await.unwrap();
    assert_eq!(cloud.endpoint(), endpoint, "the same port");
    assert_eq!(cloud.key().id, key.id);
    assert_eq!(cloud.key().secret.expose(), key.secret.expose());
    assert_eq!((cloud.live_media(), cloud.objects(), cloud.orphans()), facts);
    // The pass of before is still one.
    let second = half.part(&cloud, &upload, 2, &two).await;
    let parts = [(1, first), (2, second), (3, third)];
    let answer = half.complete(&cloud, &upload, &parts).await;
    let whole = [one, two, three].concat();
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), crc64(&whole), "{}", answer.text());
    let object = cloud.object(&half.media).unwrap();
    assert_eq!(std::fs::read(&object.path).unwrap(), whole);
    assert_eq!(object.path.parent().unwrap(), folder.path());
    assert!(cloud.live_media().iter().all(|media| media.status == Status::Normal));

    let both = Sandbox::start(options()).await.unwrap_err();
    assert_eq!(both.kind(), std::io::ErrorKind::AddrInUse, "one folder, one sandbox");
    let address = endpoint.replace("http://", "");
    cloud.stop().await;
    let taken = std::net::TcpListener::bind(address).unwrap();
    let cloud = Sandbox::start(options()).await.unwrap();
    assert_ne!(cloud.endpoint(), endpoint, "somebody else has the port now");
    drop((taken, cloud));
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 3, "two objects and the hidden folder");
    assert_eq!(std::fs::read_dir(folder.path().join(".sandbox/parts")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_taken_port_is_an_error_when_it_was_asked_for() {
    let cloud = sandbox().await;
    let options = Options { port: Some(cloud.port()), ..Options::quick() };
    assert!(Sandbox::start(options).await.is_err());
}

#[tokio::test]
async fn without_a_folder_nothing_is_left() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    pass.send(&cloud, Method::PUT, "", &[], b"x").await;
    let path = cloud.objects()[0].path.clone();
    assert!(path.exists());
    cloud.stop().await;
    assert!(!path.parent().unwrap().exists());
}
