//! UploadAddress and UploadAuth: decoding, checking, life time. Pure: sends nothing, knows no clock.

use std::{net::IpAddr, time::Duration};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use url::{Host, Url};
use vodlift_sign::{Credential, Secret};

use crate::{Signing, lenient, server::Server, vod::Vod};

// VOD: "Upload URLs and credentials": a credential lives 3,000 s, although samples say 3,600.
const LIFE: Duration = Duration::from_mins(50);

/// Where the bytes go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    endpoint: Url,
    bucket: String,
    object: String,
}

/// What signs the bytes. Serves exactly one media.
#[derive(Clone, Debug)]
pub struct Pass {
    /// The temporary AccessKey.
    pub credential: Credential,
    /// UploadAuth.Region: VOD's API region, not always the bucket's.
    pub region: Option<String>,
    /// The bucket's region as far as the asker knows it, for endpoints that name none.
    pub bucket_region: Option<String>,
    /// Overrules the transport's signature for this pass; learned from a refusal.
    pub signing: Option<Signing>,
    life: Option<Duration>,
    ends: Option<Timestamp>,
}

/// Who hands an address out.
#[derive(Clone, Copy, Debug)]
pub enum Issuer<'a> {
    /// VOD, asked by ourselves.
    Vod(&'a Vod),
    /// A credential server, for this VOD.
    Server(&'a Server, &'a Vod),
}

/// How the names of Alibaba Cloud end.
pub(crate) const AT_HOME: &str = ".aliyuncs.com";

/// An address and a pass that belong together.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Where to.
    pub address: Address,
    /// Signed by what.
    pub pass: Pass,
}

/// Why a pasted or received text is no UploadAddress or UploadAuth. Never quotes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not Base64.
    #[error("not Base64")]
    Base64,
    /// No JSON object inside.
    #[error("no JSON object inside")]
    Json,
    /// A field is missing or unusable.
    #[error("field {name} is missing or unusable")]
    Field {
        /// The field, as VOD spells it.
        name: &'static str,
    },
    /// The address stands where the auth should, or the other way round.
    #[error("address and auth are swapped")]
    Swapped,
    /// The endpoint is no http or https address of a host.
    #[error("the endpoint is not an http address")]
    Endpoint,
}

impl Grant {
    /// Decodes both halves.
    pub fn decode(address: &str, auth: &str) -> Result<Self, DecodeError> {
        Ok(Self { address: decode_address(address)?, pass: decode_auth(auth)? })
    }
}

impl Address {
    /// Checks and keeps an address, from the cloud or from the journal.
    ///
    /// Plain http is raised to https unless the host is loopback; a missing scheme means https.
    pub fn new(endpoint: &str, bucket: &str, object: &str) -> Result<Self, DecodeError> {
        let endpoint = check_endpoint(endpoint)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
        if bucket.is_empty() || !bucket.chars().all(plain) {
            return Err(DecodeError::Field { name: "Bucket" });
        }
        let object = object.trim_start_matches('/');
        // An address parser would fold such segments away, and the signature would not fit.
        if object.is_empty() || object.split('/').any(|part| part == "." || part == "..") {
            return Err(DecodeError::Field { name: "FileName" });
        }
        let this = Self { endpoint, bucket: bucket.to_owned(), object: object.to_owned() };
        // A bucket may be unfit for a host name.
        this.url("").ok_or(DecodeError::Field { name: "Bucket" })?;
        Ok(this)
    }

    /// `https://oss-cn-shanghai.aliyuncs.com`, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        self.endpoint.as_str().trim_end_matches('/')
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The object's key, not encoded, without a leading slash.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// The host that is asked: `bucket.endpoint`, or the endpoint's own for an IP address.
    pub fn host(&self) -> String {
        let host = self.endpoint.host_str().unwrap_or_default();
        if self.path_style() { host.to_owned() } else { format!("{}.{host}", self.bucket) }
    }

    /// Its host as it is asked, with the port where it is not the usual one: by that its clock is known.
    pub fn authority(&self) -> String {
        self.url("").map(|url| crate::http::authority(&url)).unwrap_or_default()
    }

    /// Whether whoever speaks for `issuer` may send our bytes there. VOD and its buckets live at Alibaba Cloud's own
    /// names, and no bucket is this computer unless the issuer is (protocol/oss.md 1.4: VOD hands out no other domain).
    pub fn fits(&self, issuer: &Issuer<'_>) -> bool {
        let (local, at_home) = match issuer {
            Issuer::Vod(vod) => (vod.is_local(), vod.is_at_home()),
            Issuer::Server(server, vod) => {
                (server.is_local(), vod.is_at_home() && !server.is_local())
            }
        };
        if loopback(&self.endpoint) {
            return local;
        }
        if self.endpoint.scheme() != "https" {
            return false;
        }
        match self.endpoint.host() {
            Some(Host::Domain(name)) => !at_home || name.ends_with(AT_HOME),
            // An address of somebody's own network, such as a router or the metadata of a rented computer.
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => match issuer {
                Issuer::Vod(vod) | Issuer::Server(_, vod) => !at_home && vod.is_at_number(),
            },
        }
    }

    /// OSS takes `bucket.host`; an IP address or localhost has no subdomains, so there the bucket stands in the path.
    fn path_style(&self) -> bool {
        match self.endpoint.host() {
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => true,
            Some(Host::Domain(name)) => name == "localhost",
        }
    }

    /// The address of the object with an encoded query (without `?`, may be empty).
    pub(crate) fn url(&self, query: &str) -> Option<Url> {
        let key = vodlift_sign::encode::percent_path(&self.object);
        let port = self.endpoint.port().map(|port| format!(":{port}")).unwrap_or_default();
        let (scheme, host) = (self.endpoint.scheme(), self.host());
        let bucket = if self.path_style() { format!("{}/", self.bucket) } else { String::new() };
        let mark = if query.is_empty() { "" } else { "?" };
        Url::parse(&format!("{scheme}://{host}{port}/{bucket}{key}{mark}{query}")).ok()
    }

    /// The region in the endpoint's name, if it has one.
    // OSS: endpoints oss-<region>[-internal], vpc100-oss-<region>, <region>.oss; accelerate has none.
    pub fn region(&self) -> Option<String> {
        region_of_host(self.endpoint.host_str()?)
    }
}

/// The region in a host of OSS, also behind a bucket (`outin-x.oss-cn-shanghai.aliyuncs.com`, a StorageLocation).
pub fn region_of_host(host: &str) -> Option<String> {
    let name = host.strip_suffix(".aliyuncs.com")?;
    let region = if let Some(region) = name.strip_suffix(".oss") {
        region.rsplit('.').next()?
    } else {
        let label = name.rsplit('.').next()?;
        let label = label.strip_prefix("vpc100-").unwrap_or(label);
        let region = label.strip_prefix("oss-")?;
        region.strip_suffix("-internal").unwrap_or(region)
    };
    // A region has at least two words (cn-shanghai); `accelerate-overseas` has too, and is none.
    (region.contains('-') && !region.starts_with("accelerate")).then(|| region.to_owned())
}

impl Pass {
    // OSS: the credential is judged when a request starts; PYUP renews at 2,500 s of 3,000 s.
    /// Renew when less than this is left.
    pub const RENEW_BEFORE: Duration = Duration::from_secs(500);

    /// A pass whose life time nobody told.
    pub fn new(credential: Credential) -> Self {
        Self {
            credential,
            region: None,
            bucket_region: None,
            signing: None,
            life: None,
            ends: None,
        }
    }

    /// How long it serves from its receipt on: the least of 3,000 s, its own life time, and the time to its own end, where
    /// `offset` (the issuer's clock minus ours) is known. An end that has passed on arrival is no end: storage is
    /// the judge of a credential, and a wrong clock of ours must not refuse every one that comes (protocol/oss.md 1.2).
    pub fn life(&self, received: Timestamp, offset: Option<SignedDuration>) -> Duration {
        let life = self.life.filter(|life| !life.is_zero()).map_or(LIFE, |life| life.min(LIFE));
        let ends = self.ends.zip(offset).and_then(|(ends, offset)| {
            let left = ends.checked_sub(offset).ok()?.duration_since(received);
            Duration::try_from(left).ok().filter(|left| !left.is_zero())
        });
        ends.map_or(life, |left| left.min(life))
    }

    /// The region V4 signs with for this address: the endpoint's, the bucket's, UploadAuth's.
    // OSS: in the wild an endpoint in Beijing came with UploadAuth.Region cn-shanghai, so the endpoint wins.
    pub fn region_for(&self, address: &Address) -> String {
        address
            .region()
            .or_else(|| self.bucket_region.clone())
            .or_else(|| self.region.clone())
            .unwrap_or_else(|| "cn-shanghai".to_owned())
    }
}

/// Loopback may speak plain http; nothing else may.
pub fn loopback(url: &Url) -> bool {
    match url.host() {
        // RFC 6761: whatever ends in `.localhost` is this computer.
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

pub(crate) fn check_endpoint(text: &str) -> Result<Url, DecodeError> {
    let text = text.trim();
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let mut url = Url::parse(&full).map_err(|_| DecodeError::Endpoint)?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if url.host_str().is_none_or(str::is_empty)
        || !plain
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(DecodeError::Endpoint);
    }
    match url.scheme() {
        "https" => {}
        "http" if loopback(&url) => {}
        // OSS: use https even if the endpoint says http; the vendor's web SDK forces it too.
        "http" => url.set_scheme("https").map_err(|()| DecodeError::Endpoint)?,
        _ => return Err(DecodeError::Endpoint),
    }
    Ok(url)
}

/// UploadAddress: Base64 of `{Endpoint, Bucket, FileName}`. Unknown fields are ignored.
pub fn decode_address(text: &str) -> Result<Address, DecodeError> {
    let fields = unpack(text, "UploadAddress")?;
    let endpoint = lenient::text(&fields, "Endpoint");
    if endpoint.is_none() && lenient::text(&fields, "AccessKeyId").is_some() {
        return Err(DecodeError::Swapped);
    }
    let endpoint = endpoint.ok_or(DecodeError::Field { name: "Endpoint" })?;
    let bucket = lenient::text(&fields, "Bucket").ok_or(DecodeError::Field { name: "Bucket" })?;
    let object =
        lenient::text(&fields, "FileName").ok_or(DecodeError::Field { name: "FileName" })?;
    Address::new(&endpoint, &bucket, &object)
}

/// UploadAuth: Base64 of a temporary AccessKey with its life time. Unknown fields are ignored.
pub fn decode_auth(text: &str) -> Result<Pass, DecodeError> {
    let fields = unpack(text, "UploadAuth")?;
    let id = lenient::text(&fields, "AccessKeyId");
    if id.is_none() && lenient::text(&fields, "Endpoint").is_some() {
        return Err(DecodeError::Swapped);
    }
    let id = id.ok_or(DecodeError::Field { name: "AccessKeyId" })?;
    let need = |name| lenient::text(&fields, name).ok_or(DecodeError::Field { name });
    let credential = Credential {
        id,
        secret: Secret::new(need("AccessKeySecret")?),
        token: Some(Secret::new(need("SecurityToken")?)),
    };
    // VOD: Expiration is seconds in a string; in 2017 it was an ISO date, a public client read "3600" as a year.
    let expiration = lenient::text(&fields, "Expiration");
    let seconds = expiration.as_deref().and_then(|text| text.trim().parse().ok());
    let instant = |text: String| text.trim().parse::<Timestamp>().ok();
    let ends = lenient::text(&fields, "ExpireUTCTime").and_then(instant);
    Ok(Pass {
        life: seconds.map(Duration::from_secs),
        ends: ends.or_else(|| expiration.and_then(instant)),
        region: lenient::text(&fields, "Region"),
        ..Pass::new(credential)
    })
}

/// The bare Base64 of `field` (`UploadAddress`, `UploadAuth`) out of what people copy: with the quotes, the name and the
/// comma it has in JSON, with escapes, or the whole answer that holds it. Other texts come back without white space.
pub fn pasted(text: &str, field: &str) -> String {
    let mut text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').to_owned();
    if text.starts_with(['{', '['])
        && let Ok(whole) = serde_json::from_str::<Value>(&text)
        && let Some(inside) = named(&whole, field)
    {
        inside.clone_into(&mut text);
    }
    let mut bare = text.as_str();
    // `"UploadAuth": "eyJ…",` or `UploadAuth=eyJ…`
    let unquoted = bare.trim_start_matches(QUOTES);
    if let Some(rest) = unquoted.get(..field.len()).filter(|name| name.eq_ignore_ascii_case(field))
    {
        let rest = unquoted[rest.len()..].trim_start_matches(QUOTES).trim_start();
        bare = rest.strip_prefix([':', '=']).unwrap_or(bare);
    }
    let bare = bare.trim().trim_end_matches([',', ';']).trim().trim_matches(QUOTES);
    let plain = serde_json::from_str::<String>(&format!("\"{bare}\""));
    let plain = plain.unwrap_or_else(|_| bare.to_owned());
    plain.chars().filter(|c| !c.is_whitespace()).collect()
}

const QUOTES: [char; 7] = ['"', '\'', '`', '“', '”', '‘', '’'];

/// The text of a field, wherever it stands.
fn named<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    match value {
        Value::Object(map) => map
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(field))
            .and_then(|(_, value)| value.as_str())
            .or_else(|| map.values().find_map(|value| named(value, field))),
        Value::Array(all) => all.iter().find_map(|value| named(value, field)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Base64 of either alphabet, with or without padding and line breaks, around a JSON object.
fn unpack(text: &str, field: &str) -> Result<Map<String, Value>, DecodeError> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let compact: String = pasted(text, field)
        .chars()
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    if compact.is_empty() {
        return Err(DecodeError::Base64);
    }
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, config)
        .decode(compact)
        .map_err(|_| DecodeError::Base64)?;
    serde_json::from_slice(&bytes).map_err(|_| DecodeError::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_found_in_what_people_copy() {
        for text in [
            "eyJ/A+b=",
            " eyJ/\r\n A+b=\n",
            "\"eyJ/A+b=\"",
            "\"eyJ\\/A+b\\u003d\",",
            "'eyJ/A+b=';",
            "“eyJ/A+b=”",
            "\"UploadAuth\": \"eyJ/A+b=\",",
            "UploadAuth=eyJ/A+b=",
            "uploadAuth : eyJ/A+b=",
            "\u{FEFF}{\"RequestId\":\"x\",\"UploadAuth\":\"eyJ/A+b=\"}",
            "{\"data\":[{\"uploadAuth\":\"eyJ\\/A+b=\"}]}",
        ] {
            assert_eq!(pasted(text, "UploadAuth"), "eyJ/A+b=", "{text}");
        }
        assert_eq!(pasted("not base64!", "UploadAuth"), "notbase64!");
        assert_eq!(pasted("{\"a\": 1}", "UploadAuth"), "{\"a\":1}");
    }
}
