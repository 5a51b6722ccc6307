//! Answers that are lost, early, halved, or somebody else's.

use expect_test::expect;

use vodlift_tests::run;

use super::{ALL, IMAGE, ONE_REQUEST, PARTS, PUT, SUBTITLE, check, told};

#[tokio::test]
async fn lost_answers_of_create() {
    check(&["create answer lost ×1"], &ONE_REQUEST, expect![[r#"
        create answer lost ×1
            put: planned 1 · rest net.timeout · found.again · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · rest net.timeout · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled | 2 ids
            subtitle: planned 1 · rest net.timeout · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled | 2 ids
    "#]]).await;
}

#[tokio::test]
async fn lost_answers_of_storage() {
    check(&["initiate answer lost ×1", "part 2 answer lost ×1"], &[PARTS], expect![[r#"
        initiate answer lost ×1
            parts: planned 3 · reserved · rest net.timeout · opened · stored 3 · sent · sealed · verified · vod Normal · settled | 1 uploads left
        part 2 answer lost ×1
            parts: planned 3 · reserved · opened · stored 2 · rest net.timeout · stored 1 · sent · sealed · verified · vod Normal · settled
    "#]]).await;
    check(
        &["put answer lost ×1"],
        &[PUT, SUBTITLE],
        expect![[r#"
        put answer lost ×1
            put: planned 1 · reserved · opened · rest net.timeout · landed · verified · settled
            subtitle: planned 1 · reserved · opened · rest net.timeout · landed · verified · settled
    "#]],
    )
    .await;
}

#[tokio::test]
async fn early_answers() {
    for upload in ALL {
        let script = format!("file {} {}\nPUT * early 503 SlowDown ×1", upload.file, upload.bytes);
        let (world, id, _) = run(&script).await;
        // Whoever is still sending may see the answer or the closed door: chance of the socket.
        let told = told(&world, id).await.replace("rest net.timeout", "rest req.throttle");
        assert_eq!(told.matches("rest req.throttle").count(), 1, "{}: {told}", upload.name);
        assert!(told.ends_with("settled"), "{}: {told}", upload.name);
    }
}

#[tokio::test]
async fn sign_in_pages() {
    check(&["create html ×1"], &ONE_REQUEST, expect![[r#"
        create html ×1
            put: planned 1 · rest net.portal · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · rest net.portal · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · rest net.portal · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
    "#]]).await;
    check(&["PUT * html ×1", "status html ×1"], &ALL, expect![[r#"
        PUT * html ×1
            parts: planned 3 · reserved · opened · stored 2 · rest net.portal · stored 1 · sent · sealed · verified · vod Normal · settled
            put: planned 1 · reserved · opened · rest net.portal · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · rest net.portal · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · rest net.portal · stored 1 · sent · sealed · verified · vod Normal · settled
        status html ×1
            parts: planned 3 · reserved · opened · stored 3 · sent · sealed · verified · rest net.portal · vod Normal · settled
            put: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest net.portal · vod Normal · settled
            image: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest net.portal · vod Normal · settled
            subtitle: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest net.portal · vod Normal · settled
    "#]]).await;
    check(&["initiate html ×1", "complete html ×1"], &[PARTS], expect![[r#"
        initiate html ×1
            parts: planned 3 · reserved · rest net.portal · opened · stored 3 · sent · sealed · verified · vod Normal · settled
        complete html ×1
            parts: planned 3 · reserved · opened · stored 3 · sent · rest net.portal · sealed · verified · vod Normal · settled
    "#]]).await;
}

#[tokio::test]
async fn wrong_checksums() {
    check(&["PUT * wrong crc ×1"], &ALL, expect![[r#"
        PUT * wrong crc ×1
            parts: planned 3 · reserved · opened · part.again · stored 3 · sent · sealed · verified · vod Normal · settled
            put: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
    "#]]).await;
    check(
        &["put wrong crc ×1\nhead wrong crc"],
        &[PUT, IMAGE, SUBTITLE],
        expect![[r#"
        put wrong crc ×1 & head wrong crc
            put: planned 1 · reserved · opened · stored 1 · sent · sealed · stuck oss.crc
            image: planned 1 · reserved · opened · stored 1 · sent · sealed · stuck oss.crc
            subtitle: planned 1 · reserved · opened · stored 1 · sent · sealed · stuck oss.crc
    "#]],
    )
    .await;
}

#[tokio::test]
async fn damaged_bodies() {
    check(&["put corrupt ×1", "put corrupt ×3"], &ONE_REQUEST, expect![[r#"
        put corrupt ×1
            put: planned 1 · reserved · opened · part.again · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · part.again · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · part.again · stored 1 · sent · sealed · verified · vod Normal · settled
        put corrupt ×3
            put: planned 1 · reserved · opened · part.again · part.again · part.again · rest oss.part · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · part.again · part.again · part.again · rest oss.part · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · part.again · part.again · part.again · rest oss.part · stored 1 · sent · sealed · verified · vod Normal · settled
    "#]]).await;
}

#[tokio::test]
async fn wrong_etags() {
    check(&["PUT * wrong etag ×1"], &ALL, expect![[r#"
        PUT * wrong etag ×1
            parts: planned 3 · reserved · opened · stored 3 · sent · recount · back to opened · lost · stored 1 · sent · sealed · verified · vod Normal · settled
            put: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            subtitle: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
    "#]]).await;
}

#[tokio::test]
async fn half_answers() {
    check(&["create half ×1", "PUT * half ×1", "status half ×1"], &ALL, expect![[r#"
        create half ×1
            parts: planned 3 · rest net.timeout · found.again · reserved · opened · stored 3 · sent · sealed · verified · vod Normal · settled
            put: planned 1 · rest net.timeout · found.again · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            image: planned 1 · rest net.timeout · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled | 2 ids
            subtitle: planned 1 · rest net.timeout · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled | 2 ids
        PUT * half ×1
            parts: planned 3 · reserved · opened · stored 2 · rest net.timeout · stored 1 · sent · sealed · verified · vod Normal · settled
            put: planned 1 · reserved · opened · rest net.timeout · landed · verified · settled
            image: planned 1 · reserved · opened · rest net.timeout · landed · verified · settled
            subtitle: planned 1 · reserved · opened · rest net.timeout · landed · verified · settled
        status half ×1
            parts: planned 3 · reserved · opened · stored 3 · sent · sealed · verified · rest net.timeout · vod Normal · settled
            put: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest net.timeout · vod Normal · settled
            image: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest net.timeout · vod Normal · settled
            subtitle: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest net.timeout · vod Normal · settled
    "#]]).await;
    check(&["initiate half ×1", "complete half ×1"], &[PARTS], expect![[r#"
        initiate half ×1
            parts: planned 3 · reserved · rest net.timeout · opened · stored 3 · sent · sealed · verified · vod Normal · settled | 1 uploads left
        complete half ×1
            parts: planned 3 · reserved · opened · stored 3 · sent · rest net.timeout · landed · verified · settled
    "#]]).await;
}

#[tokio::test]
async fn words_of_a_gateway() {
    check(
        &["create gateway xml ×1", "PUT * gateway xml ×1", "status gateway xml ×1"],
        &ALL,
        expect![[r#"
            create gateway xml ×1
                parts: planned 3 · rest req.server · reserved · opened · stored 3 · sent · sealed · verified · vod Normal · settled
                put: planned 1 · rest req.server · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
                image: planned 1 · rest req.server · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
                subtitle: planned 1 · rest req.server · reserved · opened · stored 1 · sent · sealed · verified · vod Normal · settled
            PUT * gateway xml ×1
                parts: planned 3 · reserved · opened · stored 2 · rest req.server · stored 1 · sent · sealed · verified · vod Normal · settled
                put: planned 1 · reserved · opened · rest req.server · stored 1 · sent · sealed · verified · vod Normal · settled
                image: planned 1 · reserved · opened · rest req.server · stored 1 · sent · sealed · verified · vod Normal · settled
                subtitle: planned 1 · reserved · opened · rest req.server · stored 1 · sent · sealed · verified · vod Normal · settled
            status gateway xml ×1
                parts: planned 3 · reserved · opened · stored 3 · sent · sealed · verified · rest req.server · vod Normal · settled
                put: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest req.server · vod Normal · settled
                image: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest req.server · vod Normal · settled
                subtitle: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · rest req.server · vod Normal · settled
        "#]],
    )
    .await;
    check(&["initiate gateway xml ×1", "complete gateway xml ×1"], &[PARTS], expect![[r#"
        initiate gateway xml ×1
            parts: planned 3 · reserved · rest req.server · opened · stored 3 · sent · sealed · verified · vod Normal · settled
        complete gateway xml ×1
            parts: planned 3 · reserved · opened · stored 3 · sent · rest req.server · sealed · verified · vod Normal · settled
    "#]]).await;
}

#[tokio::test]
async fn an_upload_that_is_gone_at_its_end() {
    check(&["complete forget upload ×1"], &[PARTS], expect![[r#"
        complete forget upload ×1
            parts: planned 3 · reserved · opened · stored 3 · sent · back to reserved · opened · stored 3 · sent · sealed · verified · vod Normal · settled
    "#]]).await;
}

#[tokio::test]
async fn media_that_is_gone() {
    check(&["part 2 forget media ×1", "complete forget media ×1"], &[PARTS], expect![[r#"
        part 2 forget media ×1
            parts: planned 3 · reserved · opened · back to planned · reserved · opened · stored 3 · sent · sealed · verified · vod Normal · settled
        complete forget media ×1
            parts: planned 3 · reserved · opened · stored 3 · sent · back to planned · reserved · opened · stored 3 · sent · sealed · verified · vod Normal · settled
    "#]]).await;
    check(&["put forget media ×1"], &ONE_REQUEST, expect![[r#"
        put forget media ×1
            put: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · stuck media.gone | 0 ids
            image: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · stuck media.gone | 0 ids
            subtitle: planned 1 · reserved · opened · stored 1 · sent · sealed · verified · stuck media.gone | 0 ids
    "#]]).await;
}
