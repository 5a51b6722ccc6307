//! `upload`, `resume`, `status` and `history`: what the app does, told to a terminal. No rule of an upload lives here.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use vodlift_app::api::HistoryQuery;
use vodlift_app::edge::Edge;
use vodlift_app::error::Error;
use vodlift_app::staging::left_out::Reason;
use vodlift_app::staging::{Found, Refused, Walk};
use vodlift_app::words::Language;
use vodlift_app::{Added, App, Code, Command, FaultView, TransferId, Wanted, words};
use vodlift_engine::fault::Fault;
use vodlift_engine::model::{About, Again, Kind};
use vodlift_engine::text::{self, Rules};
use vodlift_engine::{media, paths};

use crate::args::{self, KindArg};
use crate::follow::{End, Follow};
use crate::given::Given;
use crate::lines::{HistoryLine, SummaryItem, SummaryLine, TransferLine};
use crate::voice::Voice;

/// Ctrl-C, as shells count it: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;
/// Rows asked of the history at a time.
const PAGE: u32 = 500;

/// What will stand in the summary, in the order of the command line.
pub(crate) enum Entry {
    /// Never became a transfer.
    Refused(SummaryItem),
    /// In the queue, or finished before.
    Transfer { id: TransferId, path: String, fresh: bool },
}

pub(crate) async fn upload(
    voice: Voice,
    edge: &Edge,
    app: &App,
    account: &str,
    args: args::Upload,
    given_pair: Option<(String, String)>,
) -> Result<ExitCode, Error> {
    let pair = match &given_pair {
        Some((address, auth)) => Some(vodlift_app::grant(address, auth)?),
        None => None,
    };
    if !tags_fit(voice, &args.tags) {
        return Ok(ExitCode::from(2));
    }
    let language = args.language.as_deref().map(|tag| tag.trim().replace('_', "-"));
    if let Some(tag) = language.as_ref().filter(|tag| !is_language_tag(tag)) {
        voice.fail("cli.language", &[("tag", tag)]);
        return Ok(ExitCode::from(2));
    }
    let forced = args.kind.kind();
    let paths = args.paths.clone();
    let mut walk = look(paths, forced).await;
    if args.keep_title {
        keep_titles(voice.language, &mut walk, args.title.as_deref().unwrap_or_default());
    }
    let subtitles = walk.found.iter().any(|found| found.look.kind == Kind::Subtitle);
    if language.is_some() && !subtitles {
        voice.fail("cli.language.none", &[]);
        return Ok(ExitCode::from(2));
    }
    left_out(voice, &walk);
    if !args.force {
        refuse_unfinished(voice, &mut walk);
    }
    let mut entries = refused(voice, edge, &walk, args.kind);
    let wanted = Wanted {
        account: account.to_owned(),
        kind: forced,
        language,
        about: about(&args),
        wait: args.wait.wait(),
        start: true,
        again: if args.force { Again::Send } else { Again::Continue },
        pair: !args.no_pair && pair.is_none(),
        parent: None,
    };
    let covers = match &args.cover {
        None => Vec::new(),
        Some(cover) => {
            if videos(&walk) != 1 {
                voice.fail("cli.coverOne", &[]);
                return Ok(ExitCode::from(2));
            }
            let cover = look(vec![cover.clone()], Some(Kind::Image)).await;
            entries.extend(refused(voice, edge, &cover, KindArg::Image));
            cover.found
        }
    };
    if let Some(grant) = pair {
        let [found] = walk.found.as_slice() else {
            if walk.found.is_empty() && !walk.refused.is_empty() {
                return finish(voice, app, entries, &HashMap::new(), End::Over).await;
            }
            voice.fail("cli.pairOne", &[]);
            return Ok(ExitCode::from(2));
        };
        let path = given(&found.path);
        let id = app.add_with_grant(found, &wanted, grant).await?;
        entries.push(Entry::Transfer { id, path, fresh: true });
    } else {
        for name in if wanted.pair { walk.apart() } else { Vec::new() } {
            voice.say("cli.apart", &[("name", &name)]);
        }
        entries.extend(add(voice, app, &walk, &wanted, &covers).await?);
    }
    entries.sort_by_key(|entry| place(&args.paths, entry));
    follow(voice, app, entries).await
}

/// The texts of a pasted pair, from wherever they stand. Err: what is wrong has been said.
pub(crate) fn pair(
    voice: Voice,
    args: &args::Upload,
) -> Result<Option<(String, String)>, ExitCode> {
    let (Some(address), Some(auth)) = (&args.address, &args.auth) else { return Ok(None) };
    let (address, auth) = (Given::of(address), Given::of(auth));
    let key = match (&address, &auth) {
        (_, Given::Text(_)) => "cli.authArgument",
        (Given::Input, Given::Input) => "cli.decode.twice",
        (_, _) => {
            return match (address.read(), auth.read()) {
                (Ok(address), Ok(auth)) => Ok(Some((address, auth))),
                (Err(error), _) | (_, Err(error)) => {
                    voice.fail("cli.failed", &[("what", &format!("read the pair: {error}"))]);
                    Err(ExitCode::from(2))
                }
            };
        }
    };
    voice.fail(key, &[]);
    Err(ExitCode::from(2))
}

async fn look(paths: Vec<PathBuf>, forced: Option<Kind>) -> Walk {
    let walk = tokio::task::spawn_blocking(move || Walk::of(&paths, forced, &mut |_| true)).await;
    // Looking does not panic; should it all the same, nothing was found.
    walk.unwrap_or_default()
}

fn videos(walk: &Walk) -> usize {
    walk.found.iter().filter(|found| found.look.kind == Kind::Video).count()
}

async fn add(
    voice: Voice,
    app: &App,
    walk: &Walk,
    wanted: &Wanted,
    covers: &[Found],
) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for addition in app.add_walk(walk, wanted, covers).await? {
        let path = given(&addition.path);
        match &addition.added {
            Added::New(_) => {}
            Added::Continues(_) => voice.say("cli.continues", &[("path", &path)]),
            Added::Done { media_id, .. } => {
                let media = media_id.as_deref().unwrap_or_default();
                voice.say("cli.same", &[("path", &path), ("media", media)]);
            }
        }
        let fresh = matches!(addition.added, Added::New(_));
        entries.push(Entry::Transfer { id: addition.id(), path, fresh });
    }
    Ok(entries)
}

/// Nobody can be asked here: what VOD would fail is said, and sent only by `--force`.
fn refuse_unfinished(voice: Voice, walk: &mut Walk) {
    for found in std::mem::take(&mut walk.found) {
        let Some(remark) = found.look.grave() else {
            walk.found.push(found);
            continue;
        };
        let text = |language| words::remark(language, remark);
        voice.note(&given(&found.path), remark.code.as_str(), text);
        walk.refused.push(Refused {
            path: found.path,
            fault: Fault::of(Code::FileUnfinished),
            possible: None,
        });
    }
}

/// Tags that VOD would refuse are named instead of cut.
fn tags_fit(voice: Voice, tags: &[String]) -> bool {
    let tags: Vec<&str> = tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()).collect();
    if tags.len() > text::TAGS {
        voice.fail("cli.tags.many", &[("n", &tags.len().to_string())]);
        return false;
    }
    if let Some(tag) = tags.iter().find(|tag| tag.chars().count() > text::TAG) {
        voice.fail("cli.tags.long", &[("tag", tag)]);
        return false;
    }
    true
}

/// BCP 47, as far as its shape goes.
fn is_language_tag(tag: &str) -> bool {
    let mut pieces = tag.split('-');
    let letters = |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic());
    pieces.next().is_some_and(|first| (2..=3).contains(&first.len()) && letters(first))
        && pieces.all(|piece| {
            (1..=8).contains(&piece.len()) && piece.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

/// Refuses what would go out under another title than its own.
fn keep_titles(language: Language, walk: &mut Walk, title: &str) {
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    for found in std::mem::take(&mut walk.found) {
        let fitted = text::title(Rules::Usual, found.look.kind, title, &found.path);
        let own =
            if title.trim().is_empty() { paths::stem(&found.path).0 } else { title.to_owned() };
        let fault = if fitted.shortened {
            Fault::of(Code::ReqTitle).with("n", own.trim().chars().count())
        } else if fitted.removed {
            let word = |key| words::t(language, key, &[]);
            Fault::of(Code::ReqMeta)
                .with("field", word("remark.field.title"))
                .with("reason", word("reason.characters"))
        } else {
            kept.push(found);
            continue;
        };
        refused.push(Refused { path: found.path, fault, possible: Some(found.look) });
    }
    walk.found = kept;
    walk.refused.extend(refused);
}

/// What lay in folders and was not meant: one note a folder; each by its name with `-v`.
fn left_out(voice: Voice, walk: &Walk) {
    let mut rest = walk.left_out.as_slice();
    while let Some(first) = rest.first() {
        let length = rest.iter().take_while(|one| one.folder == first.folder).count();
        let (here, others) = rest.split_at(length);
        rest = others;
        let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
        for one in here {
            *counts.entry(one.reason).or_default() += 1;
        }
        let told = |language| {
            let list: Vec<String> = counts
                .iter()
                .map(|(reason, count)| {
                    let key = format!("left.{}", reason.as_str());
                    words::t(language, &key, &[("n", &count.to_string())])
                })
                .collect();
            let between = if language == Language::En { ", " } else { "，" };
            let (n, list) = (length.to_string(), list.join(between));
            words::t(language, "left.out", &[("n", &n), ("list", &list)])
        };
        voice.note(&given(&first.folder), "left.out", told);
        for one in here.iter().filter(|_| voice.verbose) {
            let key = format!("left.one.{}", one.reason.as_str());
            let code = format!("left.{}", one.reason.as_str());
            voice.note(&given(&one.path), &code, |language| words::t(language, &key, &[]));
        }
    }
}

/// Files that cannot be uploaded, each with its fault.
fn refused(voice: Voice, edge: &Edge, walk: &Walk, kind: KindArg) -> Vec<Entry> {
    let mut entries = Vec::new();
    for refused in &walk.refused {
        let path = given(&refused.path);
        let fault = FaultView::from(&refused.fault);
        let kind = kind.kind().or_else(|| media::kind_by_name(&refused.path));
        let item = SummaryItem::refused(TransferId((edge.id)()), &path, kind, &fault);
        voice.line(&TransferLine::of_refused(&item));
        voice.fault(&path, &fault);
        entries.push(Entry::Refused(item));
    }
    entries
}

/// Follows all of them to their end and sums up.
pub(crate) async fn follow(
    voice: Voice,
    app: &App,
    entries: Vec<Entry>,
) -> Result<ExitCode, Error> {
    let mut paths = HashMap::new();
    let mut fresh = HashSet::new();
    for entry in &entries {
        let Entry::Transfer { id, path, fresh: new } = entry else { continue };
        let transfer = app.transfer(*id).await?;
        if transfer.state.is_final() {
            voice.line(&TransferLine::of_transfer(&transfer, path, transfer.size()));
        } else {
            paths.insert(*id, path.clone());
            if *new {
                fresh.insert(*id);
            }
        }
    }
    let mut follow = Follow::new(voice, paths.clone(), fresh);
    let end = if paths.is_empty() { End::Over } else { follow.until_over(app).await };
    if end == End::Interrupted {
        voice.fail("cli.interrupted", &[]);
    }
    let held = paths.keys().filter_map(|id| Some((*id, follow.held(*id)?))).collect();
    finish(voice, app, entries, &held, end).await
}

async fn finish(
    voice: Voice,
    app: &App,
    entries: Vec<Entry>,
    held: &HashMap<TransferId, FaultView>,
    end: End,
) -> Result<ExitCode, Error> {
    let mut items = Vec::new();
    for entry in entries {
        items.push(match entry {
            Entry::Refused(item) => item,
            Entry::Transfer { id, path, .. } => {
                let mut item = SummaryItem::of(&app.transfer(id).await?, &path);
                if let (None, Some(fault)) = (&item.fault, held.get(&id)) {
                    item.fault = Some(crate::voice::FaultLine::of(fault));
                }
                item
            }
        });
    }
    let done = items.iter().filter(|item| item.arrived()).count();
    let failed = match end {
        End::Over | End::Lost => items.len() - done,
        // What was interrupted has not failed.
        End::Interrupted => items.iter().filter(|item| item.fault.is_some()).count(),
    };
    voice.line(&SummaryLine { event: "summary", done, failed, transfers: &items });
    voice.progress(
        &voice
            .words("cli.summary", &[("done", &done.to_string()), ("failed", &failed.to_string())]),
    );
    Ok(match end {
        End::Interrupted => ExitCode::from(INTERRUPTED),
        End::Over => ExitCode::from(u8::from(failed > 0)),
        End::Lost => ExitCode::FAILURE,
    })
}

/// Continues everything of the account that is unfinished.
pub(crate) async fn resume(voice: Voice, app: &App, account: &str) -> Result<ExitCode, Error> {
    let open: Vec<_> = app
        .engine()
        .transfers(Some(account))
        .await
        .into_iter()
        .filter(|transfer| {
            !transfer.state.is_final() && transfer.state.wish != vodlift_engine::model::Wish::Cancel
        })
        .collect();
    if open.is_empty() {
        voice.say("cli.nothing", &[]);
        return finish(voice, app, Vec::new(), &HashMap::new(), End::Over).await;
    }
    let ids: Vec<TransferId> = open.iter().map(|transfer| transfer.id).collect();
    app.command(&ids, Command::Run).await?;
    let entries = open
        .iter()
        .map(|transfer| Entry::Transfer {
            id: transfer.id,
            path: given(&transfer.path),
            fresh: false,
        })
        .collect();
    follow(voice, app, entries).await
}

/// Every transfer of the queue; of one account when it is named.
pub(crate) async fn status(
    voice: Voice,
    app: &App,
    account: Option<&str>,
) -> Result<ExitCode, Error> {
    let all = app.engine().transfers(account).await;
    if all.is_empty() {
        voice.say("cli.empty", &[]);
    }
    for transfer in &all {
        let path = given(&transfer.path);
        let done = if transfer.state.phase >= vodlift_engine::model::Phase::Sent {
            transfer.size()
        } else {
            app.stored_bytes(transfer.id).await?
        };
        voice.line(&TransferLine::of_transfer(transfer, &path, done));
        let media = transfer.media.as_deref().unwrap_or("-");
        let fault = transfer
            .state
            .stuck()
            .map(|fault| words::fault(voice.language, &FaultView::from(fault)));
        voice.tell(&format!(
            "{path}  {}  {done}/{}  {media}  {}",
            transfer.state.phase.as_str(),
            transfer.size(),
            fault.unwrap_or_default()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// What has ended, newest first.
pub(crate) async fn history(voice: Voice, app: &App, csv: bool) -> Result<ExitCode, Error> {
    let mut query = HistoryQuery { limit: PAGE, ..HistoryQuery::default() };
    if csv && !voice.json {
        voice.tell_lines(app.history_csv(query).await?.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        let page = app.history(query.clone()).await?;
        for item in &page.items {
            let transfer = app.transfer(item.id).await?;
            let path = given(&transfer.path);
            let at = i64::try_from(item.ended_ms)
                .ok()
                .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
            let ended = at.map(|at| format!("{at:.3}"));
            let media = item.media_id.as_deref().unwrap_or("-");
            voice.tell(&format!(
                "{}  {path}  {}  {media}",
                ended.as_deref().unwrap_or("-"),
                transfer.state.phase.as_str()
            ));
            voice.line(&HistoryLine {
                event: "history",
                title: &item.title,
                ended,
                item: SummaryItem::of(&transfer, &path),
            });
        }
        query.offset += PAGE;
        if page.items.is_empty() || query.offset >= page.total {
            if page.total == 0 {
                voice.say("cli.empty", &[]);
            }
            return Ok(ExitCode::SUCCESS);
        }
    }
}

fn about(args: &args::Upload) -> About {
    About {
        title: args.title.clone().unwrap_or_default(),
        description: args.description.clone().unwrap_or_default(),
        tags: args
            .tags
            .iter()
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect(),
        category: args.category,
        template_group: args.template_group.clone(),
        workflow: args.workflow.clone(),
        storage: args.storage.clone(),
        app_id: args.app_id.clone(),
        user_data: args.user_data.clone(),
        cover_url: None,
        keep_title: args.keep_title,
    }
}

/// The place of an entry on the command line; what a folder brought keeps its order there.
fn place(paths: &[PathBuf], entry: &Entry) -> usize {
    let path = match entry {
        Entry::Refused(item) => item.path.as_str(),
        Entry::Transfer { path, .. } => path.as_str(),
    };
    paths.iter().position(|given| Path::new(path).starts_with(given)).unwrap_or(paths.len())
}

/// A path as it was given; one that is not Unicode is shown as well as it can be.
pub(crate) fn given(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The fault of an account that cannot sign in, as a remark for people.
pub(crate) fn account_fault(voice: Voice, name: &str, code: Code, environment: bool) {
    if code == Code::KeyLocked {
        voice.fail("cli.lockedKeyring", &[]);
    } else if environment {
        voice.fail("cli.noEnvironment", &[]);
    } else {
        voice.fail("cli.noSecret", &[("name", name)]);
    }
}
