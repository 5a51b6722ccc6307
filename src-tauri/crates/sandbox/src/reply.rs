//! An answer before it becomes bytes: success, or a denial in the form of VOD or of OSS. Knows no rules.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::Method;
use quick_xml::escape::escape;
use serde_json::Value;

use crate::codes::{Code, codes};
use crate::store::random_text;

/// A refusal with the words of the cloud.
#[derive(Clone, Debug)]
pub(crate) struct Denial {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// The finer code of OSS.
    pub(crate) ec: Option<&'static str>,
    /// More elements of the XML of OSS.
    pub(crate) more: Vec<(&'static str, String)>,
    /// Milliseconds after which the cloud wants to be asked again.
    pub(crate) retry_ms: Option<u64>,
}

impl Denial {
    /// A refusal of the table of codes; there are no others but [`Denial::injected`].
    pub(crate) fn of(code: &Code) -> Self {
        let (name, message) = (code.code.to_owned(), code.message.to_owned());
        let ec = code.ec;
        Self { status: code.status, code: name, message, ec, more: Vec::new(), retry_ms: None }
    }

    /// What a rule of weather asks for; the text is that of the cloud where the table has the code.
    pub(crate) fn injected(status: u16, code: &str) -> Self {
        let known = codes().iter().find(|it| it.code == code && it.status == status);
        let known = known.or_else(|| codes().iter().find(|it| it.code == code));
        let message = known.map_or("The weather is bad.", |it| it.message).replace("%s", "");
        let ec = known.and_then(|it| it.ec);
        Self { status, code: code.to_owned(), message, ec, more: Vec::new(), retry_ms: None }
    }

    /// Puts `what` where code and text have their next gap.
    pub(crate) fn fill(mut self, what: &str) -> Self {
        self.code = self.code.replacen("%s", what, 1);
        self.message = self.message.replacen("%s", what, 1);
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.more.push((name, value.into()));
        self
    }
}

/// Status, headers and body of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Code of a denial, for the log of requests.
    pub(crate) code: Option<String>,
}

impl Reply {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), code: None }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn text(status: u16, mime: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { status, headers: vec![("content-type", mime.to_owned())], body, code: None }
    }

    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value));
    }
}

/// Where an answer goes: decides its form.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) request_id: String,
    pub(crate) host: String,
    pub(crate) head: bool,
    pub(crate) shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Oss,
    VodJson,
    VodXml,
}

impl Form {
    pub(crate) fn oss(host: String, method: &Method) -> Self {
        let request_id = random_text(24).to_ascii_uppercase();
        Self { request_id, host, head: method == Method::HEAD, shape: Shape::Oss }
    }

    pub(crate) fn vod(json: bool) -> Self {
        let text = random_text(32).to_ascii_uppercase();
        let request_id = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]];
        let shape = if json { Shape::VodJson } else { Shape::VodXml };
        let host = "vod.cn-shanghai.aliyuncs.com".into();
        Self { request_id: request_id.join("-"), host, head: false, shape }
    }

    /// The answer of VOD to `action`; RequestId is added. `as_text`: every number becomes text.
    pub(crate) fn success(&self, action: &str, mut value: Value, as_text: bool) -> Reply {
        if as_text {
            texts(&mut value);
        }
        if let Value::Object(fields) = &mut value {
            fields.insert("RequestId".into(), self.request_id.clone().into());
        }
        if self.shape == Shape::VodXml {
            let root = format!("{action}Response");
            return Reply::text(200, "text/xml;charset=utf-8", document(&root, &value));
        }
        Reply::text(200, "application/json;charset=utf-8", value.to_string())
    }

    pub(crate) fn denial(&self, denial: &Denial) -> Reply {
        let mut reply = match self.shape {
            Shape::Oss => self.oss_denial(denial),
            Shape::VodJson | Shape::VodXml => self.vod_denial(denial),
        };
        reply.code = Some(denial.code.clone());
        if let Some(ms) = denial.retry_ms {
            reply = match self.shape {
                Shape::Oss => reply.with("retry-after", ms.div_ceil(1000).to_string()),
                Shape::VodJson | Shape::VodXml => reply.with("x-acs-retry-after", ms.to_string()),
            };
        }
        reply
    }

    fn vod_denial(&self, denial: &Denial) -> Reply {
        let value = serde_json::json!({
            "RequestId": self.request_id,
            "HostId": self.host,
            "Code": denial.code,
            "Message": denial.message,
            "Recommend": format!("https://api.aliyun.com/troubleshoot?q={}&product=vod", denial.code),
        });
        if self.shape == Shape::VodXml {
            return Reply::text(denial.status, "text/xml;charset=utf-8", document("Error", &value));
        }
        Reply::text(denial.status, "application/json;charset=utf-8", value.to_string())
    }

    fn oss_denial(&self, denial: &Denial) -> Reply {
        let mut xml = Xml::open("Error");
        xml.line("Code", &denial.code);
        xml.line("Message", &denial.message);
        xml.line("RequestId", &self.request_id);
        xml.line("HostId", &self.host);
        for (name, value) in &denial.more {
            xml.line(name, value);
        }
        if let Some(ec) = denial.ec {
            // Seen in the wild: a line break before the value.
            xml.line("EC", &format!("\n{ec}"));
            xml.line("RecommendDoc", &format!("https://api.aliyun.com/troubleshoot?q={ec}"));
        }
        xml.0.push('\n');
        let body = xml.close("Error");
        // A HEAD has no body: the error travels in a header.
        let mut reply = if self.head {
            Reply::empty(denial.status).with("x-oss-err", BASE64_STANDARD.encode(&body))
        } else {
            Reply::text(denial.status, "application/xml", body)
        };
        if let Some(ec) = denial.ec {
            reply = reply.with("x-oss-ec", ec);
        }
        reply
    }
}

/// An XML text being written; everything that stands between tags is escaped.
pub(crate) struct Xml(String);

impl Xml {
    pub(crate) fn open(root: &str) -> Self {
        Self(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}>"))
    }

    pub(crate) fn leaf(&mut self, name: &str, value: &str) {
        let escaped = escape(value);
        self.0.extend(["<", name, ">", &escaped, "</", name, ">"]);
    }

    /// A leaf on a line of its own, as OSS writes its errors.
    fn line(&mut self, name: &str, value: &str) {
        self.0.push_str("\n  ");
        self.leaf(name, value);
    }

    pub(crate) fn start(&mut self, name: &str) {
        self.0.extend(["<", name, ">"]);
    }

    pub(crate) fn end(&mut self, name: &str) {
        self.0.extend(["</", name, ">"]);
    }

    pub(crate) fn close(mut self, root: &str) -> String {
        self.end(root);
        self.0
    }
}

/// Turns every number into text.
fn texts(value: &mut Value) {
    match value {
        Value::Number(number) => *value = number.to_string().into(),
        Value::Array(items) => items.iter_mut().for_each(texts),
        Value::Object(fields) => fields.values_mut().for_each(texts),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn document(root: &str, value: &Value) -> String {
    let mut xml = Xml::open(root);
    inside(&mut xml, value);
    xml.close(root)
}

fn inside(xml: &mut Xml, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                element(xml, name, value);
            }
        }
        Value::Null => {}
        Value::String(text) => xml.0.push_str(&escape(text.as_str())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => xml.0.push_str(&value.to_string()),
    }
}

fn element(xml: &mut Xml, name: &str, value: &Value) {
    if let Value::Array(items) = value {
        // A list repeats its element.
        for item in items {
            element(xml, name, item);
        }
        return;
    }
    xml.start(name);
    inside(xml, value);
    xml.end(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_and_json_say_the_same_and_nothing_breaks_out() {
        let form = Form::vod(false);
        let value = serde_json::json!({"Title": "a<b&c", "Ids": ["1", "2"], "Size": 5});
        let body = String::from_utf8(form.success("GetX", value, false).body).unwrap();
        assert!(body.contains("<GetXResponse>") && body.contains("<Title>a&lt;b&amp;c</Title>"));
        assert!(body.contains("<Ids>1</Ids><Ids>2</Ids>") && body.contains("<Size>5</Size>"));
        assert!(body.contains(&format!("<RequestId>{}</RequestId>", form.request_id)));
    }

    #[test]
    fn numbers_can_all_be_text() {
        let value = serde_json::json!({"Video": {"Size": 5, "Duration": 1.5}, "List": [1, true]});
        let body = Form::vod(true).success("GetX", value, true).body;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["Video"], serde_json::json!({"Size": "5", "Duration": "1.5"}));
        assert_eq!(body["List"], serde_json::json!(["1", true]));
    }

    #[test]
    fn the_error_of_a_head_travels_in_a_header() {
        let form = Form::oss("h".into(), &Method::HEAD);
        let reply = form.denial(&Denial::of(&crate::codes::SKEWED).with("Key", "no <key>"));
        assert!(reply.body.is_empty());
        let header =
            |name| reply.headers.iter().find(|(other, _)| *other == name).map(|(_, it)| it.clone());
        let xml = BASE64_STANDARD.decode(header("x-oss-err").unwrap()).unwrap();
        assert!(String::from_utf8(xml).unwrap().contains("no &lt;key&gt;"));
        assert_eq!(header("x-oss-ec").as_deref(), Some("0002-00000504"));
    }
}
