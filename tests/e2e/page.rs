//! The page as a person meets it: things are found by role and accessible name, words come from the catalogues. Knows
//! WebDriver; nothing of uploads.

use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use thirtyfour::TypingData;
use thirtyfour::prelude::*;

use crate::stage::{Stage, program};

const FIND: &str = include_str!("find.js");

/// How long a person would wait for a thing to show.
const PATIENCE: Duration = Duration::from_secs(20);

/// The window, driven.
pub(crate) struct Page {
    /// Dropping a driver blocks until it has said goodbye, for ever when the window is gone: only `close` says it.
    driver: ManuallyDrop<WebDriver>,
    language: &'static str,
}

impl Page {
    /// Starts the app and waits for its page.
    pub(crate) async fn open(stage: &mut Stage, args: &[&str]) -> anyhow::Result<Page> {
        Self::open_in(stage, args, "en", &[]).await
    }

    /// The same with variables of the environment, expecting a language.
    pub(crate) async fn open_in(
        stage: &mut Stage,
        args: &[&str],
        language: &'static str,
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Page> {
        let address = stage.driver(environment)?;
        let mut wishes = Capabilities::new();
        let binary = program("vodlift")?;
        wishes.set(
            "webkitgtk:browserOptions",
            serde_json::json!({ "binary": binary, "args": args }),
        )?;
        let session = WebDriver::new(&address, wishes);
        let driver = tokio::time::timeout(Duration::from_secs(30), session)
            .await
            .context("the window opens")??;
        let page = Page { driver: ManuallyDrop::new(driver), language };
        let end = Instant::now() + PATIENCE;
        while page.text().await.unwrap_or_default().trim().is_empty() {
            ensure!(Instant::now() < end, "the page says something");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(page)
    }

    /// The sentence of a key in the language this page should speak.
    pub(crate) fn word(&self, key: &str, facts: &[(&str, &str)]) -> String {
        word(self.language, key, facts)
    }

    /// Expects another language from now on.
    pub(crate) fn speaks(&mut self, language: &'static str) {
        self.language = language;
    }

    /// Everything that can be read.
    pub(crate) async fn text(&self) -> anyhow::Result<String> {
        let text = self.driver.execute("return document.body.innerText", vec![]).await?;
        Ok(text.json().as_str().unwrap_or_default().to_owned())
    }

    /// What has this role and exactly this name, once it shows.
    pub(crate) async fn see(&self, role: &str, name: &str) -> anyhow::Result<WebElement> {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.driver.execute(FIND, vec![role.into(), name.into()]).await?;
            if !found.json().is_null() {
                return Ok(found.element()?);
            }
            if Instant::now() > end {
                bail!("no {role} “{name}” in:\n{}", self.text().await.unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// Clicks what has this role and name.
    pub(crate) async fn click(&self, role: &str, name: &str) -> anyhow::Result<()> {
        let mut clicked = self.see(role, name).await?.click().await;
        // What is drawn anew between finding and clicking is found again.
        for _ in 0..5 {
            if clicked.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            clicked = self.see(role, name).await?.click().await;
        }
        clicked.with_context(|| format!("click {role} “{name}”"))
    }

    /// Waits until nothing has this role and name any more.
    pub(crate) async fn gone(&self, role: &str, name: &str) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.driver.execute(FIND, vec![role.into(), name.into()]).await?;
            if found.json().is_null() {
                return Ok(());
            }
            ensure!(Instant::now() < end, "{role} “{name}” stays");
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// Titles of the rows of the list, from top to bottom.
    pub(crate) async fn rows(&self) -> anyhow::Result<Vec<String>> {
        let script = "return [...document.querySelectorAll('[role=row][data-id][aria-label]')]
            .filter(row => row.getBoundingClientRect().height > 0)
            .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
            .map(row => row.querySelector('.title .cut, .cut')?.textContent ?? '')";
        Ok(serde_json::from_value(self.script(script).await?)?)
    }

    /// Waits until the list shows exactly these titles in this order.
    pub(crate) async fn lists(&self, titles: &[&str]) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let rows = self.rows().await?;
            if rows == titles {
                return Ok(());
            }
            ensure!(Instant::now() < end, "the list shows {rows:?}, not {titles:?}");
            tokio::time::sleep(Duration::from_millis(80)).await;
        }
    }

    /// The row of this title, once it shows.
    pub(crate) async fn row(&self, title: &str) -> anyhow::Result<WebElement> {
        let script = "return [...document.querySelectorAll('[role=row][data-id]')]
            .find(row => row.getAttribute('aria-label')?.startsWith(arguments[0] + ',')) ?? null";
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.driver.execute(script, vec![title.into()]).await?;
            if !found.json().is_null() {
                return Ok(found.element()?);
            }
            ensure!(Instant::now() < end, "no row “{title}” in {:?}", self.rows().await?);
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// What a screen reader says of a row, once it contains this.
    pub(crate) async fn row_says(&self, title: &str, words: &str) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let said = self.row(title).await?.attr("aria-label").await?.unwrap_or_default();
            if said.contains(words) {
                return Ok(());
            }
            ensure!(Instant::now() < end, "the row says “{said}”, not “{words}”");
            tokio::time::sleep(Duration::from_millis(80)).await;
        }
    }

    /// Clicks a row while a key is held.
    pub(crate) async fn click_with(&self, title: &str, key: Key) -> anyhow::Result<()> {
        let row = self.row(title).await?;
        let chain =
            self.driver.action_chain().key_down(key.clone()).click_element(&row).key_up(key);
        Ok(chain.perform().await?)
    }

    /// Opens the context menu of a row with the pointer.
    pub(crate) async fn menu_of(&self, title: &str) -> anyhow::Result<()> {
        let row = self.row(title).await?;
        self.driver.action_chain().context_click_element(&row).perform().await?;
        self.shows("[role=menu]").await
    }

    /// Waits until something of this selector is there.
    pub(crate) async fn shows(&self, selector: &str) -> anyhow::Result<()> {
        let script = "return document.querySelector(arguments[0]) !== null";
        let end = Instant::now() + PATIENCE;
        while self.driver.execute(script, vec![selector.into()]).await?.json() != true {
            ensure!(Instant::now() < end, "nothing is {selector}");
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        Ok(())
    }

    /// Until nothing is as the selector says.
    pub(crate) async fn hides(&self, selector: &str) -> anyhow::Result<()> {
        self.shows(&format!(":root:not(:has({selector}))")).await
    }

    /// Chooses a line of the open menu, whatever shortcut stands behind it.
    pub(crate) async fn choose(&self, label: &str) -> anyhow::Result<()> {
        let script = "const words = e => e.nodeType === Node.TEXT_NODE ? [e.textContent.trim()] : [...e.childNodes].flatMap(words);
            return [...document.querySelectorAll('[role^=menuitem], [role=option]')]
            .find(item => words(item).includes(arguments[0])) ?? null";
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.driver.execute(script, vec![label.into()]).await?;
            if !found.json().is_null() {
                return Ok(found.element()?.click().await?);
            }
            ensure!(Instant::now() < end, "no line “{label}” in {}", self.text().await?);
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// Types into the field of this name.
    pub(crate) async fn fill(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let field = self.see("textbox", name).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Pastes into the field of this name what is on the clipboard, as Ctrl+V does.
    pub(crate) async fn paste(&self, stage: &Stage, name: &str, text: &str) -> anyhow::Result<()> {
        stage.clip(text)?;
        let field = self.see("textbox", name).await?;
        field.click().await?;
        let before = field.prop("value").await?;
        stage.press("ctrl+v")?;
        let end = Instant::now() + PATIENCE;
        while field.prop("value").await? == before {
            ensure!(Instant::now() < end, "nothing was pasted into “{name}”");
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        Ok(())
    }

    /// Keys to whatever has the focus.
    pub(crate) async fn keys(&self, keys: impl Into<TypingData>) -> anyhow::Result<()> {
        Ok(self.driver.active_element().await?.send_keys(keys).await?)
    }

    /// Role and name of what has the focus.
    pub(crate) async fn focus(&self) -> anyhow::Result<String> {
        let script = "const e = document.activeElement; return (e.getAttribute('aria-label') || e.innerText || e.id || e.tagName).trim()";
        let answer = self.driver.execute(script, vec![]).await?;
        Ok(answer.json().as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the text of the page satisfies it.
    pub(crate) async fn reads(
        &self,
        what: &str,
        patience: Duration,
        holds: impl Fn(&str) -> bool,
    ) -> anyhow::Result<()> {
        let end = Instant::now() + patience;
        loop {
            let text = self.text().await?;
            if holds(&text) {
                return Ok(());
            }
            ensure!(Instant::now() < end, "waited in vain: {what}, in:\n{text}");
            tokio::time::sleep(Duration::from_millis(80)).await;
        }
    }

    /// Runs a script in the page.
    pub(crate) async fn script(&self, script: &str) -> anyhow::Result<serde_json::Value> {
        Ok(self.driver.execute(script, vec![]).await?.json().clone())
    }

    /// A picture of the window, kept. It is for people to look at, so what has just come is let to arrive: a busy machine paints
    /// late. The driver's own picture waits for the next frame, and a page at rest that is painted without layers has none:
    /// WebKit 2.50 then never answers.
    pub(crate) async fn picture(&self, stage: &Stage, name: &str) -> anyhow::Result<()> {
        let painted = "const done = arguments[arguments.length - 1];
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 350)));
            setTimeout(done, 3000);";
        self.driver.execute_async(painted, vec![]).await?;
        stage.picture(name)
    }

    /// Closes the window as the driver does, and waits until the app is gone.
    pub(crate) async fn close(self, stage: &mut Stage) -> anyhow::Result<()> {
        ManuallyDrop::into_inner(self.driver).quit().await?;
        stage.after_app()
    }
}

/// A sentence of the catalogues, in which tests and page must agree.
pub(crate) fn word(language: &str, key: &str, facts: &[(&str, &str)]) -> String {
    let text = match language {
        "zh-CN" => include_str!("../../ui/src/i18n/zh-CN.json"),
        _ => include_str!("../../ui/src/i18n/en.json"),
    };
    let catalogue: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(text).expect("the catalogue is JSON");
    let entry = catalogue.get(key).unwrap_or_else(|| panic!("no sentence {key}"));
    let one = facts.contains(&("n", "1")) && language == "en";
    let pattern = entry.as_str().or_else(|| entry[if one { "one" } else { "other" }].as_str());
    let pattern = pattern.expect("a sentence is text").to_owned();
    facts.iter().fold(pattern, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
