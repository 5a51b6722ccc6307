//! Everything the page may ask of its host, each one line into the app. Knows no rule; a fault goes back as a code with
//! facts. No command takes a path: what a page shows as one is compared with what a dialog gave. Long because it is the list of them all.

use std::sync::Arc;

use tauri::ipc::{Channel, Invoke};
use tauri::{AppHandle, Manager as _, State, WebviewWindow};
use tauri_plugin_clipboard_manager::ClipboardExt as _;
use tauri_plugin_opener::OpenerExt as _;
use vodlift_app::App;
use vodlift_app::api::{
    AboutPatch, Added, Certificates, Check, Choice, Decoded, Described, Desk, Details, HistoryPage,
    HistoryQuery, Line, Offer, Profile, ProfileDraft, SecretState, Session, Settings,
};
use vodlift_app::error::Error;
use vodlift_app::policy;
use vodlift_app::words::t;
use vodlift_app::{Command, FaultView, Frame, Kind, Secret, TransferId};

use crate::drop::{self, Door, Pick};
use crate::tray::Tray;
use crate::watching::Watching;
use crate::{posters, start_at_login};

type Shared<'a> = State<'a, Arc<App>>;
type Answer<T = ()> = Result<T, FaultView>;

/// The page is told in the language it speaks.
fn told<T>(app: &App, outcome: Result<T, Error>) -> Answer<T> {
    outcome.map_err(|error| error.view(app.language()))
}

macro_rules! commands {
    ($($name:ident),* $(,)?) => {
        /// Every command, for Tauri.
        pub(crate) fn all() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name),*]
        }

        /// Every command's name, for the test that compares them with what the window is permitted.
        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

commands![
    session,
    watch,
    desk,
    set_visible,
    inspect,
    poster,
    draw,
    drawn,
    pick,
    paste,
    add,
    drop_offer,
    add_pair,
    give_pair,
    pause,
    resume,
    retry,
    restart,
    cancel,
    uncancel,
    remove,
    restore,
    next,
    reorder,
    edit,
    attach,
    send_anyway,
    set_kind,
    locate,
    described,
    details,
    timeline,
    search,
    certificates,
    answer,
    show_notice,
    show_config,
    date_settings,
    history,
    history_export,
    history_again,
    save_settings,
    proxy_password,
    save_proxy_password,
    pick_root,
    set_zoom,
    profiles,
    save_profile,
    test_profile,
    use_profile,
    forget_profile,
    start_trial,
    trial_sample,
    policy,
    decode,
    categories,
    template_groups,
    storages,
    copy,
    copy_media_ids,
    reveal,
    open_console,
    open_network_page,
    check_now,
    unlock_keyring,
    quit,
    stay,
    diagnostics,
];

/// What the page must know before its first paint.
#[tauri::command]
async fn session(app: Shared<'_>) -> Answer<Session> {
    Ok(app.session().await)
}

/// Frames, from a snapshot on. The newest watcher replaces the older.
#[tauri::command]
async fn watch(
    handle: AppHandle,
    app: Shared<'_>,
    watching: State<'_, Watching>,
    channel: Channel<Frame>,
) -> Answer {
    let mut frames = app.watch().await;
    let app = app.inner().clone();
    watching.begin(tauri::async_runtime::spawn(async move {
        loop {
            while let Some(frame) = frames.recv().await {
                if let Some(tray) = handle.try_state::<Tray>() {
                    tray.hear(&handle, &frame);
                }
                // A page that is gone watches anew when it is back; the tray goes on by these frames until then.
                let _ = channel.send(frame);
                crate::show_once(&handle);
            }
            if !app.engine().is_running() {
                return crate::lost(&handle, app.language());
            }
            frames = app.watch().await;
        }
    }));
    Ok(())
}

/// What happens outside the page: drops, second launches, changes of the session.
#[tauri::command]
async fn desk(door: State<'_, Door>, channel: Channel<Desk>) -> Answer {
    door.page(channel);
    Ok(())
}

/// Frames come seldom while nobody looks.
#[tauri::command]
async fn set_visible(app: Shared<'_>, visible: bool) -> Answer {
    app.visible(visible).await;
    Ok(())
}

/// The transfer the inspector shows gets its whole map of parts.
#[tauri::command]
async fn inspect(app: Shared<'_>, id: Option<TransferId>) -> Answer {
    app.inspect(id).await;
    Ok(())
}

/// The first picture of a film as a `data:` address; none where the web view cannot draw it.
#[tauri::command]
async fn poster(handle: AppHandle, id: TransferId) -> Answer<Option<String>> {
    Ok(posters::of(&handle, id).await)
}

/// The hidden window draws the films it is told of.
#[tauri::command]
async fn draw(handle: AppHandle, channel: Channel<TransferId>) -> Answer {
    posters::ready(&handle, channel);
    Ok(())
}

/// The hidden window has drawn a film, or could not.
#[tauri::command]
async fn drawn(handle: AppHandle, id: TransferId, picture: Option<String>) -> Answer {
    posters::drawn(&handle, id, picture);
    Ok(())
}

/// The native dialog; none when it was closed without a choice.
#[tauri::command]
async fn pick(
    door: State<'_, Door>,
    window: WebviewWindow,
    app: Shared<'_>,
    what: Pick,
) -> Answer<Option<Offer>> {
    Ok(drop::pick(&door, &window, &app, what).await)
}

/// Files on the clipboard are added as if they were dropped.
#[tauri::command]
async fn paste(handle: AppHandle) -> Answer {
    drop::paste(&handle).await;
    Ok(())
}

/// An offer becomes transfers.
#[tauri::command]
async fn add(
    app: Shared<'_>,
    offer: String,
    start: bool,
    attach_to: Option<TransferId>,
) -> Answer<Added> {
    told(&app, app.add_offer(&offer, start, attach_to).await)
}

/// An offer is not wanted.
#[tauri::command]
async fn drop_offer(app: Shared<'_>, offer: String) -> Answer {
    app.drop_offer(&offer);
    Ok(())
}

/// One file with the pair it was sent.
#[tauri::command]
async fn add_pair(
    app: Shared<'_>,
    offer: String,
    address: String,
    auth: String,
) -> Answer<TransferId> {
    told(&app, app.add_pair(&offer, &address, &auth).await)
}

/// A fresh pair for a file whose pair has ended.
#[tauri::command]
async fn give_pair(app: Shared<'_>, id: TransferId, address: String, auth: String) -> Answer {
    told(&app, app.give_pair(id, &address, &auth).await)
}

/// Hold still.
#[tauri::command]
async fn pause(app: Shared<'_>, ids: Vec<TransferId>) -> Answer {
    told(&app, app.command(&ids, Command::Pause).await)
}

/// Go on.
#[tauri::command]
async fn resume(app: Shared<'_>, ids: Vec<TransferId>) -> Answer {
    told(&app, app.command(&ids, Command::Run).await)
}

/// Try again from the last fact.
#[tauri::command]
async fn retry(app: Shared<'_>, ids: Vec<TransferId>) -> Answer {
    told(&app, app.command(&ids, Command::Run).await)
}

/// Forget what was sent and start over.
#[tauri::command]
async fn restart(app: Shared<'_>, ids: Vec<TransferId>) -> Answer {
    told(&app, app.command(&ids, Command::Restart).await)
}

/// Give up; undone by `uncancel` for a while.
#[tauri::command]
async fn cancel(app: Shared<'_>, ids: Vec<TransferId>) -> Answer {
    told(&app, app.command(&ids, Command::Cancel).await)
}

/// Takes a cancel back.
#[tauri::command]
async fn uncancel(app: Shared<'_>, ids: Vec<TransferId>) -> Answer {
    told(&app, app.uncancel(&ids).await)
}

/// Leaves the list; undone by `restore`.
#[tauri::command]
async fn remove(app: Shared<'_>, ids: Vec<TransferId>) -> Answer {
    told(&app, app.remove(&ids).await)
}

/// Back into the list.
#[tauri::command]
async fn restore(app: Shared<'_>, ids: Vec<TransferId>) -> Answer {
    told(&app, app.restore(&ids).await)
}

/// To the front of the line.
#[tauri::command]
async fn next(app: Shared<'_>, ids: Vec<TransferId>) -> Answer {
    told(&app, app.next(&ids).await)
}

/// Before another one, or to the end.
#[tauri::command]
async fn reorder(app: Shared<'_>, ids: Vec<TransferId>, before: Option<TransferId>) -> Answer {
    told(&app, app.reorder(&ids, before).await)
}

/// Changes title and the rest of several at once; what the patch does not name stays.
#[tauri::command]
async fn edit(app: Shared<'_>, ids: Vec<TransferId>, patch: AboutPatch) -> Answer {
    told(&app, app.edit(&ids, patch).await)
}

/// Gives covers and subtitles to a video, or takes them from it.
#[tauri::command]
async fn attach(app: Shared<'_>, ids: Vec<TransferId>, parent: Option<TransferId>) -> Answer {
    told(&app, app.attach(&ids, parent).await)
}

/// The user says what a file is.
#[tauri::command]
async fn set_kind(app: Shared<'_>, id: TransferId, kind: Option<Kind>) -> Answer {
    told(&app, app.set_kind(id, kind).await)
}

/// It looks the same as another, or unfinished, and is wanted all the same.
#[tauri::command]
async fn send_anyway(app: Shared<'_>, id: TransferId) -> Answer {
    told(&app, app.send_anyway(id).await)
}

/// The person shows where a moved file is now.
#[tauri::command]
async fn locate(window: WebviewWindow, app: Shared<'_>, id: TransferId) -> Answer {
    let details = told(&app, app.details(id).await)?;
    let title = t(app.language(), "dlg.locate", &[("name", &details.row.name)]);
    match drop::pick_one(&window, title).await {
        Some(path) => told(&app, app.locate(id, path).await),
        None => Ok(()),
    }
}

/// What is to be changed of many; those that have left the list are left out.
#[tauri::command]
async fn described(app: Shared<'_>, ids: Vec<TransferId>) -> Answer<Vec<Described>> {
    Ok(app.described(&ids).await)
}

/// Everything the inspector shows.
#[tauri::command]
async fn details(app: Shared<'_>, id: TransferId) -> Answer<Details> {
    told(&app, app.details(id).await)
}

/// What happened to a transfer, oldest first.
#[tauri::command]
async fn timeline(app: Shared<'_>, id: TransferId) -> Answer<Vec<Line>> {
    told(&app, app.timeline(id).await)
}

/// Which transfers hold this text.
#[tauri::command]
async fn search(app: Shared<'_>, text: String) -> Answer<Vec<TransferId>> {
    Ok(app.search(&text).await)
}

/// What the far side of a transfer shows of itself.
#[tauri::command]
async fn certificates(app: Shared<'_>, id: TransferId) -> Answer<Certificates> {
    told(&app, app.certificates(id).await)
}

/// What a credential server said that could not be used, masked.
#[tauri::command]
async fn answer(app: Shared<'_>, id: TransferId) -> Answer<Option<String>> {
    told(&app, app.answer(id).await)
}

/// Shows in the file browser what the notice at the top speaks of.
#[tauri::command]
async fn show_notice(handle: AppHandle, app: Shared<'_>) -> Answer {
    let path = told(&app, app.notice_path())?;
    told(&app, handle.opener().reveal_item_in_dir(path).map_err(unreached))
}

/// Shows in the file browser the file of the configuration that cannot be followed.
#[tauri::command]
async fn show_config(handle: AppHandle, app: Shared<'_>) -> Answer {
    told(&app, handle.opener().reveal_item_in_dir(app.config_path()).map_err(unreached))
}

/// Opens the date settings of the system; false where there are none to be opened.
#[tauri::command]
async fn date_settings(handle: AppHandle) -> Answer<bool> {
    Ok(crate::clock::open(&handle).await)
}

/// A page of what has ended.
#[tauri::command]
async fn history(app: Shared<'_>, query: HistoryQuery) -> Answer<HistoryPage> {
    told(&app, app.history(query).await)
}

/// What the filter shows, as a CSV file where the person says.
#[tauri::command]
async fn history_export(window: WebviewWindow, app: Shared<'_>, query: HistoryQuery) -> Answer {
    let title = t(app.language(), "dlg.export", &[]);
    match drop::pick_place(&window, title, "vodlift-history.csv").await {
        Some(path) => told(&app, app.history_export(query, &path).await),
        None => Ok(()),
    }
}

/// Sends files of the history once more.
#[tauri::command]
async fn history_again(app: Shared<'_>, ids: Vec<TransferId>) -> Answer<Vec<TransferId>> {
    told(&app, app.history_again(&ids).await)
}

/// Preferences, in force at once. Of the page's paths none is taken but one that a dialog gave it.
#[tauri::command]
async fn save_settings(handle: AppHandle, app: Shared<'_>, settings: Settings) -> Answer<Settings> {
    let before = app.settings();
    told(&app, app.may_be_root(settings.tls_root.as_deref()))?;
    let saved = told(&app, app.save_settings(settings).await)?;
    crate::apply(&handle, &saved);
    if before.autostart != saved.autostart {
        start_at_login::set(&handle, saved.autostart);
    }
    Ok(saved)
}

/// Where the password of the proxy is.
#[tauri::command]
async fn proxy_password(app: Shared<'_>) -> Answer<SecretState> {
    Ok(app.proxy_password().await)
}

/// A password of the proxy for the keyring, or none any more.
#[tauri::command]
async fn save_proxy_password(app: Shared<'_>, password: Option<String>) -> Answer<SecretState> {
    told(&app, app.save_proxy_password(password.map(Secret::new)).await)
}

/// The native dialog for an own root certificate; its path is shown in the settings.
#[tauri::command]
async fn pick_root(window: WebviewWindow, app: Shared<'_>) -> Answer<Option<String>> {
    match drop::pick_one(&window, t(app.language(), "dlg.root", &[])).await {
        Some(path) => told(&app, app.choose_root(&path)).map(Some),
        None => Ok(None),
    }
}

/// How large the page is drawn, 1 for as designed.
#[tauri::command]
async fn set_zoom(window: WebviewWindow, app: Shared<'_>, factor: f64) -> Answer {
    told(&app, window.set_zoom(factor.clamp(0.8, 2.0)).map_err(unreached))
}

/// All profiles.
#[tauri::command]
async fn profiles(app: Shared<'_>) -> Answer<Vec<Profile>> {
    Ok(app.profiles().await)
}

/// A new profile, or a changed one. Its secret goes to the keyring.
#[tauri::command]
async fn save_profile(app: Shared<'_>, draft: ProfileDraft) -> Answer<Profile> {
    told(&app, app.save_profile(draft).await)
}

/// The checks of the profile dialog.
#[tauri::command]
async fn test_profile(app: Shared<'_>, draft: ProfileDraft) -> Answer<Vec<Check>> {
    told(&app, app.test_profile(draft).await)
}

/// Another profile from now on.
#[tauri::command]
async fn use_profile(app: Shared<'_>, name: String) -> Answer {
    told(&app, app.use_profile(&name).await)
}

/// Signs out: the profile goes, and its secret with it.
#[tauri::command]
async fn forget_profile(app: Shared<'_>, name: String) -> Answer {
    told(&app, app.forget_profile(&name).await)
}

/// The sandbox on this computer.
#[tauri::command]
async fn start_trial(app: Shared<'_>) -> Answer<Profile> {
    told(&app, app.start_trial().await)
}

/// The clip that ships with Vodlift goes into the queue.
#[tauri::command]
async fn trial_sample(app: Shared<'_>) -> Answer<TransferId> {
    told(&app, app.trial_sample().await)
}

/// What a RAM user must be allowed: for uploading, or for all that Vodlift can do.
#[tauri::command]
async fn policy(scope: policy::Scope) -> Answer<String> {
    Ok(policy::text(scope))
}

/// What an address and a credential say, secrets left out.
#[tauri::command]
async fn decode(app: Shared<'_>, address: String, auth: String) -> Answer<Decoded> {
    Ok(app.decode(&address, &auth))
}

/// Categories of the account.
#[tauri::command]
async fn categories(app: Shared<'_>) -> Answer<Vec<Choice>> {
    told(&app, app.categories().await)
}

/// Template groups of the account.
#[tauri::command]
async fn template_groups(app: Shared<'_>) -> Answer<Vec<Choice>> {
    told(&app, app.template_groups().await)
}

/// Storage the account was seen to use.
#[tauri::command]
async fn storages(app: Shared<'_>) -> Answer<Vec<String>> {
    told(&app, app.storages().await)
}

/// Text the page shows, to the clipboard.
#[tauri::command]
async fn copy(handle: AppHandle, app: Shared<'_>, text: String) -> Answer {
    told(&app, handle.clipboard().write_text(text).map_err(unreached))
}

/// Media ids, one a line.
#[tauri::command]
async fn copy_media_ids(handle: AppHandle, app: Shared<'_>, ids: Vec<TransferId>) -> Answer {
    let text = told(&app, app.media_ids(&ids).await)?.join("\n");
    told(&app, handle.clipboard().write_text(text).map_err(unreached))
}

/// Shows the file in the file browser.
#[tauri::command]
async fn reveal(handle: AppHandle, app: Shared<'_>, id: TransferId) -> Answer {
    let path = told(&app, app.path(id).await)?;
    told(&app, handle.opener().reveal_item_in_dir(path).map_err(unreached))
}

/// Shows the media in the cloud's console.
#[tauri::command]
async fn open_console(handle: AppHandle, app: Shared<'_>, id: TransferId) -> Answer {
    let address = told(&app, app.console(id).await)?;
    told(&app, handle.opener().open_url(address, None::<&str>).map_err(unreached))
}

/// A plain page that a network with a sign-in answers with its own.
#[tauri::command]
async fn open_network_page(handle: AppHandle, app: Shared<'_>) -> Answer {
    told(&app, handle.opener().open_url("http://www.aliyun.com/", None::<&str>).map_err(unreached))
}

/// Rests and holds end now.
#[tauri::command]
async fn check_now(app: Shared<'_>) -> Answer {
    told(&app, app.check_now().await)
}

/// Asks the system to unlock its keyring.
#[tauri::command]
async fn unlock_keyring(app: Shared<'_>) -> Answer {
    told(&app, app.unlock_keyring().await)
}

/// Saves what runs and ends.
#[tauri::command]
async fn quit(handle: AppHandle) -> Answer {
    crate::quit(&handle);
    Ok(())
}

/// A report without secrets for the people who support this, shown in the file browser; the answer says where it lies.
#[tauri::command]
async fn diagnostics(handle: AppHandle, app: Shared<'_>) -> Answer<String> {
    let report = told(&app, app.diagnostics().await)?;
    let told = report.to_string_lossy().into_owned();
    if let Err(error) = handle.opener().reveal_item_in_dir(report) {
        // Where no file browser answers, the path that is told must do.
        tracing::info!(%error, "show the report");
    }
    Ok(told)
}

/// What was to happen now that everything is done does not happen.
#[tauri::command]
async fn stay(handle: AppHandle) -> Answer {
    crate::ending::stop(&handle);
    Ok(())
}

/// Another program of the desktop did not do what it was asked.
fn unreached(error: impl std::error::Error) -> Error {
    Error::fault(vodlift_app::Code::Unknown, &[("code", &error.to_string())])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn permitted(capability: &str) -> BTreeSet<String> {
        let capability: serde_json::Value = serde_json::from_str(capability).unwrap();
        let permissions = capability["permissions"].as_array().unwrap();
        let own = permissions.iter().filter_map(|name| name.as_str()?.strip_prefix("allow-"));
        own.map(|name| name.replace('-', "_")).collect()
    }

    #[test]
    fn the_windows_are_permitted_exactly_the_commands_there_are() {
        let main = permitted(include_str!("../capabilities/main.json"));
        let posters = permitted(include_str!("../capabilities/posters.json"));
        let there: BTreeSet<String> = super::NAMES.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(&main | &posters, there);
        assert!(main.is_disjoint(&posters));
        // Films are decoded there, and they come from anywhere.
        assert_eq!(posters, ["draw", "drawn"].map(str::to_owned).into());
    }
}
