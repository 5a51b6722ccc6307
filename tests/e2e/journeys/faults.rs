//! When something is wrong, and when something is looked for: by keys alone, down to what the core answers. Knows the page by
//! roles and names only.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use anyhow::ensure;
use thirtyfour::Key;

use super::{LONG, open_with};
use crate::files;
use crate::page::Page;
use crate::stage::Stage;

const SECRET: &str = "CAIS0013/EXAMPLE+NOT-REAL/of-somebody==";

/// A credential server that forgets the address, however often it is asked. Ends with the test.
fn forgetful() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/credentials", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked);
            let body = format!(
                r#"{{"videoId":"0123456789abcdef0123456789abcdef","uploadAuth":"{SECRET}"}}"#
            );
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            // Whoever hangs up asks again.
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    Ok(address)
}

/// An answer that cannot be used is shown with its secret masked, by the link in the row; and the queue is searched in the
/// core: what fits stays, what does not goes, and Escape brings all back.
#[tokio::test]
async fn an_unusable_answer_and_a_search_by_keys() -> anyhow::Result<()> {
    let mut stage = Stage::set("faults")?;
    let server = forgetful()?;
    let clips = [
        files::video(&stage.path("files/Kyoto rain.mp4"), 2)?,
        files::video(&stage.path("files/Osaka sun.mp4"), 3)?,
    ];
    let page = Page::open(&mut stage, &[]).await?;
    page.click("button", &page.word("first.connect.b", &[])).await?;
    page.click("radio", &page.word("prof.m.server", &[])).await?;
    page.fill(&page.word("prof.name", &[]), "Company").await?;
    page.fill(&page.word("prof.url", &[]), &server).await?;
    page.click("button", &page.word("prof.save", &[])).await?;
    page.see("heading", &page.word("empty.title", &[])).await?;
    open_with(&stage, &[&clips[0], &clips[1]])?;
    let cause = page.word("fault.srv.shape.cause", &[]);
    page.row_says("Kyoto rain", &cause).await?;
    page.row_says("Osaka sun", &cause).await?;
    // Nothing moves any more, but not all is done, and the headline says so.
    let needs = "2 need you";
    page.see("button", needs).await?;
    page.picture(&stage, "1-need-you").await?;

    // Into the row, along its controls, and the link is pressed.
    page.row("Kyoto rain").await?.click().await?;
    let show = page.word("fault.srv.shape.act", &[]);
    let mut steps = 0;
    while page.focus().await? != show {
        page.keys(Key::Right).await?;
        steps += 1;
        ensure!(steps < 6, "Right reaches the action, not {}", page.focus().await?);
    }
    page.keys(Key::Enter).await?;
    page.see("dialog", &page.word("ans.title", &[])).await?;
    page.reads("the answer", LONG, |text| text.contains("\"uploadAuth\": \"•••(")).await?;
    let drawn = page.script("return document.documentElement.outerHTML").await?.to_string();
    ensure!(!drawn.contains(SECRET) && drawn.contains("uploadAuth"), "the secret is drawn");
    page.picture(&stage, "2-answer").await?;
    page.keys(Key::Escape).await?;
    page.gone("dialog", &page.word("ans.title", &[])).await?;

    page.row("Kyoto rain").await?.click().await?;
    page.keys("/").await?;
    page.keys("OSAKA").await?;
    page.lists(&["Osaka sun"]).await?;
    page.picture(&stage, "3-found").await?;
    page.keys(" x").await?;
    let nothing = page.word("search.none", &[("q", "OSAKA x")]);
    page.reads("nothing fits", LONG, |text| text.contains(&nothing)).await?;
    page.keys(Key::Escape).await?;
    page.lists(&["Kyoto rain", "Osaka sun"]).await?;
    page.close(&mut stage).await
}
