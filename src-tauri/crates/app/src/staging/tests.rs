//! What a walk finds, refuses and leaves out, and how it is told.

use std::fs;

use vodlift_engine::fault::Code;

use super::left_out::Reason;
use super::*;

const SAMPLE: &[u8] = include_bytes!("../../assets/sample.mp4");
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00rest of a picture";
const SRT: &[u8] = b"1\n00:00:00,000 --> 00:00:01,000\nx\n";

fn folder() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("film/a.mp4", SAMPLE),
        ("film/a.jpg", JPEG),
        ("film/a.zh-CN.srt", SRT),
        ("film/notes.txt", b"not for VOD"),
        ("film/.hidden.mp4", SAMPLE),
        ("film/deep/b.mp4", SAMPLE),
        ("film/deep/empty.mp4", b""),
    ] {
        put(home.path(), name, bytes);
    }
    home
}

fn put(home: &Path, name: &str, bytes: &[u8]) {
    let path = home.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn walk(paths: &[PathBuf]) -> Walk {
    Walk::of(paths, None, &mut |_| true)
}

fn refused(walk: &Walk) -> Vec<(String, Code)> {
    walk.refused.iter().map(|r| (name(&r.path), r.fault.code)).collect()
}

fn left(walk: &Walk) -> Vec<(String, Reason)> {
    walk.left_out.iter().map(|one| (name(&one.path), one.reason)).collect()
}

fn found(walk: &Walk) -> Vec<String> {
    walk.found.iter().map(|one| name(&one.path)).collect()
}

#[test]
fn a_folder_is_walked_paired_and_what_does_not_fit_is_told() {
    let home = folder();
    let walk = walk(&[home.path().join("film")]);
    assert_eq!(refused(&walk), [("empty.mp4".into(), Code::FileEmpty)]);
    assert_eq!(
        left(&walk),
        [(".hidden.mp4".into(), Reason::Hidden), ("notes.txt".into(), Reason::Format)]
    );
    let offer = walk.offer("o");
    assert_eq!((offer.files, offer.items.len(), offer.more), (4, 2, 0));
    assert_eq!((offer.omitted.total, offer.omitted.reasons.len()), (2, 2));
    assert_eq!(offer.items[0].name, "a.mp4");
    let paired: Vec<_> =
        offer.items[0].paired.iter().map(|p| (p.name.as_str(), p.language.as_deref())).collect();
    assert_eq!(paired, [("a.jpg", None), ("a.zh-CN.srt", Some("zh-CN"))]);
    let kinds: Vec<_> = offer.kinds.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    assert_eq!(kinds, [("cover", 1), ("subtitle", 1), ("video", 2)]);
    assert_eq!(walk.groups(false).len(), 4);
    assert!(walk.apart().is_empty());
    let glance = walk.glance("o");
    assert_eq!((glance.files, glance.size_bytes), (4, offer.size_bytes));
}

#[test]
fn what_nobody_means_is_left_out_once_and_a_half_download_with_its_other_half() {
    let home = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("in/good.mp4", SAMPLE),
        ("in/film.mp4.part", SAMPLE),
        ("in/film.mp4", b""),
        ("in/Unconfirmed 1.crdownload", SAMPLE),
        ("in/x.mp4", SAMPLE),
        ("in/x.mp4.aria2", b"\x00\x01"),
        ("in/@eaDir/good.mp4/thumb.jpg", JPEG),
        ("in/#recycle/old.mp4", SAMPLE),
        ("in/$RECYCLE.BIN/old.mp4", SAMPLE),
        ("in/__MACOSX/._good.mp4", b"\x00\x05\x16\x07"),
        ("in/lost+found/1.mp4", SAMPLE),
        ("in/GOPR1.THM", JPEG),
        ("in/GOPR1.LRV", SAMPLE),
        ("in/DJI_1.mp4", SAMPLE),
        (
            "in/DJI_1.SRT",
            b"1\n00:00:00,000 --> 00:00:01,000\n[latitude: 31.2] [longitude: 121.4]\n",
        ),
    ] {
        put(home.path(), name, bytes);
    }
    let root = home.path().join("in");
    let whole = walk(std::slice::from_ref(&root));
    assert_eq!(found(&whole), ["DJI_1.mp4", "good.mp4"]);
    assert_eq!(refused(&whole), []);
    let counted: Vec<_> = whole.tally.left_out.iter().map(|(r, n)| (*r, *n)).collect();
    assert_eq!(
        counted,
        [(Reason::System, 5), (Reason::Partial, 5), (Reason::Sidecar, 2), (Reason::Telemetry, 1)]
    );
    assert_eq!(whole.tally.bytes, 2 * SAMPLE.len() as u64);
    // Named by hand they are refused with their own reason, and sent when somebody insists.
    let paths = ["film.mp4.part", "x.mp4", "DJI_1.SRT", "GOPR1.LRV"].map(|name| root.join(name));
    let mut by_hand = walk(&paths);
    assert_eq!(
        refused(&by_hand),
        [
            ("film.mp4.part".into(), Code::FilePartial),
            ("x.mp4".into(), Code::FilePartial),
            ("DJI_1.SRT".into(), Code::FileTelemetry)
        ]
    );
    assert_eq!(by_hand.refused[1].fault.facts["name"], "x.mp4.aria2");
    assert_eq!(found(&by_hand), ["GOPR1.LRV"], "a proxy named by hand is meant");
    by_hand.insist();
    assert_eq!(by_hand.found.len(), 4);
    let said = Walk::of(&[root.join("DJI_1.SRT")], Some(Kind::Subtitle), &mut |_| true);
    assert_eq!(said.found.len(), 1);
}

#[test]
fn two_videos_of_one_name_are_told_when_something_would_have_been_theirs() {
    let home = folder();
    fs::write(home.path().join("film/deep/b.mov"), SAMPLE).unwrap();
    let walk = |name: &str| walk(&[home.path().join(name)]);
    assert!(walk("film").apart().is_empty(), "nothing has the name of b");
    fs::write(home.path().join("film/a.mov"), SAMPLE).unwrap();
    let walk = walk("film");
    assert_eq!(walk.apart(), ["a"]);
    let offer = walk.offer("o");
    let told: Vec<_> = offer.items.iter().filter(|item| item.ambiguous).map(|i| &*i.name).collect();
    assert_eq!(told, ["a.mov", "a.mp4"]);
    assert_eq!(offer.files, 6);
}

#[test]
fn named_files_that_cannot_be_used_each_have_their_fault() {
    let home = folder();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("nothing")).unwrap();
    let paths = [
        at("gone.mp4"),
        at("*.mp4"),
        PathBuf::from("https://example.com/a.mp4"),
        at("film/notes.txt"),
        at("nothing"),
        at("film/deep/b.mp4"),
    ];
    let walk = walk(&paths);
    assert_eq!(
        refused(&walk),
        [
            ("gone.mp4".into(), Code::FileAbsent),
            ("*.mp4".into(), Code::FileAbsent),
            ("a.mp4".into(), Code::FileAddress),
            ("notes.txt".into(), Code::ReqExt),
            ("nothing".into(), Code::FolderEmpty),
        ]
    );
    assert_eq!(walk.found.len(), 1);
    assert_eq!(walk.found[0].path, at("film/deep/b.mp4"));
}

#[cfg(unix)]
#[test]
fn a_file_address_is_its_path() {
    let home = tempfile::tempdir().unwrap();
    put(home.path(), "my film.mp4", SAMPLE);
    let address = format!("file://{}/my%20film.mp4", home.path().display());
    let walk = walk(&[PathBuf::from(address)]);
    assert_eq!(walk.found[0].path, home.path().join("my film.mp4"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_folder_only_and_what_is_no_file_is_left_out() {
    use std::os::unix::fs::symlink;
    let home = folder();
    let film = home.path().join("film");
    put(home.path(), "elsewhere/secret.mp4", SAMPLE);
    put(home.path(), "film/.store/one.mp4", SAMPLE);
    put(home.path(), "film/.store/more/two.mp4", SAMPLE);
    symlink(&film, film.join("deep/loop")).unwrap();
    symlink(".", film.join("self")).unwrap();
    symlink(home.path().join("elsewhere"), film.join("out")).unwrap();
    symlink("../elsewhere/secret.mp4", film.join("out.mp4")).unwrap();
    symlink("nowhere.mp4", film.join("dead.mp4")).unwrap();
    symlink("around", film.join("around")).unwrap();
    symlink("a.mp4", film.join("again.mp4")).unwrap();
    symlink(".store/one.mp4", film.join("one.mp4")).unwrap();
    symlink(".store/more", film.join("more")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(film.join("socket.mp4")).unwrap();
    let whole = walk(std::slice::from_ref(&film));
    assert_eq!(
        found(&whole),
        ["a.jpg", "a.mp4", "a.zh-CN.srt", "b.mp4", "one.mp4", "two.mp4"],
        "each file once"
    );
    let reason = |name: &str| left(&whole).into_iter().find(|(n, _)| n == name).map(|(_, r)| r);
    assert_eq!(reason("out"), Some(Reason::Outside));
    assert_eq!(reason("out.mp4"), Some(Reason::Outside));
    assert_eq!(reason("dead.mp4"), Some(Reason::DeadLink));
    assert_eq!(reason("around"), Some(Reason::DeadLink));
    assert_eq!(reason("socket.mp4"), Some(Reason::Special));
    assert_eq!(refused(&whole), [("empty.mp4".into(), Code::FileEmpty)]);
    // Named by hand, a link is followed wherever it leads, and a socket is not a file.
    let named = walk(&[film.join("out.mp4"), film.join("socket.mp4")]);
    assert_eq!(found(&named), ["out.mp4"]);
    assert_eq!(refused(&named), [("socket.mp4".into(), Code::FileSpecial)]);
}

#[test]
fn a_report_of_a_scan_costs_the_same_however_much_was_found() {
    let home = tempfile::tempdir().unwrap();
    for n in 0..300 {
        put(home.path(), &format!("in/{n:03}.jpg"), JPEG);
    }
    let mut reports = Vec::new();
    Walk::of(&[home.path().join("in")], None, &mut |so_far| {
        let told = so_far.glance("o");
        reports.push((told.files, told.items.len(), told.kinds["image"]));
        true
    });
    let last = reports.last().copied().unwrap();
    assert!(last.0 >= 250 && last.1 == LISTED && last.2 == last.0, "{reports:?}");
}

#[tokio::test]
async fn an_offer_is_taken_once_and_hears_its_end() {
    let home = folder();
    let staging = Staging::default();
    let mut heard = staging.open("o".into(), vec![home.path().join("film")]);
    let last = heard.wait_for(|offer| !offer.scanning).await.unwrap().clone();
    assert_eq!(last.files, 4);
    assert_eq!(staging.take("o").await.unwrap().found.len(), 4);
    assert!(matches!(staging.take("o").await, Err(Error::NoOffer)));
    staging.open("p".into(), Vec::new());
    staging.drop_offer("p");
    assert!(matches!(staging.take("p").await, Err(Error::NoOffer)));
}
