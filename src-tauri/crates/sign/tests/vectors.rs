//! Every published vector of every scheme, signed and verified. Each test counts what it ran.
#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

use http::{Method, Request, request::Parts};
use jiff::Timestamp;
use serde_json::Value;
use vodlift_sign::{
    Credential, Refusal, Secret, acs3,
    encode::{decode, parse_query, percent, percent_path},
    oss1, oss4, rpc1,
};

const NOW: &str = "2026-01-02T03:04:05Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn load(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn pairs(map: &Value) -> impl Iterator<Item = (&str, &str)> {
    map.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), text(value)))
}

fn own(map: &Value) -> Vec<(String, String)> {
    pairs(map).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

fn credential(id: &str, secret: &str, token: Option<&str>) -> Credential {
    Credential {
        id: id.to_owned(),
        secret: Secret::new(secret.to_owned()),
        token: token.map(|t| Secret::new(t.to_owned())),
    }
}

/// A head with the headers that are not the signer's business.
fn head<'a>(method: &str, uri: &str, headers: impl Iterator<Item = (&'a str, &'a str)>) -> Parts {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(name, value.as_bytes());
    }
    request.body(()).unwrap().into_parts().0
}

/// What a server sees: the path alone in the address, the host in a header.
fn arrived(head: &Parts) -> Parts {
    let uri: http::Uri = head.uri.path_and_query().unwrap().as_str().parse().unwrap();
    let mut parts =
        Request::builder().method(head.method.clone()).uri(uri).body(()).unwrap().into_parts().0;
    parts.headers = head.headers.clone();
    parts
}

fn authorization(head: &Parts) -> &str {
    head.headers["authorization"].to_str().unwrap()
}

#[test]
fn acs3_vectors() {
    let file = load(include_str!("vectors/acs3.json"));
    let mut ran = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let name = text(&vector["name"]);
        let credential = credential(
            text(&vector["accessKeyId"]),
            text(&vector["accessKeySecret"]),
            vector["securityToken"].as_str(),
        );
        let body = text(&vector["body"]).as_bytes();
        let content_type =
            pairs(&vector["signedHeaders"]).filter(|(header, _)| *header == "content-type");
        let mut signed = head(text(&vector["method"]), text(&vector["url"]), content_type);
        let (action, nonce) = (text(&vector["action"]), text(&file["nonce"]));
        acs3::sign(&mut signed, action, "2017-03-21", body, &credential, now(), nonce).unwrap();
        assert_eq!(authorization(&signed), text(&vector["authorization"]), "{name}");
        for (header, value) in pairs(&vector["signedHeaders"]) {
            assert_eq!(signed.headers[header], value, "{name}: {header}");
        }
        let claim = acs3::verify(&arrived(&signed), body, &credential.secret).unwrap();
        assert_eq!(claim.id, credential.id);
        assert_eq!(claim.at, now());
        assert_eq!(claim.nonce.as_deref(), Some(nonce));
        assert_eq!(claim.token.as_deref(), vector["securityToken"].as_str());
        ran += 1;
    }
    assert_eq!(ran, 24);
}

#[test]
fn acs3_as_the_python_sdk_sends_it() {
    let file = load(include_str!("vectors/acs3.json"));
    let secret = |id: &str| {
        let of = file["vectors"].as_array().unwrap().iter().find(|v| text(&v["accessKeyId"]) == id);
        Secret::new(text(&of.unwrap()["accessKeySecret"]).to_owned())
    };
    let mut ran = 0;
    for request in file["nativePython"]["requests"].as_array().unwrap() {
        let name = text(&request["name"]);
        let query: Vec<_> = pairs(&request["query"])
            .map(|(n, v)| format!("{}={}", percent(n), percent(v)))
            .collect();
        let uri = format!("/?{}", query.join("&"));
        let arrived = head("POST", &uri, pairs(&request["headers"]));
        let id = acs3::claim(&arrived).unwrap().id;
        acs3::verify(&arrived, b"", &secret(&id)).unwrap_or_else(|e| panic!("{name}: {e}"));
        ran += 1;
    }
    assert_eq!(ran, 12);
}

#[test]
fn rpc_vectors() {
    let file = load(include_str!("vectors/rpc_v1.json"));
    let mut ran = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let name = text(&vector["name"]);
        let credential = credential(
            text(&vector["accessKeyId"]),
            text(&vector["accessKeySecret"]),
            vector["securityToken"].as_str(),
        );
        let method: Method = text(&vector["method"]).parse().unwrap();
        let at: Timestamp = text(&vector["timestamp"]).parse().unwrap();
        let mut signed = own(&vector["operationParams"]);
        let all = &vector["allSignedParams"];
        for common in ["Action", "Version"] {
            signed.push((common.to_owned(), text(&all[common]).to_owned()));
        }
        rpc1::sign(&method, &mut signed, &credential, at, text(&vector["nonce"]));
        let (last, parameters) = signed.split_last().unwrap();
        assert_eq!(last.0, "Signature");
        assert_eq!(last.1, text(&vector["signature"]), "{name}");
        let mut sorted = parameters.to_vec();
        sorted.sort();
        assert_eq!(sorted, own(all), "{name}");

        let wire = vector["formBody"]
            .as_str()
            .unwrap_or_else(|| text(&vector["finalUrl"]).split_once('?').unwrap().1);
        let claim = rpc1::verify(&method, &parse_query(wire), &credential.secret).unwrap();
        assert_eq!((claim.id, claim.at), (credential.id, at));
        assert_eq!(claim.token.as_deref(), vector["securityToken"].as_str());
        ran += 1;
    }
    assert_eq!(ran, 24);
}

#[test]
fn rpc_as_the_python_sdk_sends_it() {
    let file = load(include_str!("vectors/rpc_v1.json"));
    let mut ran = 0;
    for vector in file["sdkCoreWire"]["vectors"].as_array().unwrap() {
        let query = text(&vector["url"]).split_once('?').unwrap().1;
        let method: Method = text(&vector["method"]).parse().unwrap();
        let parameters = parse_query(query);
        let id = rpc1::claim(&parameters).unwrap().id;
        let of = file["vectors"].as_array().unwrap().iter().find(|v| text(&v["accessKeyId"]) == id);
        let secret = Secret::new(text(&of.unwrap()["accessKeySecret"]).to_owned());
        rpc1::verify(&method, &parameters, &secret).unwrap();
        ran += 1;
    }
    assert_eq!(ran, 12);
}

#[test]
fn the_example_of_the_documentation() {
    let file = load(include_str!("vectors/rpc_v1.json"));
    let example = &file["documentationExample"];
    let query = decode(text(&example["stringToSign"]).strip_prefix("GET&%2F&").unwrap());
    let mut parameters = parse_query(&query);
    parameters.push(("Signature".to_owned(), text(&example["signature"]).to_owned()));
    let secret = Secret::new(text(&example["accessKeySecret"]).to_owned());
    let claim = rpc1::verify(&Method::GET, &parameters, &secret).unwrap();
    assert_eq!(claim.id, "testAccessKeyId");
}

#[test]
fn oss_vectors() {
    let file = load(include_str!("vectors/oss_signatures.json"));
    let credential = credential(
        text(&file["accessKeyId"]),
        text(&file["accessKeySecret"]),
        file["securityToken"].as_str(),
    );
    let secret = &credential.secret;
    let (mut v4, mut v1, mut v1_date) = (0, 0, 0);
    for vector in file["vectors"].as_array().unwrap() {
        let name = text(&vector["name"]);
        let (bucket, key) = (text(&vector["bucket"]), vector["key"].as_str().unwrap_or_default());
        let (method, url) = (text(&vector["method"]), text(&vector["url"]));
        if !key.is_empty() {
            assert!(url.contains(&percent_path(key)), "{name}");
        }

        let mut signed = head(method, url, pairs(&vector["headers"]));
        oss4::sign(&mut signed, bucket, key, text(&file["region"]), &credential, now()).unwrap();
        assert_eq!(authorization(&signed), text(&vector["v4"]["authorization"]), "{name}");
        for (header, value) in pairs(&vector["v4"]["sentHeaders"]) {
            assert_eq!(signed.headers[header], value, "{name}: {header}");
        }
        let claim = oss4::verify(&arrived(&signed), bucket, key, secret).unwrap();
        assert_eq!(claim.region.as_deref(), Some("cn-shanghai"));
        assert_eq!((claim.id.as_str(), claim.at), (credential.id.as_str(), now()));
        let spaced = text(&vector["v4"]["authorizationAsOss2WritesIt"]);
        signed.headers.insert("authorization", spaced.parse().unwrap());
        oss4::verify(&arrived(&signed), bucket, key, secret).unwrap();
        v4 += 1;

        let mut signed = head(method, url, pairs(&vector["headers"]));
        oss1::sign(&mut signed, bucket, key, &credential, now()).unwrap();
        assert_eq!(authorization(&signed), text(&vector["v1"]["authorization"]), "{name}");
        for (header, value) in pairs(&vector["v1"]["sentHeaders"]) {
            assert_eq!(signed.headers[header], value, "{name}: {header}");
        }
        let claim = oss1::verify(&arrived(&signed), bucket, key, secret).unwrap();
        assert_eq!((claim.id.as_str(), claim.at), (credential.id.as_str(), now()));
        v1 += 1;

        let dated = &vector["v1DateHeader"];
        let mut signed = head(method, url, pairs(&dated["sentHeaders"]));
        signed.headers.insert("authorization", text(&dated["authorization"]).parse().unwrap());
        let claim = oss1::verify(&arrived(&signed), bucket, key, secret).unwrap();
        assert_eq!(claim.at, now(), "{name}");
        v1_date += 1;
    }
    assert_eq!((v4, v1, v1_date), (25, 25, 25));
}

/// Whole requests as oss2 puts them on the wire: `%2F` in the path, `?uploads=` with an empty value.
#[test]
fn oss_as_the_python_sdk_sends_it() {
    let file = load(include_str!("vectors/oss_wire_oss2.json"));
    let secret = Secret::new(text(&file["accessKeySecret"]).to_owned());
    let mut ran = [0, 0];
    for (at, version) in ["v1", "v4"].into_iter().enumerate() {
        for request in file["requests"][version].as_array().unwrap() {
            let query: Vec<_> = pairs(&request["params"])
                .map(|(n, v)| format!("{}={}", percent(n), percent(v)))
                .collect();
            let mark = if query.is_empty() { "" } else { "?" };
            let url = format!("{}{mark}{}", text(&request["url"]), query.join("&"));
            let sent = head(text(&request["method"]), &url, pairs(&request["headers"]));
            let bucket = sent.uri.host().unwrap().split('.').next().unwrap().to_owned();
            let key = decode(sent.uri.path().strip_prefix('/').unwrap());
            let verify = if version == "v1" { oss1::verify } else { oss4::verify };
            let claim = verify(&arrived(&sent), &bucket, &key, &secret).unwrap();
            assert_eq!(claim.token.as_deref(), file["securityToken"].as_str());
            assert_eq!(claim.at, now());
            ran[at] += 1;
        }
    }
    assert_eq!(ran, [14, 14]);
}

#[test]
fn additional_headers_may_stand_before_or_behind_the_signature() {
    // Computed by the rules of V4 with `host` signed in addition (oss2 puts the list last).
    let sent = |authorization: &str| {
        let headers = [
            ("host", "b.oss-cn-shanghai.aliyuncs.com"),
            ("x-oss-date", "20260102T030405Z"),
            ("x-oss-content-sha256", "UNSIGNED-PAYLOAD"),
            ("authorization", authorization),
        ];
        head("GET", "/k?uploadId=U", headers.into_iter())
    };
    let secret = Secret::new("EXAMPLE-SECRET-NOT-REAL-0002".to_owned());
    let scope = "Credential=STS.EXAMPLEKEYID/20260102/cn-shanghai/oss/aliyun_v4_request";
    let signature = "501028f7e47cdd6991908a3a1a3e1166416acfd90cd2dfddb3bdea516b1fb946";
    for line in [
        format!("OSS4-HMAC-SHA256 {scope},AdditionalHeaders=host,Signature={signature}"),
        format!("OSS4-HMAC-SHA256 {scope}, Signature={signature}, AdditionalHeaders=host"),
    ] {
        oss4::verify(&sent(&line), "b", "k", &secret).unwrap();
    }
    let without = format!("OSS4-HMAC-SHA256 {scope},Signature={signature}");
    let refusal = oss4::verify(&sent(&without), "b", "k", &secret).unwrap_err();
    assert!(matches!(refusal, Refusal::Mismatch { .. }), "{refusal}");
}
