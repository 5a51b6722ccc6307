//! Every way out of a company: proxies of both kinds with and without a password, its own root, names that are not
//! found. Knows doors, no internals.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use vodlift_cloud::{Client, Proxy, Roots, Secret};
use vodlift_engine::Command;
use vodlift_engine::view::Status;
use vodlift_sandbox::Options;
use vodlift_tests::relay::Relay;
use vodlift_tests::search::found;
use vodlift_tests::{World, config, transport};

use super::doors::{Company, Door, STORAGE, Seen, Speech, VOD, proxy};
use super::{ALL, IMAGE, PARTS, alone, is_child, this_test, told};

const USER: &str = "lin";
const PASSWORD: &str = "pass word:of the proxy/0008";

/// A sandbox that is only reached by its names, over TLS.
struct Far {
    world: World,
    front: Door,
    company: Company,
}

async fn far() -> Far {
    let options = Options { address: Some(STORAGE.to_owned()), ..Options::quick() };
    let mut world = World::still(options, config()).await;
    let company = Company::new();
    let front = company.front(world.cloud.port()).await;
    world.address = Some(VOD.to_owned());
    Far { world, front, company }
}

fn client(proxy: Proxy, root: Option<&str>) -> Arc<Client> {
    let tls_root = root.map(|pem| Roots {
        origin: "the company's root".to_owned(),
        content: Ok(pem.as_bytes().to_vec()),
    });
    Arc::new(Client::new(vodlift_cloud::Transport { proxy, tls_root, ..transport() }))
}

fn way(speech: Speech, at: SocketAddr, login: Option<(&str, &str)>) -> Proxy {
    let (host, port) = ("127.0.0.1".to_owned(), at.port());
    let login = login.map(|(user, password)| (user.to_owned(), Secret::new(password.to_owned())));
    match speech {
        Speech::Connect => Proxy::Http { host, port, login },
        Speech::Socks5 => Proxy::Socks5 { host, port, login },
    }
}

/// The proxy led to the cloud and to nothing else, and could read none of what it carried.
fn carried_unread(far: &Far, seen: &Seen, what: &str) {
    let names = seen.targets();
    let (vod, storage): (Vec<_>, Vec<_>) = names.iter().partition(|name| name.starts_with("vod."));
    assert!(
        !vod.is_empty() && vod.iter().all(|name| *name == "vod.example.test:443"),
        "{what}: {names:?}"
    );
    let of_storage = |name: &&&String| name.ends_with(".oss.example.test:443");
    assert!(
        !storage.is_empty() && storage.iter().all(|name| of_storage(&name)),
        "{what}: {names:?}"
    );
    let secrets: BTreeSet<String> = far.world.cloud.secrets().into_iter().collect();
    assert!(secrets.len() > 2, "{what}: no secrets to look for");
    let bytes = seen.bytes();
    assert!(bytes.len() > 100_000, "{what}: only {} bytes went through it", bytes.len());
    assert_eq!(found(&bytes, &secrets), BTreeSet::new(), "{what}: seen by the proxy");
    let words = String::from_utf8_lossy(&bytes);
    for word in ["Signature", "x-acs-", "OSS4-HMAC", "ftypisom"] {
        assert!(!words.contains(word), "{what}: the proxy read {word}");
    }
}

#[tokio::test]
async fn through_every_proxy() {
    for speech in [Speech::Connect, Speech::Socks5] {
        for login in [None, Some((USER, PASSWORD))] {
            let mut far = far().await;
            let (door, seen) = proxy(speech, login, far.front.at).await;
            far.world.client = client(way(speech, door.at, login), Some(&far.company.root));
            far.world.start().await;
            for (n, upload) in ALL.into_iter().enumerate() {
                let path = far.world.file(&format!("{n}{}", upload.file), upload.bytes);
                let id = far.world.add(World::ask(&path)).await;
                let row = far.world.settle(id).await;
                let told = far.world.story(id).await;
                assert_eq!(
                    row.status,
                    Status::Done,
                    "{speech:?} {login:?} {}: {told}",
                    upload.name
                );
                far.world.arrived(id).await;
            }
            carried_unread(&far, &seen, &format!("{speech:?} {login:?}"));
        }
    }
}

#[tokio::test]
async fn a_proxy_that_wants_another_password_is_told_and_the_right_one_goes_on() {
    for speech in [Speech::Connect, Speech::Socks5] {
        for wrong in [None, Some((USER, "not it"))] {
            let mut far = far().await;
            let (door, seen) = proxy(speech, Some((USER, PASSWORD)), far.front.at).await;
            far.world.client = client(way(speech, door.at, wrong), Some(&far.company.root));
            far.world.start().await;
            let id = far.world.add(World::ask(&far.world.file(IMAGE.file, IMAGE.bytes))).await;
            let row = far.world.settle(id).await;
            let code = row.fault.map(|fault| fault.code.as_str());
            assert_eq!(code, Some("net.proxy"), "{speech:?} {wrong:?}");
            assert_eq!(far.world.cloud.requests().0.len(), 0);
            let right =
                client(way(speech, door.at, Some((USER, PASSWORD))), Some(&far.company.root));
            far.world.engine().set_client(right).await;
            far.world.engine().command(&[id], Command::Run).await;
            far.world.until(id, |row| row.status == Status::Done).await;
            far.world.arrived(id).await;
            carried_unread(&far, &seen, &format!("{speech:?} {wrong:?}"));
        }
    }
}

#[tokio::test]
async fn a_proxy_that_goes_away_is_a_missing_network() {
    for speech in [Speech::Connect, Speech::Socks5] {
        for refused in [true, false] {
            let what = format!("{speech:?}, refused: {refused}");
            let mut far = far().await;
            let (door, _) = proxy(speech, None, far.front.at).await;
            let mut relay = Some(Relay::new().await);
            let at = relay.as_ref().expect("there").at();
            let lead = |relay: &Relay, door: &Door| {
                relay.slow(2 << 20);
                relay.lead(door.at.port());
            };
            lead(relay.as_ref().expect("there"), &door);
            far.world.client = client(way(speech, at, None), Some(&far.company.root));
            far.world.start().await;
            let parts = far.world.add(World::ask(&far.world.file(PARTS.file, PARTS.bytes))).await;
            far.world.until(parts, |row| row.done_bytes > 0).await;

            // Nobody listens any more, or whoever listens hangs up on everybody.
            drop(door);
            if refused {
                relay = None;
            }
            let image = far.world.add(World::ask(&far.world.file(IMAGE.file, IMAGE.bytes))).await;
            for id in [parts, image] {
                // Longer than it would be tried if attempts were counted.
                while far.world.story(id).await.matches("rest net.proxy.away").count() < 8 {
                    far.world.until(id, |row| row.status == Status::Held).await;
                }
            }
            let (door, seen) = proxy(speech, None, far.front.at).await;
            if relay.is_none() {
                relay = Some(Relay::on(at).await);
            }
            lead(relay.as_ref().expect("there"), &door);
            for id in [parts, image] {
                let row = far.world.settle(id).await;
                let story = told(&far.world, id).await;
                assert_eq!(row.status, Status::Done, "{what}: {story}");
                assert!(!story.contains("net.proxy "), "{what}: {story}");
                far.world.arrived(id).await;
            }
            let sent = far.world.cloud.requests().bytes(Some("UploadPart"));
            assert!(sent <= PARTS.bytes as u64 + (8 << 20), "{what}: {sent} bytes");
            carried_unread(&far, &seen, &what);
        }
    }
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused_until_its_root_is_named() {
    for upload in ALL {
        let mut far = far().await;
        let (door, seen) = proxy(Speech::Connect, None, far.front.at).await;
        far.world.client = client(way(Speech::Connect, door.at, None), None);
        far.world.start().await;
        let id = far.world.add(World::ask(&far.world.file(upload.file, upload.bytes))).await;
        let row = far.world.settle(id).await;
        let code = row.fault.map(|fault| fault.code.as_str());
        assert_eq!(code, Some("net.tls"), "{}: {}", upload.name, told(&far.world, id).await);
        assert_eq!(far.world.cloud.requests().0.len(), 0, "nothing that was signed has left");
        let known = client(way(Speech::Connect, door.at, None), Some(&far.company.root));
        far.world.engine().set_client(known).await;
        far.world.engine().command(&[id], Command::Run).await;
        far.world.until(id, |row| row.status == Status::Done).await;
        far.world.arrived(id).await;
        assert!(seen.targets().len() > 1);
    }
}

/// The environment is read once a process, so a child asks.
#[test]
fn the_proxy_of_the_system_is_used() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().unwrap();
    if let Some(proxy) = is_child() {
        return runtime.block_on(async {
            // Its own front and proxy could not be named before it began: it is led to a sandbox of its own.
            let mut far = far().await;
            let relay = Relay::on(proxy.parse().expect("an address")).await;
            let (door, seen) = super::doors::proxy(Speech::Connect, None, far.front.at).await;
            relay.lead(door.at.port());
            far.world.client = client(Proxy::System, Some(&far.company.root));
            far.world.start().await;
            let id = far.world.add(World::ask(&far.world.file(PARTS.file, PARTS.bytes))).await;
            assert_eq!(far.world.settle(id).await.status, Status::Done);
            far.world.arrived(id).await;
            carried_unread(&far, &seen, "system");
        });
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("its address");
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let mut child =
            this_test("matrix::ways::the_proxy_of_the_system_is_used", &free.to_string());
        for other in
            ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"]
        {
            child.env_remove(other);
        }
        let said = child.env(name, format!("http://{free}")).output().expect("a child");
        let text = String::from_utf8_lossy(&said.stdout);
        assert!(said.status.success() && text.contains("1 passed"), "{name}: {text}");
    }
}

#[test]
fn a_name_that_is_not_found_is_a_missing_network_once_there_was_one() {
    const NAME: &str =
        "matrix::ways::a_name_that_is_not_found_is_a_missing_network_once_there_was_one";
    if is_child().is_none() {
        // The names of a network whose own book is empty: nobody listens there, and nothing leaves this computer.
        let book = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(book.path(), "nameserver 127.0.0.1\noptions attempts:1 timeout:1\n")
            .expect("write");
        let told = book.path().display().to_string();
        return alone(NAME, &told, "mount --bind \"$VODLIFT_TEST_CHILD\" /etc/resolv.conf");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for upload in ALL {
            let mut world = World::quick().await;
            let known = world.account();
            // Before anything was ever reached it is a fault of its own, which ends in a question.
            world.address = Some(VOD.to_owned());
            world.engine().set_account(world.account()).await;
            let id = world.add(World::ask(&world.file(upload.file, upload.bytes))).await;
            let row = world.settle(id).await;
            let story = world.story(id).await;
            let code = row.fault.map(|fault| fault.code.as_str());
            assert_eq!(code, Some("net.dns"), "{}: {story}", upload.name);
            assert_eq!(story.matches("rest net.dns").count(), 5, "{}: {story}", upload.name);
            // Afterwards it is waited for, as long as it takes.
            world.engine().set_account(known.clone()).await;
            let other = world.add(World::ask(&world.file("known.srt", 500))).await;
            assert_eq!(world.settle(other).await.status, Status::Done);
            world.engine().set_account(world.account()).await;
            world.engine().command(&[id], Command::Run).await;
            while world.story(id).await.matches("rest net.offline").count() < 12 {
                world.until(id, |row| row.status == Status::Held).await;
            }
            world.engine().set_account(known).await;
            assert_eq!(world.settle(id).await.status, Status::Done, "{}", upload.name);
            world.arrived(id).await;
        }
    });
}
