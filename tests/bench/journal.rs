//! How long a journal of two hundred thousand finished transfers takes to open, half of them still in the list; as JSON. Run by
//! hand: `cargo bench -p vodlift-tests --bench journal`.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::time::Instant;

use rusqlite::Connection;
use uuid::Uuid;
use vodlift_engine::journal::Journal;

/// Three hundred bytes of words and eight lines of a timeline each.
const HISTORY: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
    INSERT INTO transfer (id, position, account, kind, forced_kind, path, about, wait, pasted, force, wish, before, phase,
        relapses, method, size_bytes, modified_ms, part_bytes, asked, generation, media, endpoint, bucket, object, upload,
        landed, crc64, sweep, shown, took_ms, added_ms, since_ms, ended_ms, request_ids)
    SELECT printf('01900000-0000-7000-8000-%012d', i), i * 1024, 'studio', 'video', 0, printf('/films/%d.mp4', i),
        json_object('title', printf('Film %d', i), 'description', hex(zeroblob(150))), 'stored', 0, 0, 'run', 'run',
        'settled', 0, 'multipart', 9000000, 1, 1048576, 1, 0, printf('%032d', i), 'https://oss-cn-shanghai.aliyuncs.com',
        'outin-a', printf('sv/%d.mp4', i), 'UPLOAD', 0, '1', 0, i % 2, 1000, i, i, i, '[\"25818875-5F78-4AF6\"]' FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1600000)
    INSERT INTO line (transfer, at_ms, what, data)
    SELECT printf('01900000-0000-7000-8000-%012d', 1 + i / 8.0001), i, 'stored', '{\"n\":\"1\",\"name\":\"film.mp4\"}' FROM n;";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let folder = tempfile::tempdir().expect("folder");
    let open = |n| Journal::open(folder.path(), Uuid::from_u128(n), 0).expect("it opens").0;
    let file = open(1).file();
    Connection::open(&file).expect("the file").execute_batch(HISTORY).expect("a history");
    let begun = Instant::now();
    let journal = open(2);
    let opened = begun.elapsed().as_millis();
    journal.claim(None).await.expect("a queue");
    let rows = journal.load().await.expect("rows").len();
    let loaded = begun.elapsed().as_millis();
    let mib = std::fs::metadata(&file).expect("the file").len() >> 20;
    println!("{{\"mib\":{mib},\"opened_ms\":{opened},\"rows\":{rows},\"loaded_ms\":{loaded}}}");
}
