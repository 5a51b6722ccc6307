//! The seven calls to OSS that an upload needs, one request each. Knows no media and no order of calls.

use std::io;

use ::http::{HeaderName, HeaderValue, Method, Request, header};
use bytes::Bytes;
use futures_util::Stream;
use serde::Deserialize;
use vodlift_sign::{Secret, encode::canonical_query_oss, oss1, oss4};

use crate::{
    Address, Client, Error, Kind, Pass, Signing, answer,
    http::{Answer, Body, Call, authority},
};

/// What OSS says it stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// With its quotes, as it must go back into the completion.
    pub etag: String,
    /// CRC-64 of what is stored; old or odd servers leave it out. Of the whole object after completion.
    pub crc64: Option<u64>,
    /// For the cloud's support.
    pub request_id: Option<String>,
}

/// One stored part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPart {
    /// 1 to 10,000.
    pub number: u16,
    /// Bytes.
    pub size: u64,
    /// With its quotes.
    pub etag: String,
    /// Not every server tells it.
    pub crc64: Option<u64>,
}

/// One page of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// In order of their numbers, at most 1,000.
    pub parts: Vec<StoredPart>,
    /// The marker of the next page, if there is one.
    pub next: Option<u16>,
    /// For the cloud's support.
    pub request_id: Option<String>,
}

/// A finished object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Bytes.
    pub size: u64,
    /// CRC-64 of the whole.
    pub crc64: Option<u64>,
    /// With its quotes.
    pub etag: Option<String>,
    /// For the cloud's support.
    pub request_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InitiateXml {
    upload_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CompleteXml {
    #[serde(rename = "ETag")]
    etag: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListXml {
    #[serde(default)]
    is_truncated: Option<String>,
    #[serde(default)]
    next_part_number_marker: Option<String>,
    #[serde(default, rename = "Part")]
    parts: Vec<PartXml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PartXml {
    part_number: String,
    #[serde(rename = "ETag")]
    etag: String,
    size: String,
    #[serde(default)]
    hash_crc64ecma: Option<String>,
}

impl Client {
    /// Stores a whole object in one request of exactly `length` bytes.
    ///
    /// `md5` is the Base64 of the body's MD5, if the caller has it; OSS then refuses a damaged body.
    // OSS: PutObject, at most 5 GB.
    pub async fn put_object(
        &self,
        address: &Address,
        pass: &Pass,
        length: u64,
        content_type: &str,
        md5: Option<&str>,
        body: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Stored, Error> {
        let mut headers = vec![(header::CONTENT_TYPE, content_type)];
        if let Some(md5) = md5 {
            headers.push((HeaderName::from_static("content-md5"), md5));
        }
        let body = Body::Stream { length, chunks: Box::pin(body) };
        let ask =
            Ask { operation: "PutObject", method: Method::PUT, query: &[], headers: &headers };
        stored(&self.oss(address, pass, ask, body).await?)
    }

    /// Opens a multipart upload; the answer is its id.
    // OSS: InitiateMultipartUpload; the Content-Type given here is the object's.
    pub async fn initiate(
        &self,
        address: &Address,
        pass: &Pass,
        content_type: &str,
    ) -> Result<String, Error> {
        let operation = "InitiateMultipartUpload";
        let headers = [(header::CONTENT_TYPE, content_type)];
        let ask = Ask {
            operation,
            method: Method::POST,
            query: &[("uploads", String::new())],
            headers: &headers,
        };
        let answer = self.oss(address, pass, ask, Body::Whole(Bytes::new())).await?;
        let xml: InitiateXml = answer::xml(&answer, "InitiateMultipartUploadResult")?;
        let id = xml.upload_id.trim();
        if id.is_empty() { Err(answer.error(Kind::Shape)) } else { Ok(id.to_owned()) }
    }

    /// Stores one part of exactly `length` bytes; the same number again overwrites.
    // OSS: UploadPart, 100 KB to 5 GB except the last part, numbers 1 to 10,000.
    pub async fn put_part(
        &self,
        address: &Address,
        pass: &Pass,
        upload: &str,
        number: u16,
        length: u64,
        body: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Stored, Error> {
        let query = [("partNumber", number.to_string()), ("uploadId", upload.to_owned())];
        let ask = Ask { operation: "UploadPart", method: Method::PUT, query: &query, headers: &[] };
        let body = Body::Stream { length, chunks: Box::pin(body) };
        stored(&self.oss(address, pass, ask, body).await?)
    }

    /// The parts stored so far, those with numbers above `after`.
    // OSS: ListParts, pages of at most 1,000.
    pub async fn list_parts(
        &self,
        address: &Address,
        pass: &Pass,
        upload: &str,
        after: u16,
    ) -> Result<Page, Error> {
        let mut query = vec![("max-parts", "1000".to_owned()), ("uploadId", upload.to_owned())];
        if after > 0 {
            query.push(("part-number-marker", after.to_string()));
        }
        let ask = Ask { operation: "ListParts", method: Method::GET, query: &query, headers: &[] };
        let answer = self.oss(address, pass, ask, Body::Whole(Bytes::new())).await?;
        let xml: ListXml = answer::xml(&answer, "ListPartsResult")?;
        let parts: Option<Vec<StoredPart>> = xml.parts.iter().map(part).collect();
        let mut parts = parts.ok_or_else(|| answer.error(Kind::Shape))?;
        parts.sort_by_key(|part| part.number);
        let more = xml.is_truncated.is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
        let marker = xml.next_part_number_marker.and_then(|text| text.trim().parse().ok());
        let next = marker.or_else(|| parts.last().map(|part| part.number));
        // A marker that does not move would page for ever.
        if more && next.is_none_or(|next| next <= after) {
            return Err(answer.error(Kind::Shape));
        }
        let next = next.filter(|_| more);
        Ok(Page { parts, next, request_id: request_id(&answer) })
    }

    /// Joins the parts. Numbers must ascend; OSS allows gaps, so that none is missing is the caller's care.
    ///
    /// May take minutes; if the answer is lost OSS goes on working.
    // OSS: CompleteMultipartUpload; an Error root in a 200 is a failure.
    pub async fn complete(
        &self,
        address: &Address,
        pass: &Pass,
        upload: &str,
        parts: &[(u16, &str)],
    ) -> Result<Stored, Error> {
        let mut text = String::from("<CompleteMultipartUpload>");
        for (number, etag) in parts {
            let etag = quick_xml::escape::escape(etag.trim_matches('"'));
            text.extend([
                "<Part><PartNumber>",
                &number.to_string(),
                "</PartNumber><ETag>\"",
                &etag,
                "\"</ETag></Part>",
            ]);
        }
        text.push_str("</CompleteMultipartUpload>");
        let ask = Ask {
            operation: "CompleteMultipartUpload",
            method: Method::POST,
            query: &[("uploadId", upload.to_owned())],
            headers: &[(header::CONTENT_TYPE, "application/xml")],
        };
        let answer = self.oss(address, pass, ask, Body::Whole(text.into())).await?;
        let xml: CompleteXml = answer::xml(&answer, "CompleteMultipartUploadResult")?;
        let etag = xml.etag.trim().to_owned();
        if etag.is_empty() {
            return Err(answer.error(Kind::Shape));
        }
        Ok(Stored { etag, crc64: crc64(&answer), request_id: request_id(&answer) })
    }

    /// Drops an unfinished upload and its parts. `NoSuchUpload` is an error here; the caller may be glad of it.
    // OSS: AbortMultipartUpload; parts in flight may survive, so stop senders first.
    pub async fn abort(&self, address: &Address, pass: &Pass, upload: &str) -> Result<(), Error> {
        let ask = Ask {
            operation: "AbortMultipartUpload",
            method: Method::DELETE,
            query: &[("uploadId", upload.to_owned())],
            headers: &[],
        };
        self.oss(address, pass, ask, Body::Whole(Bytes::new())).await.map(|_| ())
    }

    /// Looks at the finished object. Not every credential may (`AccessDenied` says nothing about the upload).
    // OSS: HeadObject.
    pub async fn head(&self, address: &Address, pass: &Pass) -> Result<Object, Error> {
        let ask = Ask { operation: "HeadObject", method: Method::HEAD, query: &[], headers: &[] };
        let answer = self.oss(address, pass, ask, Body::Whole(Bytes::new())).await?;
        let size = answer.header("content-length").and_then(|text| text.parse().ok());
        Ok(Object {
            size: size.ok_or_else(|| answer.error(Kind::Shape))?,
            crc64: crc64(&answer),
            etag: answer.header("etag").map(str::to_owned),
            request_id: request_id(&answer),
        })
    }

    async fn oss(
        &self,
        address: &Address,
        pass: &Pass,
        ask: Ask<'_>,
        body: Body,
    ) -> Result<Answer, Error> {
        let Ask { operation, method, query, headers } = ask;
        let failed = |kind: Kind| {
            let mut error = Error::new(operation, kind);
            error.facts_mut().host = Some(address.host());
            error
        };
        let query: Vec<_> = query.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        let url = address.url(&canonical_query_oss(&query)).ok_or_else(|| failed(Kind::Address))?;
        let request = Request::builder().method(method).uri(url.as_str()).body(());
        let mut head =
            request.map_err(|e| failed(Kind::Address).because(e.to_string()))?.into_parts().0;
        for (name, value) in headers {
            // Signed as it stands here: nothing behind this point adds or changes a Content-Type.
            let value = HeaderValue::from_str(value)
                .map_err(|_| failed(Kind::Address).because("a header holds control characters"))?;
            head.headers.insert(name, value);
        }
        let (bucket, key, credential) = (address.bucket(), address.object(), &pass.credential);
        let now = self.now(&authority(&url));
        match self.signing(address, pass) {
            Signing::V4 { region } => oss4::sign(&mut head, bucket, key, &region, credential, now),
            Signing::V1 => oss1::sign(&mut head, bucket, key, credential, now),
        }
        .map_err(|e| failed(Kind::Credential).because(e))?;
        let secrets = secrets_of(&head.headers, credential);
        answer::oss(self.send(Call { operation, url, head, body, secrets }).await?)
    }
}

struct Ask<'a> {
    operation: &'static str,
    method: Method,
    query: &'a [(&'a str, String)],
    headers: &'a [(HeaderName, &'a str)],
}

/// What may not come back in an error: the secret, the token and the signature just made.
pub(crate) fn secrets_of(
    headers: &::http::HeaderMap,
    credential: &vodlift_sign::Credential,
) -> Vec<Secret> {
    let line = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let signature = line.and_then(|line| line.rsplit_once(['=', ':', ' ']));
    // V1 signatures end in `=` themselves, so the part behind the colon counts there.
    let signature = match line {
        Some(line) if line.starts_with("OSS ") => line.rsplit_once(':'),
        Some(_) | None => signature,
    };
    let mut secrets = vec![credential.secret.clone()];
    secrets.extend(credential.token.clone());
    secrets.extend(signature.map(|(_, text)| Secret::new(text.to_owned())));
    secrets
}

fn stored(answer: &Answer) -> Result<Stored, Error> {
    let etag = answer.header("etag").ok_or_else(|| answer.error(Kind::Shape))?.to_owned();
    Ok(Stored { etag, crc64: crc64(answer), request_id: request_id(answer) })
}

fn crc64(answer: &Answer) -> Option<u64> {
    answer.header("x-oss-hash-crc64ecma")?.parse().ok()
}

fn request_id(answer: &Answer) -> Option<String> {
    answer.header("x-oss-request-id").map(str::to_owned)
}

fn part(xml: &PartXml) -> Option<StoredPart> {
    Some(StoredPart {
        number: xml.part_number.trim().parse().ok()?,
        size: xml.size.trim().parse().ok()?,
        etag: xml.etag.trim().to_owned(),
        crc64: xml.hash_crc64ecma.as_deref().and_then(|text| text.trim().parse().ok()),
    })
}
