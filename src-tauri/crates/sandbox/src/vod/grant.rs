//! UploadAddress and UploadAuth: one credential for one object. Knows nothing of how they are used.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::Call;
use crate::clock::{Clock, iso};
use crate::store::{Media, Pass, REGION, Scope, Store, random_text};
use crate::weather::Effect;

impl Call<'_> {
    /// Puts `media` into the books and a pass for its object into `answer`.
    pub(super) fn granted(&self, media: &Media, mut answer: Value) -> Value {
        let life = {
            let mut weather =
                self.weather.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            weather.pass_life(media.kind)
        };
        let life = life.unwrap_or(self.expire);
        let scope = Scope::Object {
            bucket: media.bucket.clone(),
            key: media.key.clone(),
            media: media.id.clone(),
        };
        self.store.books().put_media(media.clone());
        let pass = issue(self.store, self.clock, scope, life);
        let address = json!({
            "Endpoint": self.endpoint(),
            "Bucket": media.bucket,
            "FileName": media.key,
        });
        // Seen in the wild: a bucket in Beijing, and UploadAuth names the region of the API.
        let elsewhere = self.effect == Some(&Effect::OtherRegion);
        let auth = json!({
            "SecurityToken": pass.token,
            "AccessKeyId": pass.id,
            "ExpireUTCTime": iso(self.clock.shown_at(pass.expires_ms)),
            "AccessKeySecret": pass.secret,
            "Expiration": life.as_secs().to_string(),
            "Region": if elsewhere { "cn-beijing" } else { REGION },
        });
        if let Value::Object(fields) = &mut answer {
            fields.insert("UploadAddress".into(), base64(&address).into());
            fields.insert("UploadAuth".into(), base64(&auth).into());
        }
        answer
    }

    fn endpoint(&self) -> String {
        let own = || format!("http://127.0.0.1:{}", self.store.books().account.port);
        self.address.map_or_else(own, str::to_owned)
    }

    /// Where an object of `media` can be read; loopback, like everything here.
    pub(super) fn url(&self, media: &Media) -> String {
        format!("{}/{}/{}", self.endpoint(), media.bucket, media.key)
    }
}

/// Makes a temporary credential and remembers it.
pub(crate) fn issue(store: &Store, clock: &Clock, scope: Scope, life: Duration) -> Pass {
    let life_ms = i64::try_from(life.as_millis()).unwrap_or(i64::MAX / 2);
    let pass = Pass {
        id: format!("STS.{}", random_text(25)),
        secret: random_text(44),
        // Real tokens are long and full of characters that encoders go wrong on.
        token: format!("CAIS{}+/{}/+{}==", random_text(400), random_text(200), random_text(150)),
        scope,
        expires_ms: clock.now_ms().saturating_add(life_ms),
    };
    store.books().put_pass(pass.clone());
    pass
}

fn base64(value: &Value) -> String {
    BASE64_STANDARD.encode(value.to_string())
}
