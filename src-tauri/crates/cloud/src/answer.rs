//! Tells an answer from an error: JSON of VOD, XML of OSS, web pages of others. Sends nothing.

use std::time::Duration;

use ::http::StatusCode;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::fmt::rfc2822;
use quick_xml::{Reader, events::Event};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{Error, Kind, http::Answer, lenient};

/// OSS and the gateway in front of VOD: `<Error>`; unknown elements are ignored.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ErrorXml {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    #[serde(rename = "EC")]
    ec: Option<String>,
    server_time: Option<String>,
    endpoint: Option<String>,
}

/// The object of a successful answer of VOD or of a credential server.
pub(crate) fn json(answer: &Answer) -> Result<Map<String, Value>, Error> {
    elsewhere(answer)?;
    let parsed = serde_json::from_slice::<Value>(&answer.body);
    if let Ok(Value::Object(fields)) = parsed {
        let code = lenient::text(&fields, "Code").or_else(|| lenient::text(&fields, "code"));
        // VOD: HTTP 200 with a Code is an error too; the vendor's own client takes these words for success.
        let refused = code
            .as_deref()
            .is_some_and(|code| !["200", "OK", "Ok", "Success", "success"].contains(&code));
        if answer.status.is_success() && !refused {
            return Ok(fields);
        }
        let get = |name: &str, other: &str| {
            lenient::text(&fields, name).or_else(|| lenient::text(&fields, other))
        };
        let mut error = refusal(answer);
        let facts = error.facts_mut();
        facts.code = code.map(|code| answer.clean(&code));
        facts.message = get("Message", "message").map(|text| answer.clean(&text));
        if let Some(id) = get("RequestId", "requestId") {
            facts.request_id = Some(answer.clean(&id));
        }
        return Err(error);
    }
    // The gateway in front of VOD may answer in XML whatever was asked for.
    match error_xml(&answer.body) {
        Some(xml) => Err(from_xml(answer, xml)),
        None if answer.status.is_success() => Err(unreadable(answer)),
        None => Err(refusal(answer)),
    }
}

/// Passes a successful answer of OSS on; everything else becomes an error.
pub(crate) fn oss(answer: Answer) -> Result<Answer, Error> {
    let redirect = answer.status.is_redirection();
    // OSS: HEAD has no body; x-oss-err is the Base64 of the XML.
    let hidden = answer.header("x-oss-err").and_then(|text| STANDARD.decode(text).ok());
    let xml = error_xml(hidden.as_deref().unwrap_or(&answer.body));
    if let Some(xml) = xml {
        let mut error = from_xml(&answer, xml);
        if redirect {
            error.facts_mut().kind = Kind::Redirect;
        }
        return Err(error);
    }
    elsewhere(&answer)?;
    if !answer.status.is_success() {
        let mut error = refusal(&answer);
        error.facts_mut().ec = answer.header("x-oss-ec").map(|text| answer.clean(text));
        return Err(error);
    }
    if is_page(&answer) { Err(answer.error(Kind::Portal)) } else { Ok(answer) }
}

/// Reads an XML answer whose root must have this name.
pub(crate) fn xml<T: DeserializeOwned>(answer: &Answer, root: &str) -> Result<T, Error> {
    let text = std::str::from_utf8(&answer.body).map_err(|e| unreadable(answer).because(e))?;
    if root_of(text).as_deref() != Some(root) {
        return Err(unreadable(answer));
    }
    // The parser quotes what it stumbled over.
    quick_xml::de::from_str(text)
        .map_err(|e| unreadable(answer).because(answer.clean(&e.to_string())))
}

/// Answers that are not from whom we asked, whatever their body says.
fn elsewhere(answer: &Answer) -> Result<(), Error> {
    if answer.status.is_redirection() {
        return Err(answer.error(Kind::Redirect));
    }
    if answer.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return Err(answer.error(Kind::Proxy));
    }
    if answer.status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED {
        return Err(answer.error(Kind::Portal));
    }
    Ok(())
}

fn unreadable(answer: &Answer) -> Error {
    answer.error(if is_page(answer) { Kind::Portal } else { Kind::Shape })
}

fn is_page(answer: &Answer) -> bool {
    let start = answer.body.trim_ascii_start();
    let begins =
        |word: &[u8]| start.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    let typed = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    begins(b"<!doctype") || begins(b"<html") || (typed && !start.is_empty())
}

/// A refusal with what the headers say about waiting.
fn refusal(answer: &Answer) -> Error {
    let mut error = answer.error(Kind::Status);
    let number = |name| answer.header(name).and_then(|text| text.parse::<u64>().ok());
    // VOD: x-acs-retry-after is in milliseconds; OSS: x-oss-qos-delay-time too; HTTP: Retry-After in seconds or as a date.
    let millis = number("x-acs-retry-after").or_else(|| number("x-oss-qos-delay-time"));
    let until = || {
        let date = rfc2822::parse(answer.header("retry-after")?).ok()?.timestamp();
        Duration::try_from(date.duration_since(answer.server_time?)).ok()
    };
    error.facts_mut().retry_after = millis
        .filter(|millis| *millis > 0)
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
        .or_else(until);
    error
}

fn from_xml(answer: &Answer, xml: ErrorXml) -> Error {
    let mut error = refusal(answer);
    let clean =
        |text: Option<String>| text.map(|text| answer.clean(&text)).filter(|text| !text.is_empty());
    let facts = error.facts_mut();
    if let Some(at) = xml.server_time.as_deref().and_then(|text| text.trim().parse().ok()) {
        facts.server_time = Some(at);
    }
    facts.code = clean(xml.code);
    facts.message = clean(xml.message);
    facts.ec = clean(xml.ec).or_else(|| answer.header("x-oss-ec").map(|text| answer.clean(text)));
    facts.endpoint = clean(xml.endpoint);
    if let Some(id) = clean(xml.request_id) {
        facts.request_id = Some(id);
    }
    error
}

/// The error inside, if the root of this XML is `Error`; also of half an XML the root is known.
fn error_xml(body: &[u8]) -> Option<ErrorXml> {
    let text = std::str::from_utf8(body).ok()?;
    if root_of(text)? != "Error" {
        return None;
    }
    Some(quick_xml::de::from_str(text).unwrap_or_default())
}

fn root_of(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(start) | Event::Empty(start) => {
                return Some(start.local_name().as_ref().to_owned());
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Text(text) if text.trim_ascii().is_empty() => {}
            Event::Text(_)
            | Event::End(_)
            | Event::CData(_)
            | Event::DocType(_)
            | Event::GeneralRef(_)
            | Event::Eof => return None,
        }
    }
    None
}
