//! The way to the network: proxies, own certificates; and credential servers at its end.

use crate::wire::{Reply, Wire, answer, client, key, transport};
use vodlift_cloud::{
    Address, Client, Error, Kind, Proxy, Roots, Transport,
    grant::Issuer,
    server::{Create, Server},
    vod::{By, Vod},
};
use vodlift_sign::Secret;

async fn through(proxy: Proxy) -> Error {
    let client = Client::new(Transport { proxy, ..transport() });
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
        assert_eq!(error.kind, Kind::ProxyDown);
        assert_eq!(error.host, Some(format!("{host}:{port}")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_does_not_carry_us_on_is_the_one_that_is_named() {
    for reply in [
        answer("403 Forbidden", &[], ""),
        answer("502 Bad Gateway", &["Content-Type: text/html"], "<html>no</html>"),
        Reply::Raw(b"nonsense\r\n\r\n".to_vec()),
    ] {
        let wire = Wire::new(vec![reply]);
        let (host, port) = ("127.0.0.1".to_owned(), wire.at.port());
        let error = through(Proxy::Http { host, port, login: None }).await;
        assert_eq!(error.kind, Kind::ProxyRefused, "{error:?}");
        assert_eq!(error.host, Some(wire.at.to_string()));
    }
    // One that hangs up is as good as away.
    let wire = Wire::new(vec![Reply::Hang]);
    let (host, port) = ("127.0.0.1".to_owned(), wire.at.port());
    let error = through(Proxy::Http { host, port, login: None }).await;
    assert_eq!((error.kind, error.host.clone()), (Kind::ProxyDown, Some(wire.at.to_string())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_of_the_environment_is_used_or_refused_and_never_passed_by() {
    let wire = Wire::new(vec![answer("403 Forbidden", &[], "")]);
    let at = wire.at.to_string();
    let proxy = Proxy::from_environment(|name| (name == "ALL_PROXY").then(|| at.clone()));
    let error = through(proxy).await;
    assert_eq!((error.kind, error.host.as_deref()), (Kind::ProxyRefused, Some(&*at)));
    assert_eq!(wire.seen().head.method, "CONNECT");

    let unknown = Proxy::from_environment(|name| {
        (name == "all_proxy").then(|| "gopher://u:proxy-password@a".into())
    });
    let error = through(unknown.clone()).await;
    assert_eq!(error.kind, Kind::ProxyUnusable);
    assert_eq!(error.message.as_deref(), Some("all_proxy: the scheme gopher is not known"));
    // What needs no proxy goes on.
    let info = r#"{"Video":{"VideoId":"v1","Status":"Normal"}}"#;
    let wire = Wire::new(vec![answer("200 OK", &[], info)]);
    let client = Client::new(Transport { proxy: unknown, ..transport() });
    client.video_info(&Vod::at(&wire.url(), "r").unwrap(), &key(), By::Id("v1")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_name_of_this_computer_may_speak_plainly_and_leads_here() {
    let info = r#"{"Video":{"VideoId":"v1","Status":"Normal"}}"#;
    for name in ["localhost", "vod.localhost", "a.b.LOCALHOST", "vod.localhost.", "127.0.0.1"] {
        let wire = Wire::new(vec![answer("200 OK", &[], info)]);
        let vod = Vod::at(&format!("http://{name}:{}", wire.at.port()), "r").unwrap();
        assert!(vod.is_local(), "{name}");
        client().video_info(&vod, &key(), By::Id("v1")).await.unwrap();
    }
    for name in ["http://[::1]:1", "http://127.9.9.9"] {
        assert!(Vod::at(name, "r").unwrap().is_local(), "{name}");
    }
    for name in ["http://localhost.example.com", "http://notlocalhost", "http://128.0.0.1"] {
        let vod = Vod::at(name, "r").unwrap();
        assert!(!vod.is_local() && vod.endpoint().starts_with("https://"), "{name}");
    }
}

#[test]
fn bytes_go_only_where_whoever_is_asked_may_send_them() {
    let address = |endpoint: &str| Address::new(endpoint, "bucket", "a.mp4").unwrap();
    let vod = |endpoint: &str| Vod::at(endpoint, "r").unwrap();
    let (home, own, number, here) = (
        vod("https://vod.cn-shanghai.aliyuncs.com"),
        vod("https://vod.example.com"),
        vod("https://192.0.2.7"),
        vod("http://127.0.0.1:8080"),
    );
    let (far, near) = (
        Server::new("https://grants.example.com", None).unwrap(),
        Server::new("http://127.0.0.1:9", None).unwrap(),
    );
    let oss = "https://oss-cn-shanghai.aliyuncs.com";
    for (issuer, good, bad) in [
        (
            Issuer::Vod(&home),
            &[oss][..],
            &[
                "https://evil.example",
                "https://aliyuncs.com.evil.example",
                "https://evil-aliyuncs.com",
                "https://192.0.2.7",
                "https://localhost",
                "http://127.0.0.1:1",
                "http://x.localhost",
            ][..],
        ),
        (
            Issuer::Vod(&own),
            &[oss, "https://oss.example.com"],
            &[
                "https://10.0.0.1",
                "https://169.254.169.254",
                "http://127.0.0.1:1",
                "http://[::1]:1",
            ],
        ),
        (Issuer::Vod(&number), &[oss, "https://192.0.2.8"], &["http://127.0.0.1:1"]),
        (
            Issuer::Vod(&here),
            &[oss, "http://127.0.0.1:1", "http://localhost:1", "https://oss.example.test"],
            &["https://10.0.0.1"],
        ),
        (
            Issuer::Server(&far, &home),
            &[oss],
            &["https://evil.example", "http://127.0.0.1:1", "https://10.0.0.1"],
        ),
        (Issuer::Server(&near, &home), &[oss, "http://127.0.0.1:1"], &["https://10.0.0.1"]),
        (Issuer::Server(&far, &own), &[oss, "https://oss.example.com"], &["http://127.0.0.1:1"]),
    ] {
        for endpoint in good {
            assert!(address(endpoint).fits(&issuer), "{endpoint} by {issuer:?}");
        }
        for endpoint in bad {
            assert!(!address(endpoint).fits(&issuer), "{endpoint} by {issuer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loopback_needs_no_proxy() {
    let info = r#"{"Video":{"VideoId":"v1","Status":"Normal"}}"#;
    let wire = Wire::new(vec![answer("200 OK", &[], info)]);
    let proxy = Proxy::Http { host: "192.0.2.1".to_owned(), port: 9, login: None };
    let client = Client::new(Transport { proxy, ..transport() });
    let vod = Vod::at(&wire.url(), "r").unwrap();
    client.video_info(&vod, &key(), By::Id("v1")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unusable_roots_stop_only_what_needs_them() {
    let info = r#"{"Video":{"VideoId":"v1","Status":"Normal"}}"#;
    for content in [Err("No such file".to_owned()), Ok(b"no certificate".to_vec())] {
        let roots = Roots { origin: "SSL_CERT_FILE=/x".to_owned(), content };
        let client = Client::new(Transport { tls_root: Some(roots), ..transport() });
        let vod = Vod::for_region("cn-shanghai").unwrap();
        let error = client.video_info(&vod, &key(), By::Id("v1")).await.unwrap_err();
        assert_eq!((error.kind, error.unsent()), (Kind::Roots, true));
        assert!(error.message.as_deref().unwrap().starts_with("SSL_CERT_FILE=/x: "), "{error}");
        assert_eq!(client.warm().unwrap_err().kind, Kind::Roots);
        let wire = Wire::new(vec![answer("200 OK", &[], info)]);
        let here = Vod::at(&wire.url(), "r").unwrap();
        client.video_info(&here, &key(), By::Id("v1")).await.unwrap();
    }
    let proxy = Proxy::Http { host: "a b".to_owned(), port: 1, login: None };
    let error = Client::new(Transport { proxy, ..transport() }).warm().unwrap_err();
    assert_eq!(error.kind, Kind::ProxyUnusable);
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
