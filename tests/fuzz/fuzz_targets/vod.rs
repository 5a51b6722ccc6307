//! Answers of VOD and of credential servers, as JSON, XML, HTML or rubbish. Knows no right answer, only what never may be.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use vodlift_cloud::server::{Create, Server};
use vodlift_cloud::vod::{By, CreateAttached, CreateImage, CreateVideo, Reservation, Vod};
use vodlift_cloud::{Error, Kind, Secret};
use vodlift_fuzz::{FarSide, SECRET, answer, credential, words};

thread_local!(static FAR: OnceLock<FarSide> = const { OnceLock::new() });

/// What is true of every reservation; its words.
fn reserved(reservation: &Reservation) -> String {
    assert!(!reservation.media_id.is_empty());
    let address = &reservation.grant.address;
    let endpoint = address.endpoint();
    assert!(endpoint.starts_with("https://") || endpoint.starts_with("http://"), "{endpoint}");
    assert!(!address.bucket().is_empty() && !address.object().is_empty());
    let mut bare = reservation.grant.pass.clone();
    bare.credential.secret = Secret::new(String::new());
    bare.credential.token = bare.credential.token.map(|_| Secret::new(String::new()));
    assert_eq!(
        format!("{bare:?}"),
        format!("{:?}", reservation.grant.pass),
        "Debug shows a secret"
    );
    String::new()
}

fuzz_target!(|data: &[u8]| {
    let Some((call, status, headers, body)) = answer(data) else { return };
    FAR.with(|far| {
        let far = far.get_or_init(FarSide::default);
        let vod = Vod::at(&far.endpoint, "cn-shanghai").unwrap();
        let key = credential();
        let server = Server::new(&far.endpoint, Some(Secret::new(SECRET.to_owned()))).unwrap();
        let told: Result<String, Error> = far.ask(status, headers, body, async |c| match call {
            0 => c.create_video(&vod, &key, &CreateVideo::default()).await.map(|r| reserved(&r)),
            1 => c.create_image(&vod, &key, &CreateImage::default()).await.map(|r| reserved(&r)),
            2 => c
                .create_attached(&vod, &key, &CreateAttached::default())
                .await
                .map(|r| reserved(&r)),
            3 => c.refresh_video(&vod, &key, By::Id("v")).await.map(|r| reserved(&r)),
            4 => c.video_info(&vod, &key, By::Reference("r")).await.map(|info| {
                assert!(info.duration_s.is_none_or(f64::is_finite));
                assert!(!info.status.is_empty());
                String::new()
            }),
            5 => c.mezzanine(&vod, &key, By::Id("v")).await.map(|_| String::new()),
            6 => c.image_info(&vod, &key, "i").await.map(|_| String::new()),
            7 => c.attached_info(&vod, &key, &["m"]).await.map(|_| String::new()),
            8 => c.delete_video(&vod, &key, &["v"]).await.map(|_| String::new()),
            9 => c.categories(&vod, &key, None, 1).await.map(|_| String::new()),
            10 => c.template_groups(&vod, &key).await.map(|_| String::new()),
            11 => c.server_create(&server, &Create::default()).await.map(|r| reserved(&r)),
            12 => c.server_refresh(&server, "v").await.map(|r| reserved(&r)),
            _ => c
                .server_status(&server, "video", "v")
                .await
                .map(|status| status.map_or_else(|| "absent".to_owned(), |_| String::new())),
        });
        match told {
            Ok(word) => assert!(
                (200..300).contains(&status) || (word == "absent" && matches!(status, 404 | 501))
            ),
            Err(error) => {
                far.assert_clean(&words(&error));
                assert!(error.message.as_ref().is_none_or(|text| text.len() <= 1_100));
                // A proxy that refuses answers too, and then nothing went further.
                assert!(!error.unsent() || error.kind == Kind::Proxy, "an answer came: {error:?}");
            }
        }
    });
});
