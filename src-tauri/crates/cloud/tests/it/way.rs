//! The way to the network: proxies, own certificates; and credential servers at its end.

use crate::wire::{Wire, answer, client, key, transport};
use vodlift_cloud::{
    Client, Error, Kind, Proxy, Transport,
    server::{Create, Server},
    vod::{By, Vod},
};
use vodlift_sign::Secret;

async fn through(proxy: Proxy) -> Error {
    let client = Client::new(Transport { proxy, ..transport() }).unwrap();
    let vod = Vod::for_region("cn-shanghai").unwrap();
    let error = client.video_info(&vod, &key(), By::Id("v1")).await.unwrap_err();
    assert!(error.unsent());
    assert!(!format!("{error:?}").contains("proxy-password"));
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_http_proxy() {
    let wire = Wire::new(vec![answer("407 Proxy Authentication Required", &[], "")]);
    let login = Some(("user".to_owned(), Secret::new("proxy-password".to_owned())));
    let (host, port) = ("127.0.0.1".to_owned(), wire.at.port());
    let error = through(Proxy::Http { host, port, login }).await;
    assert_eq!(error.kind, Kind::Proxy);
    let seen = wire.seen();
    assert_eq!(seen.head.method, "CONNECT");
    assert_eq!(seen.head.uri, "vod.cn-shanghai.aliyuncs.com:443");
    assert_eq!(seen.header("proxy-authorization"), Some("Basic dXNlcjpwcm94eS1wYXNzd29yZA=="));
    assert_eq!(seen.header("authorization"), None);
    wire.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_not_there() {
    let wire = Wire::new(vec![]);
    let port = wire.at.port();
    wire.finish();
    let (host, login) = ("127.0.0.1".to_owned(), None);
    // It is missing like any other host, and it is the one that is named.
    for proxy in [
        Proxy::Socks5 { host: host.clone(), port, login: None },
        Proxy::Http { host: host.clone(), port, login },
    ] {
        let error = through(proxy).await;
        assert_eq!(error.kind, Kind::Connect);
        assert_eq!(error.host, Some(format!("{host}:{port}")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loopback_needs_no_proxy() {
    let info = r#"{"Video":{"VideoId":"v1","Status":"Normal"}}"#;
    let wire = Wire::new(vec![answer("200 OK", &[], info)]);
    let proxy = Proxy::Http { host: "192.0.2.1".to_owned(), port: 9, login: None };
    let client = Client::new(Transport { proxy, ..transport() }).unwrap();
    let vod = Vod::at(&wire.url(), "r").unwrap();
    client.video_info(&vod, &key(), By::Id("v1")).await.unwrap();
}

#[test]
fn unusable_settings_are_told_at_once() {
    for pem in
        [&b"no certificate"[..], b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"]
    {
        let made = Client::new(Transport { tls_root: Some(pem.to_vec()), ..transport() });
        assert_eq!(made.unwrap_err().kind, Kind::Settings);
    }
    let proxy = Proxy::Http { host: "a b".to_owned(), port: 1, login: None };
    let made = Client::new(Transport { proxy, ..transport() });
    assert_eq!(made.unwrap_err().kind, Kind::Settings);
    client().warm().unwrap();
}

fn sample() -> (String, String) {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/upload_blobs.json")).unwrap();
    let text = |name: &str| file["samples"][0][name].as_str().unwrap().to_owned();
    (text("uploadAddress"), text("uploadAuth"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_server() {
    let (address, auth) = sample();
    let ours = serde_json::json!({ "imageId": "i1", "uploadAddress": address, "uploadAuth": auth, "requestId": "S1" });
    let vods = serde_json::json!({ "UploadAddress": address, "UploadAuth": auth });
    let wire = Wire::new(vec![
        answer("200 OK", &[], &ours.to_string()),
        answer("200 OK", &[], &vods.to_string()),
        answer("200 OK", &[], r#"{"status":"UploadSucc"}"#),
        answer("404 Not Found", &[], "no such thing"),
        answer("501 Not Implemented", &[], ""),
        answer("401 Unauthorized", &[], r#"{"code":"nope","message":"not bearer-secret"}"#),
        answer("200 OK", &[], r#"{"videoId":"v"}"#),
        answer("200 OK", &[], r#"{"videoId":"v","uploadAddress":"!","uploadAuth":"!"}"#),
        answer("200 OK", &[], "<html>sign in</html>"),
    ]);
    let secret = Some(Secret::new("bearer-secret".to_owned()));
    let server = Server::new(&format!("{}/grant?team=1", wire.url()), secret).unwrap();
    let client = client();
    let new = Create {
        kind: "image".to_owned(),
        title: "T".to_owned(),
        file_name: "a.jpg".to_owned(),
        file_size: 5,
        reference_id: "ref-123".to_owned(),
        cate_id: Some("7".to_owned()),
        ..Create::default()
    };
    let made = client.server_create(&server, &new).await.unwrap();
    assert_eq!((made.media_id.as_str(), made.request_id.as_deref()), ("i1", Some("S1")));
    assert_eq!(made.grant.address.endpoint(), "https://oss-cn-shanghai.aliyuncs.com");
    let seen = wire.seen();
    assert_eq!(seen.head.uri, "/grant?team=1");
    assert_eq!(seen.header("authorization"), Some("Bearer bearer-secret"));
    let asked: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    let expected = serde_json::json!({ "operation": "create", "kind": "image", "title": "T", "fileName": "a.jpg", "fileSize": 5, "referenceId": "ref-123", "cateId": "7" });
    assert_eq!(asked, expected);

    let fresh = client.server_refresh(&server, "v9").await.unwrap();
    assert_eq!(fresh.media_id, "v9");
    let asked: serde_json::Value = serde_json::from_slice(&wire.seen().body).unwrap();
    assert_eq!(asked, serde_json::json!({ "operation": "refresh", "videoId": "v9" }));

    let status = client.server_status(&server, "video", "v9").await.unwrap();
    assert_eq!(status.as_deref(), Some("UploadSucc"));
    assert_eq!(client.server_status(&server, "video", "v9").await.unwrap(), None);
    assert_eq!(client.server_status(&server, "video", "v9").await.unwrap(), None);

    let error = client.server_refresh(&server, "v9").await.unwrap_err();
    assert_eq!(
        (error.kind, error.status, error.code.as_deref()),
        (Kind::Status, Some(401), Some("nope"))
    );
    assert_eq!(error.message.as_deref(), Some("not •••"));
    for kind in [Kind::Shape, Kind::Shape, Kind::Portal] {
        assert_eq!(client.server_refresh(&server, "v9").await.unwrap_err().kind, kind);
    }
}

#[test]
fn addresses_of_credential_servers() {
    for good in ["https://a.example/x?y", "http://127.0.0.1:1/x", "http://localhost"] {
        assert!(Server::new(good, None).is_ok(), "{good}");
    }
    for bad in ["http://a.example/", "ftp://a", "a.example", "", "https://u:p@a.example"] {
        assert_eq!(Server::new(bad, None).unwrap_err().kind, Kind::Address, "{bad}");
    }
}
