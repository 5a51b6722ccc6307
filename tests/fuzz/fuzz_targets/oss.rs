//! Answers of OSS, as XML, HTML or rubbish. Knows no right answer, only what never may be.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use vodlift_cloud::{Address, Error, Kind, Pass};
use vodlift_fuzz::{FarSide, answer, credential, words};

thread_local!(static FAR: OnceLock<FarSide> = const { OnceLock::new() });

fuzz_target!(|data: &[u8]| {
    let Some((call, status, headers, body)) = answer(data) else { return };
    FAR.with(|far| {
        let far = far.get_or_init(FarSide::default);
        let to = Address::new(&far.endpoint, "outin-1", "sv/a/b.mp4").unwrap();
        let pass = Pass::new(credential());
        let empty = futures_util::stream::empty;
        let told: Result<(), Error> = far.ask(status, headers, body, async |c| match call {
            0 => c
                .put_object(&to, &pass, 0, "video/mp4", None, empty())
                .await
                .map(|s| assert!(!s.etag.is_empty())),
            1 => c.initiate(&to, &pass, "video/mp4").await.map(|id| assert!(!id.trim().is_empty())),
            2 => c
                .put_part(&to, &pass, "u", 1, 0, empty())
                .await
                .map(|s| assert!(!s.etag.is_empty())),
            3 => c.list_parts(&to, &pass, "u", 7).await.map(|page| {
                assert!(page.parts.is_sorted_by_key(|part| part.number));
                assert!(page.next.is_none_or(|next| next > 7), "pages for ever");
            }),
            4 => c
                .complete(&to, &pass, "u", &[(1, "\"e\"")])
                .await
                .map(|s| assert!(!s.etag.is_empty())),
            5 => c.abort(&to, &pass, "u").await,
            _ => c.head(&to, &pass).await.map(drop),
        });
        match told {
            Ok(()) => assert!((200..300).contains(&status)),
            Err(error) => {
                far.assert_clean(&words(&error));
                // A proxy that refuses answers too, and then nothing went further.
                assert!(!error.unsent() || error.kind == Kind::Proxy, "an answer came: {error:?}");
            }
        }
    });
});
