//! Where requests point, and what files are called.

use super::*;

fn head(uri: &str, host: &str) -> Parts {
    http::Request::get(uri).header("host", host).body(()).unwrap().into_parts().0
}

#[test]
fn bucket_and_key_come_from_the_path_or_the_host() {
    let at = |uri, host| place(&head(uri, host), &["outin-1"]).map(|it| (it.bucket, it.key));
    let both = |bucket: &str, key: &str| Some((bucket.to_owned(), key.to_owned()));
    assert_eq!(at("/outin-1/sv/a.mp4", "127.0.0.1:1"), both("outin-1", "sv/a.mp4"));
    assert_eq!(at("/outin-1/sv%2Fa%20b.mp4?uploads", "127.0.0.1:1"), both("outin-1", "sv/a b.mp4"));
    assert_eq!(at("/sv%2Fa.mp4", "outin-1.oss.localhost:1"), both("outin-1", "sv/a.mp4"));
    assert_eq!(at("/", "outin-1.oss.localhost:1"), both("outin-1", ""));
    assert_eq!(at("/outin-1", "127.0.0.1:1"), both("outin-1", ""));
    assert_eq!(at("/?Action=GetVideoInfo", "127.0.0.1:1"), None);
}

#[test]
fn a_finished_object_has_a_name_people_can_read() {
    assert_eq!(file_name(None, "sv/a b.mp4"), "object-sv_a_b_mp4.mp4");
    assert_eq!(safe("--视频 ../x"), "视频____x");
}
