//! A client that does what it is told, right or wrong. Knows signatures; knows nothing of uploads.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::Value;
use vodlift_sandbox::{Handle, Options, Sandbox};
use vodlift_sign::{Credential, Secret, acs3, encode, oss1, oss4, rpc1};

pub(crate) async fn sandbox() -> Handle {
    Sandbox::start(Options::quick()).await.unwrap()
}

pub(crate) async fn stormy(weather: &str) -> Handle {
    let weather = weather.parse().unwrap();
    Sandbox::start(Options { weather, ..Options::quick() }).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test signs with the time it is")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

pub(crate) fn nonce() -> String {
    use std::hash::BuildHasher;
    std::hash::RandomState::new().hash_one(0).to_string()
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of a refusal, of VOD or OSS.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let code = match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => json["Code"].as_str().unwrap_or_default().to_owned(),
            Err(_) => self.leaf("Code"),
        };
        (self.status, code)
    }

    /// Text of an XML element.
    pub(crate) fn leaf(&self, name: &str) -> String {
        let xml = match self.header("x-oss-err") {
            "" => self.text(),
            err => String::from_utf8(BASE64_STANDARD.decode(err).unwrap()).unwrap(),
        };
        let after = xml.split_once(&format!("<{name}>")).map_or("", |(_, after)| after);
        after.split_once("</").map_or("", |(text, _)| text).to_owned()
    }
}

pub(crate) async fn send(endpoint: &str, head: Parts, body: Vec<u8>) -> reqwest::Result<Answer> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let url = format!("{endpoint}{}", head.uri);
    let mut request = client.request(head.method, url).headers(head.headers);
    if !body.is_empty() {
        request = request.body(body);
    }
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, body: response.bytes().await?.to_vec() })
}

pub(crate) fn head(method: Method, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = http::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

pub(crate) fn set(head: &mut Parts, name: &'static str, value: &str) {
    let value = HeaderValue::from_str(value).unwrap();
    head.headers.insert(HeaderName::from_static(name), value);
}

pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    encode::canonical_query(&pairs)
}

/// A call of VOD signed with ACS3, as the current SDK sends it.
pub(crate) fn acs3_head(
    cloud: &Handle,
    key: &Credential,
    action: &str,
    pairs: &[(&str, &str)],
) -> Parts {
    let host = cloud.endpoint().replace("http://", "");
    let mut head = head(Method::POST, &format!("/?{}", query(pairs)), &[("host", &host)]);
    acs3::sign(&mut head, action, "2017-03-21", b"", key, now(), &nonce()).unwrap();
    head
}

pub(crate) async fn vod(cloud: &Handle, action: &str, pairs: &[(&str, &str)]) -> Answer {
    let head = acs3_head(cloud, &cloud.key(), action, pairs);
    send(&cloud.endpoint(), head, Vec::new()).await.unwrap()
}

/// Parameters of a call signed with RPC version 1.
pub(crate) fn rpc1_query(
    method: &Method,
    key: &Credential,
    pairs: &[(&str, &str)],
) -> Vec<(String, String)> {
    let mut all: Vec<_> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    all.push(("Version".into(), "2017-03-21".into()));
    rpc1::sign(method, &mut all, key, now(), &nonce());
    all
}

/// What an UploadAddress and UploadAuth say.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub(crate) media: String,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) credential: Credential,
    pub(crate) life: String,
    pub(crate) expires: String,
}

impl Pass {
    pub(crate) fn read(answer: &Answer) -> Self {
        let json = answer.json();
        assert_eq!(answer.status, 200, "{json}");
        let inner = |name: &str| -> Value {
            let text = BASE64_STANDARD.decode(json[name].as_str().unwrap()).unwrap();
            serde_json::from_slice(&text).unwrap()
        };
        let (address, auth) = (inner("UploadAddress"), inner("UploadAuth"));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let ids = ["VideoId", "ImageId", "MediaId"];
        Self {
            media: ids.iter().find_map(|id| json[*id].as_str()).unwrap().to_owned(),
            bucket: text(&address["Bucket"]),
            key: text(&address["FileName"]),
            credential: Credential {
                id: text(&auth["AccessKeyId"]),
                secret: Secret::new(text(&auth["AccessKeySecret"])),
                token: Some(Secret::new(text(&auth["SecurityToken"]))),
            },
            life: text(&auth["Expiration"]),
            expires: text(&auth["ExpireUTCTime"]),
        }
    }

    /// UploadAuth of an answer.
    pub(crate) fn auth(answer: &Answer) -> Value {
        let text = answer.json()["UploadAuth"].as_str().unwrap().to_owned();
        serde_json::from_slice(&BASE64_STANDARD.decode(text).unwrap()).unwrap()
    }

    pub(crate) async fn video(cloud: &Handle) -> Self {
        let pairs = [("Title", "A lecture"), ("FileName", "lecture.mp4")];
        Self::read(&vod(cloud, "CreateUploadVideo", &pairs).await)
    }

    /// An unsigned request for its object.
    pub(crate) fn head(&self, method: Method, query: &str, headers: &[(&str, &str)]) -> Parts {
        let mark = if query.is_empty() { "" } else { "?" };
        let path = encode::percent_path(&self.key);
        head(method, &format!("/{}/{path}{mark}{query}", self.bucket), headers)
    }

    /// Signs with V4.
    pub(crate) fn sign(&self, head: &mut Parts) {
        oss4::sign(head, &self.bucket, &self.key, "cn-shanghai", &self.credential, now()).unwrap();
    }

    /// Signs with V1.
    pub(crate) fn sign1(&self, head: &mut Parts) {
        oss1::sign(head, &self.bucket, &self.key, &self.credential, now()).unwrap();
    }

    pub(crate) async fn send(
        &self,
        cloud: &Handle,
        method: Method,
        query: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.try_send(cloud, method, query, headers, body).await.unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        cloud: &Handle,
        method: Method,
        query: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> reqwest::Result<Answer> {
        let mut head = self.head(method, query, headers);
        self.sign(&mut head);
        send(&cloud.endpoint(), head, body.to_vec()).await
    }

    pub(crate) async fn initiate(&self, cloud: &Handle) -> String {
        let answer = self.send(cloud, Method::POST, "uploads", &[], b"").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.leaf("UploadId")
    }

    /// Sends a part and returns its ETag.
    pub(crate) async fn part(
        &self,
        cloud: &Handle,
        upload: &str,
        number: u32,
        body: &[u8],
    ) -> String {
        let query = format!("partNumber={number}&uploadId={upload}");
        let answer = self.send(cloud, Method::PUT, &query, &[], body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("etag").to_owned()
    }

    pub(crate) async fn complete(
        &self,
        cloud: &Handle,
        upload: &str,
        parts: &[(u32, String)],
    ) -> Answer {
        let list = list(parts);
        let query = format!("uploadId={upload}");
        self.send(cloud, Method::POST, &query, &[], list.as_bytes()).await
    }
}

pub(crate) fn list(parts: &[(u32, String)]) -> String {
    use std::fmt::Write;
    let mut xml = "<CompleteMultipartUpload>".to_owned();
    for (number, etag) in parts {
        write!(xml, "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>").unwrap();
    }
    xml + "</CompleteMultipartUpload>"
}

pub(crate) fn crc64(bytes: &[u8]) -> String {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Xz, bytes).to_string()
}
