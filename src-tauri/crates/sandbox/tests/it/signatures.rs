//! Who is let in: all four signatures, time, nonces, tokens.

use std::time::Duration;

use http::Method;
use jiff::SignedDuration;
use vodlift_sandbox::{Handle, Options, Sandbox};
use vodlift_sign::{Credential, Secret, acs3, oss4, rpc1};

use crate::client::{
    Answer, Pass, acs3_head, head, nonce, now, query, rpc1_query, sandbox, send, set, stormy,
};

const LIST: &str = "ListTranscodeTemplateGroup";

async fn acs3_at(cloud: &Handle, late: SignedDuration, nonce: &str) -> Answer {
    let host = cloud.endpoint().replace("http://", "");
    let mut head = head(Method::POST, "/", &[("host", &host)]);
    acs3::sign(&mut head, LIST, "2017-03-21", b"", &cloud.key(), now() - late, nonce).unwrap();
    send(&cloud.endpoint(), head, Vec::new()).await.unwrap()
}

#[tokio::test]
async fn acs3_is_recomputed_from_what_arrived() {
    let cloud = sandbox().await;
    let pairs = [("Title", "a b+c~*/视"), ("FileName", "a.mp4")];
    let signed = || acs3_head(&cloud, &cloud.key(), "CreateUploadVideo", &pairs);
    let good = send(&cloud.endpoint(), signed(), Vec::new()).await.unwrap();
    assert_eq!(good.status, 200, "{}", good.text());

    let mut other_query = signed();
    other_query.uri = format!("/?{}", query(&[("Title", "b"), pairs[1]])).parse().unwrap();
    let mut other_action = signed();
    set(&mut other_action, "x-acs-action", "CreateUploadImage");
    let mut other_secret = signed();
    let wrong = Credential { secret: Secret::new("wrong".into()), ..cloud.key() };
    acs3::sign(&mut other_secret, "CreateUploadVideo", "2017-03-21", b"", &wrong, now(), "n")
        .unwrap();
    for head in [other_query, other_action, other_secret] {
        let answer = send(&cloud.endpoint(), head, Vec::new()).await.unwrap();
        assert_eq!(answer.refusal(), (400, "SignatureDoesNotMatch".into()));
        assert!(answer.text().contains("server string to sign is:"));
    }
    let body = send(&cloud.endpoint(), signed(), b"more".to_vec()).await.unwrap();
    assert_eq!(body.refusal(), (400, "SignatureDoesNotMatch".into()), "a body nobody signed");
    assert_eq!(cloud.live_media().len(), 1);
}

#[tokio::test]
async fn rpc_version_1_is_recomputed_in_the_query_and_in_a_form() {
    let cloud = sandbox().await;
    let pairs = [("Action", "CreateUploadVideo"), ("Title", "a *~+/'视"), ("FileName", "a.mp4")];
    let text = |all: &[(String, String)]| vodlift_sign::encode::canonical_query(all);
    let get = async |all: &[(String, String)]| {
        let head = head(Method::GET, &format!("/?{}", text(all)), &[]);
        send(&cloud.endpoint(), head, Vec::new()).await.unwrap()
    };
    let good = get(&rpc1_query(&Method::GET, &cloud.key(), &pairs)).await;
    assert_eq!(good.status, 200, "{}", good.text());

    let mut changed = rpc1_query(&Method::GET, &cloud.key(), &pairs);
    changed.iter_mut().find(|(name, _)| name == "Title").unwrap().1 = "b".into();
    assert_eq!(get(&changed).await.refusal(), (400, "SignatureDoesNotMatch".into()));

    let form = rpc1_query(&Method::POST, &cloud.key(), &pairs);
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let posted = head(Method::POST, "/", &kind);
    let answer = send(&cloud.endpoint(), posted, text(&form).into_bytes()).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());

    let mut xml =
        vec![("Action".to_owned(), LIST.to_owned()), ("Version".into(), "2017-03-21".into())];
    rpc1::sign(&Method::GET, &mut xml, &cloud.key(), now(), &nonce());
    xml.retain(|(name, _)| name != "Format" && name != "Signature");
    assert_eq!(get(&xml).await.refusal(), (400, "MissingAccessKeyId".into()));
    assert!(get(&xml).await.text().starts_with("<?xml"), "XML unless JSON is asked for");
}

#[tokio::test]
async fn a_nonce_serves_once_and_a_clock_may_be_a_quarter_of_an_hour_off() {
    let cloud = sandbox().await;
    let minutes = SignedDuration::from_mins;
    assert_eq!(acs3_at(&cloud, minutes(14), "1").await.status, 200);
    assert_eq!(
        acs3_at(&cloud, minutes(0), "1").await.refusal(),
        (400, "SignatureNonceUsed".into())
    );
    let expired = (400, "InvalidTimeStamp.Expired".to_owned());
    assert_eq!(acs3_at(&cloud, minutes(16), "2").await.refusal(), expired);
    assert_eq!(acs3_at(&cloud, minutes(-16), "2").await.refusal(), expired);
    assert_eq!(acs3_at(&cloud, minutes(0), "2").await.status, 200, "a refused nonce is unused");

    let mut head = acs3_head(&cloud, &cloud.key(), LIST, &[]);
    set(&mut head, "x-acs-date", "yesterday");
    let answer = send(&cloud.endpoint(), head, Vec::new()).await.unwrap();
    assert_eq!(answer.refusal(), (400, "InvalidTimeStamp.Format".into()));
}

#[tokio::test]
async fn a_server_whose_clock_is_off_says_so_in_its_date() {
    let cloud = stormy("clock +20m").await;
    let answer = acs3_at(&cloud, SignedDuration::ZERO, "1").await;
    assert_eq!(answer.refusal(), (400, "InvalidTimeStamp.Expired".into()));
    let shown = answer.header("date").to_owned();
    let shown = jiff::fmt::rfc2822::parse(&shown).unwrap().timestamp();
    assert!((shown - now()).get_seconds() > 1150);
    let right = acs3_at(&cloud, shown.duration_until(now()), "2").await;
    assert_eq!(right.status, 200, "{}", right.text());

    cloud.weather(vodlift_sandbox::Weather::fair());
    let pass = Pass::video(&cloud).await;
    cloud.weather("clock -20m".parse().unwrap());
    let answer = pass.send(&cloud, Method::PUT, "", &[], b"x").await;
    assert_eq!(answer.refusal(), (403, "RequestTimeTooSkewed".into()));
    assert!(!answer.leaf("ServerTime").is_empty());
}

#[tokio::test]
async fn keys_and_tokens_must_be_known_and_fresh() {
    let cloud = sandbox().await;
    let call = async |key: &Credential| {
        let head = acs3_head(&cloud, key, LIST, &[]);
        send(&cloud.endpoint(), head, Vec::new()).await.unwrap()
    };
    let unknown = Credential { id: "LTAInobody".into(), ..cloud.key() };
    assert_eq!(call(&unknown).await.refusal(), (404, "InvalidAccessKeyId.NotFound".into()));
    let session = cloud.session_key(Duration::from_mins(1));
    assert_eq!(call(&session).await.status, 200);
    let bare = Credential { token: None, ..session.clone() };
    assert_eq!(call(&bare).await.refusal(), (400, "MissingSecurityToken".into()));
    let other = Credential { token: Some(Secret::new("CAISother".into())), ..session.clone() };
    assert_eq!(call(&other).await.refusal(), (400, "InvalidSecurityToken.Malformed".into()));
    let pass = Pass::video(&cloud).await;
    assert_eq!(call(&pass.credential).await.refusal(), (403, "Forbidden.RAM".into()));
    cloud.advance(Duration::from_mins(1));
    assert_eq!(call(&session).await.refusal(), (400, "InvalidSecurityToken.Expired".into()));
}

#[tokio::test]
async fn both_signatures_of_oss_are_recomputed() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    let upload = pass.initiate(&cloud).await;
    let part = |number: u32| {
        let query = format!("partNumber={number}&uploadId={upload}");
        pass.head(Method::PUT, &query, &[("content-type", "video/mp4")])
    };
    let mismatch = (403, "SignatureDoesNotMatch".to_owned());
    for sign in [Pass::sign as fn(&Pass, &mut _), Pass::sign1] {
        let signed = || {
            let mut head = part(1);
            sign(&pass, &mut head);
            head
        };
        let good = send(&cloud.endpoint(), signed(), b"x".to_vec()).await.unwrap();
        assert_eq!(good.status, 200, "{}", good.text());
        let mut other_part = signed();
        other_part.uri = part(2).uri;
        let mut other_type = signed();
        set(&mut other_type, "content-type", "text/plain");
        let mut more = signed();
        set(&mut more, "x-oss-forbid-overwrite", "true");
        for head in [other_part, other_type, more] {
            let answer = send(&cloud.endpoint(), head, b"x".to_vec()).await.unwrap();
            assert_eq!(answer.refusal(), mismatch);
            assert!(!answer.leaf("StringToSign").is_empty());
        }
        let wrong = Credential { secret: Secret::new("wrong".into()), ..pass.credential.clone() };
        let wrong = Pass { credential: wrong, ..pass.clone() };
        let mut head = part(1);
        sign(&wrong, &mut head);
        let answer = send(&cloud.endpoint(), head, b"x".to_vec()).await.unwrap();
        assert_eq!(answer.refusal(), mismatch);
    }
    // V1 does not sign what is not a sub-resource; V4 signs everything.
    let list = format!("uploadId={upload}");
    let mut head = pass.head(Method::GET, &list, &[]);
    pass.sign1(&mut head);
    head.uri = format!("{}&max-parts=5", head.uri).parse().unwrap();
    assert_eq!(send(&cloud.endpoint(), head, Vec::new()).await.unwrap().status, 200);
    let mut head = pass.head(Method::GET, &list, &[]);
    pass.sign(&mut head);
    head.uri = format!("{}&max-parts=5", head.uri).parse().unwrap();
    assert_eq!(send(&cloud.endpoint(), head, Vec::new()).await.unwrap().refusal(), mismatch);
}

#[tokio::test]
async fn a_pass_of_oss_needs_its_token_its_region_and_its_time() {
    let options = Options { expire: Duration::from_secs(100), ..Options::quick() };
    let cloud = Sandbox::start(options).await.unwrap();
    let pass = Pass::video(&cloud).await;
    assert_eq!(pass.life, "100");
    let expires: jiff::Timestamp = pass.expires.parse().unwrap();
    assert!((98..=100).contains(&(expires - now()).get_seconds()));
    let with = async |credential: Credential| {
        let pass = Pass { credential, ..pass.clone() };
        pass.send(&cloud, Method::PUT, "", &[], b"x").await.refusal()
    };
    let own = || pass.credential.clone();
    let bare = Credential { token: None, ..own() };
    assert_eq!(with(bare).await, (403, "InvalidAccessKeyId".into()));
    let other = Credential { token: Some(Secret::new("CAISother".into())), ..own() };
    assert_eq!(with(other).await, (403, "InvalidSecurityToken".into()));
    let unknown = Credential { id: "STS.nobody".into(), ..own() };
    assert_eq!(with(unknown).await, (403, "InvalidAccessKeyId".into()));
    assert_eq!(with(cloud.key()).await, (403, "AccessDenied".into()), "the bucket is VOD's own");
    let mut head = pass.head(Method::PUT, "", &[]);
    oss4::sign(&mut head, &pass.bucket, &pass.key, "cn-beijing", &own(), now()).unwrap();
    let answer = send(&cloud.endpoint(), head, b"x".to_vec()).await.unwrap();
    assert_eq!(answer.refusal(), (400, "InvalidArgument".into()));
    let unsigned = pass.head(Method::PUT, "", &[]);
    let answer = send(&cloud.endpoint(), unsigned, b"x".to_vec()).await.unwrap();
    assert_eq!(answer.refusal(), (403, "AccessDenied".into()));
    let mut old = pass.head(Method::PUT, "", &[]);
    let late = now() - SignedDuration::from_mins(16);
    oss4::sign(&mut old, &pass.bucket, &pass.key, "cn-shanghai", &own(), late).unwrap();
    let answer = send(&cloud.endpoint(), old, b"x".to_vec()).await.unwrap();
    assert_eq!(answer.refusal(), (403, "RequestTimeTooSkewed".into()));
    cloud.advance(Duration::from_secs(97));
    assert_eq!(with(own()).await.0, 200);
    cloud.advance(Duration::from_secs(3));
    assert_eq!(with(own()).await, (403, "SecurityTokenExpired".into()));
}

#[tokio::test]
async fn no_secret_is_in_the_log_of_requests() {
    let cloud = sandbox().await;
    let pass = Pass::video(&cloud).await;
    pass.send(&cloud, Method::PUT, "", &[], b"x").await;
    let log = format!("{:?} {cloud:?}", cloud.requests());
    let token = pass.credential.token.as_ref().unwrap();
    for secret in [cloud.key().secret.expose(), pass.credential.secret.expose(), token.expose()] {
        assert!(!log.contains(secret));
    }
    assert!(log.contains("PutObject") && !log.contains("Signature"));
}
