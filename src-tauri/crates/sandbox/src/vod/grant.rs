//! UploadAddress and UploadAuth: one credential for one object. Knows nothing of how they are used.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::Call;
use crate::clock::{Clock, iso};
use crate::store::{Media, Pass, REGION, Scope, Store, random_text};
use crate::unverified::Unverified;
use crate::weather::Effect;

impl Call<'_> {
    /// Puts `media` into the books and a pass for its object into `answer`.
    pub(super) fn granted(&self, media: &Media, mut answer: Value) -> Value {
        let life = {
            let mut weather =
                self.weather.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            weather.pass_life(media.kind)
        };
        let life = life.unwrap_or(self.options.expire);
        let scope = Scope::Object {
            bucket: media.bucket.clone(),
            key: media.key.clone(),
            media: media.id.clone(),
        };
        self.store.books().put_media(media.clone());
        let early = self.other(Unverified::TokenEndsEarly);
        let lived = if early { life * 5 / 6 } else { life };
        let pass = issue(self.store, self.clock, scope, lived);
        let told_ms =
            i64::try_from(life.saturating_sub(lived).as_millis()).unwrap_or(0) + pass.expires_ms;
        let told = iso(self.clock.shown_at(told_ms));
        let mut address = json!({
            "Endpoint": self.endpoint(),
            "Bucket": media.bucket,
            "FileName": media.key,
        });
        // Seen in the wild: a bucket in Beijing, and UploadAuth names the region of the API.
        let elsewhere = self.effect == Some(&Effect::OtherRegion);
        let mut auth = json!({
            "SecurityToken": pass.token,
            "AccessKeyId": pass.id,
            "ExpireUTCTime": told,
            "AccessKeySecret": pass.secret,
            "Expiration": life.as_secs().to_string(),
            "Region": if elsewhere { "cn-beijing" } else { REGION },
        });
        if self.other(Unverified::ObjectPrefix) {
            let (folder, _) = media.key.rsplit_once('/').unwrap_or_default();
            address["ObjectPrefix"] = format!("{folder}/").into();
        }
        if self.other(Unverified::ExpirationIsADate) {
            auth = json!({
                "AccessKeyId": pass.id,
                "AccessKeySecret": pass.secret,
                "Expiration": told,
                "SecurityToken": pass.token,
            });
        }
        if let Value::Object(fields) = &mut answer {
            fields.insert("UploadAddress".into(), base64(&address).into());
            fields.insert("UploadAuth".into(), base64(&auth).into());
        }
        answer
    }

    fn endpoint(&self) -> String {
        let own = || format!("http://127.0.0.1:{}", self.store.books().account.port);
        self.options.address.clone().unwrap_or_else(own)
    }

    /// Its address as VOD tells it to an account without a domain name: signed, and good for an hour only.
    pub(super) fn signed_url(&self, media: &Media) -> String {
        if self.account.domain {
            return self.url(media);
        }
        let hour = self.clock.shown_at(self.clock.now_ms() + 3_600_000).as_second();
        let key = format!("STS.{}", random_text(25));
        let signature = random_text(27);
        let query = format!("?Expires={hour}&OSSAccessKeyId={key}&Signature={signature}%3D");
        self.store.books().signatures.push(signature);
        self.url(media) + &query
    }

    /// A cover as it is told: one that was given signed is signed anew.
    pub(super) fn cover_url(&self, media: &Media) -> String {
        let cover = &media.cover_url;
        let Some((plain, _)) = cover.split_once("?Expires=") else { return cover.clone() };
        let path = plain.strip_prefix(&self.endpoint()).and_then(|it| it.strip_prefix('/'));
        let image = path
            .and_then(|it| it.split_once('/'))
            .and_then(|(bucket, key)| self.store.books().media_at(bucket, key).cloned());
        match image {
            Some(image) if !self.other(Unverified::CoverStaysSigned) => self.signed_url(&image),
            Some(_) | None => cover.clone(),
        }
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
