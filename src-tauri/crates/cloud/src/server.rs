//! A credential server: a team's own program that hands out reservations, so that no AccessKey leaves it.

use ::http::{HeaderValue, Method, Request, header};
use serde::Serialize;
use serde_json::{Map, Value, json};
use url::Url;
use vodlift_sign::Secret;

use crate::{
    Client, Error, Grant, Kind, answer,
    grant::loopback,
    http::{Answer, Body, Call, authority},
    lenient,
    vod::{Reservation, unsigned},
};

/// Where the server is and what opens it.
#[derive(Clone, Debug)]
pub struct Server {
    url: Url,
    secret: Option<Secret>,
}

impl Server {
    /// It runs on this computer.
    pub fn is_local(&self) -> bool {
        loopback(&self.url)
    }

    /// Takes an http(s) address with any path and query; plain http only for loopback (`Kind::Address`).
    pub fn new(url: &str, secret: Option<Secret>) -> Result<Self, Error> {
        let refused = || Error::new("Settings", Kind::Address);
        let url = Url::parse(url.trim()).map_err(|e| refused().because(e))?;
        let allowed = url.scheme() == "https" || (url.scheme() == "http" && loopback(&url));
        let plain = url.username().is_empty() && url.password().is_none();
        if allowed && plain && url.has_host() { Ok(Self { url, secret }) } else { Err(refused()) }
    }
}

/// VOD's words for a media that was deleted.
const GONE: [&str; 3] = ["InvalidVideo.NotFound", "InvalidMedia.NotFound", "NoSuchResource"];

/// What is asked for. Absent fields are not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Create {
    /// `video`, `audio`, `image`, `subtitle`, `watermark` or `material`.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Base name with extension.
    pub file_name: String,
    /// Bytes.
    pub file_size: u64,
    /// Ours, to find the media again when the answer was lost.
    pub reference_id: String,
    /// Description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Comma-separated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cate_id: Option<String>,
    /// Transcoding template group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_group_id: Option<String>,
    /// Workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<String>,
    /// Host of the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_location: Option<String>,
    /// JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// Multi-application id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
}

impl Client {
    /// Asks the server for a media id and a grant.
    pub async fn server_create(&self, server: &Server, new: &Create) -> Result<Reservation, Error> {
        let operation = "create";
        let mut ask =
            serde_json::to_value(new).map_err(|e| Error::new(operation, Kind::Shape).because(e))?;
        ask["operation"] = operation.into();
        let answer = self.ask(server, operation, &ask).await?;
        reservation(&answer, None)
    }

    /// Asks the server for a fresh pass of an unfinished video.
    pub async fn server_refresh(&self, server: &Server, media: &str) -> Result<Reservation, Error> {
        let ask = json!({ "operation": "refresh", "videoId": media });
        let answer = self.ask(server, "refresh", &ask).await?;
        reservation(&answer, Some(media))
    }

    /// Asks the server what VOD says of a media; `None` if it cannot tell (404, 501): the operation is optional. A 404 that
    /// hands VOD's own word on that the media is gone is an error with that code.
    pub async fn server_status(
        &self,
        server: &Server,
        kind: &str,
        media: &str,
    ) -> Result<Option<String>, Error> {
        let ask = json!({ "operation": "status", "kind": kind, "mediaId": media });
        let answer = self.ask(server, "status", &ask).await?;
        let told = answer::json(&answer);
        if matches!(answer.status.as_u16(), 404 | 501) {
            let named = |error: &Error| {
                let code = error.code.as_deref();
                code.is_some_and(|code| GONE.contains(&code))
            };
            return told.err().filter(named).map_or(Ok(None), Err);
        }
        Ok(either(&told?, "status", "Status"))
    }

    async fn ask(
        &self,
        server: &Server,
        operation: &'static str,
        ask: &Value,
    ) -> Result<Answer, Error> {
        let host = Some(authority(&server.url));
        let failed = |kind: Kind| {
            let mut error = Error::new(operation, kind);
            error.facts_mut().host.clone_from(&host);
            error
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(server.url.as_str())
            .header(header::ACCEPT, HeaderValue::from_static("application/json"))
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(());
        let mut head =
            request.map_err(|e| failed(Kind::Address).because(e.to_string()))?.into_parts().0;
        if let Some(secret) = &server.secret {
            let line = format!("Bearer {}", secret.expose());
            let mut value = HeaderValue::from_str(&line).map_err(|_| {
                failed(Kind::Credential).because("control characters in the secret")
            })?;
            value.set_sensitive(true);
            head.headers.insert(header::AUTHORIZATION, value);
        }
        let body = Body::Whole(ask.to_string().into());
        let secrets = server.secret.iter().cloned().collect();
        self.send(Call { operation, url: server.url.clone(), head, body, secrets }).await
    }
}

/// The server's spelling or VOD's own.
fn either(fields: &Map<String, Value>, ours: &str, vods: &str) -> Option<String> {
    lenient::text(fields, ours).or_else(|| lenient::text(fields, vods))
}

fn reservation(answer: &Answer, known: Option<&str>) -> Result<Reservation, Error> {
    understood(answer, known).map_err(|mut error| {
        if error.kind == Kind::Shape {
            error.facts_mut().answer = Some(answer.masked());
        }
        error
    })
}

fn understood(answer: &Answer, known: Option<&str>) -> Result<Reservation, Error> {
    let fields = answer::json(answer)?;
    let need = |ours: &str, vods: &str| {
        let missing = || answer.error(Kind::Shape).because(format!("no {ours}"));
        either(&fields, ours, vods).ok_or_else(missing)
    };
    let address = need("uploadAddress", "UploadAddress")?;
    let auth = need("uploadAuth", "UploadAuth")?;
    let grant = Grant::decode(&address, &auth).map_err(|e| answer.error(Kind::Shape).because(e))?;
    let media_id = either(&fields, "videoId", "VideoId")
        .or_else(|| either(&fields, "imageId", "ImageId"))
        .or_else(|| either(&fields, "mediaId", "MediaId"))
        .or_else(|| known.map(str::to_owned))
        .ok_or_else(|| answer.error(Kind::Shape).because("no media id"))?;
    Ok(Reservation {
        media_id,
        grant,
        url: either(&fields, "imageUrl", "ImageURL").map(|url| unsigned(&url)),
        request_id: either(&fields, "requestId", "RequestId"),
    })
}
