//! What becomes of an upload where the cloud wants to be signed for in another way. Knows no signature.

use expect_test::expect;
use vodlift_engine::fault::Code;
use vodlift_engine::model::{Phase, TransferId};
use vodlift_engine::view::Status;
use vodlift_tests::{World, run};

/// Every request to storage in order: what it asked, how it was signed, what came back.
fn signed(world: &World) -> String {
    let requests = world.cloud.requests();
    let to_storage = requests.0.iter().filter(|it| !it.object.is_empty());
    let told = to_storage
        .map(|it| format!("{} {} {}", it.action, it.signed, it.status.unwrap_or(0)))
        .collect::<Vec<_>>();
    told.join("\n")
}

async fn put(weather: &str) -> (World, TransferId, String) {
    run(&format!("file a.mp4 900KiB\n{weather}")).await
}

#[tokio::test]
async fn a_wrong_region_is_told_without_the_right_one_and_v1_needs_none() {
    let (world, id, _) = run("file a.mp4 2MiB\ncreate other region").await;
    assert_eq!(world.facts(id).await.state.phase, Phase::Settled);
    expect![[r"
        InitiateMultipartUpload OSS4-HMAC-SHA256 400
        InitiateMultipartUpload OSS 200
        UploadPart OSS 200
        UploadPart OSS 200
        CompleteMultipartUpload OSS 200"]]
    .assert_eq(&signed(&world));
}

#[tokio::test]
async fn a_bucket_that_takes_only_v1_is_signed_for_with_v1() {
    let (world, id, _) = put("oss no v4").await;
    assert_eq!(world.facts(id).await.state.phase, Phase::Settled);
    expect![[r"
        PutObject OSS4-HMAC-SHA256 400
        PutObject OSS 200"]]
    .assert_eq(&signed(&world));
}

#[tokio::test]
async fn a_bucket_that_takes_neither_is_a_fault_and_no_loop() {
    let (world, id, _) = put("oss no v4\noss no v1").await;
    expect![[r"
        PutObject OSS4-HMAC-SHA256 400
        PutObject OSS 403"]]
    .assert_eq(&signed(&world));
    let row = world.until(id, |row| row.status == Status::Failed).await;
    assert_eq!(row.fault.expect("a fault").code, Code::OssDenied);
}
