//! A running sandbox in the hand of a test, the trial or the command line. Knows no rule of the cloud.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vodlift_sign::{Credential, Secret};

use crate::account::AccountState;
use crate::clock::Clock;
use crate::ledger::{Ledger, Requests};
use crate::life::{Kind, Status};
use crate::line::{Line, Lines};
use crate::server::{self, Cloud};
use crate::store::{OWN_BUCKET, Scope, Store};
use crate::vod::{self, CATEGORIES, TEMPLATE_GROUPS};
use crate::weather::Weather;
use crate::{Options, Sandbox};

/// What the cloud knows of one media id.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MediaFacts {
    /// VideoId, ImageId or MediaId.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// As VOD would answer now.
    pub status: Status,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// Tags, comma-separated.
    pub tags: String,
    /// Category.
    pub category: Option<i64>,
    /// CoverURL.
    pub cover_url: String,
    /// Template group it was created with, or the default one; videos only.
    pub template_group: String,
    /// WorkflowId it was created with.
    pub workflow: String,
    /// UserData it was created with.
    pub user_data: String,
    /// ReferenceId.
    pub reference_id: Option<String>,
    /// FileName as given.
    pub file_name: String,
    /// FileSize as declared, in bytes.
    pub declared_bytes: Option<u64>,
    /// Bucket of its object.
    pub bucket: String,
    /// Key of its object.
    pub key: String,
    /// Why it ends as TranscodeFail; empty if it does not.
    pub fail_reason: String,
    /// How often an object was finished under this id; 2 means that it was overwritten.
    pub stored_times: u32,
    /// How often RefreshUploadVideo handed out a credential for a file that VOD had said it has.
    pub overwriting_passes: u32,
}

/// A finished object.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ObjectFacts {
    /// Its media id.
    pub media: String,
    /// Key.
    pub key: String,
    /// File that holds exactly its bytes.
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
    /// CRC-64/XZ.
    pub crc64: u64,
    /// ETag without quotes.
    pub etag: String,
    /// Content-Type.
    pub content_type: String,
    /// Whether it came by multipart upload.
    pub multipart: bool,
}

/// An open multipart upload.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Orphan {
    /// UploadId.
    pub upload: String,
    /// Its media id.
    pub media: String,
    /// Key.
    pub key: String,
    /// Numbers of the parts that are there.
    pub parts: Vec<u32>,
    /// Bytes of these parts.
    pub bytes: u64,
}

/// A running sandbox. Dropping it ends it; [`Handle::stop`] also waits for the end.
pub struct Handle {
    cloud: Arc<Cloud>,
    port: u16,
    serving: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Listens on 127.0.0.1. Errors if the port is taken, or the data folder cannot be used or is
    /// used by another sandbox.
    pub async fn start(options: Options) -> io::Result<Handle> {
        let store = Arc::new(open(&options).await?);
        let last = store.books().account.port;
        let listener = match options.port {
            Some(port) => bind(port).await?,
            None => match bind(last).await {
                Ok(listener) => listener,
                Err(_) => bind(0).await?,
            },
        };
        let port = listener.local_addr()?.port();
        store.books().set_port(port);
        let stop = CancellationToken::new();
        let cloud = Arc::new(Cloud {
            store,
            clock: Clock::default(),
            weather: std::sync::Mutex::default(),
            account: std::sync::Mutex::new(options.account.clone()),
            limits: std::sync::Mutex::default(),
            ledger: Ledger::new(),
            stop: stop.clone(),
            options,
        });
        cloud.set_weather(cloud.options.weather.clone());
        let router = Router::new()
            .fallback(server::answer)
            .with_state(Arc::clone(&cloud))
            .into_make_service_with_connect_info::<Line>();
        let lines = Lines::new(listener, stop.clone());
        let serve = axum::serve(lines, router).with_graceful_shutdown(stop.cancelled_owned());
        #[expect(
            clippy::disallowed_methods,
            reason = "the one spawn; the handle ends and joins it"
        )]
        let serving = tokio::spawn(async move {
            if let Err(error) = serve.await {
                tracing::error!(%error, "the sandbox stopped listening");
            }
        });
        Ok(Handle { cloud, port, serving: Some(serving) })
    }
}

/// Opens the store; a sandbox that is just ending in the same folder is waited for.
async fn open(options: &Options) -> io::Result<Store> {
    for _ in 0..40 {
        match Store::open(options.data.as_deref()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            done => return done,
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "another sandbox uses this data folder"))
}

async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

impl Handle {
    /// `http://127.0.0.1:PORT`, of VOD and OSS alike.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The account's permanent AccessKey.
    pub fn key(&self) -> Credential {
        let books = self.cloud.store.books();
        let secret = Secret::new(books.account.secret.clone());
        Credential { id: books.account.id.clone(), secret, token: None }
    }

    /// A temporary AccessKey with a token, for calls of VOD, that lives for `life`.
    pub fn session_key(&self, life: Duration) -> Credential {
        let pass = vod::issue(&self.cloud.store, &self.cloud.clock, Scope::Vod, life);
        let token = Some(Secret::new(pass.token));
        Credential { id: pass.id, secret: Secret::new(pass.secret), token }
    }

    /// Every secret it knows or has handed out, for whoever looks where one might have gone.
    pub fn secrets(&self) -> Vec<String> {
        let books = self.cloud.store.books();
        let passes =
            books.passes.values().flat_map(|pass| [pass.secret.clone(), pass.token.clone()]);
        passes.chain([books.account.secret.clone()]).collect()
    }

    /// Region for signature V4, as in every UploadAuth.
    pub fn region(&self) -> &'static str {
        crate::store::REGION
    }

    /// Values of StorageLocation that exist; the first is the default.
    pub fn storage_locations(&self) -> Vec<String> {
        let books = self.cloud.store.books();
        [&books.account.bucket, OWN_BUCKET].into_iter().map(vod::location).collect()
    }

    /// Id and name of the template groups; the first is the default.
    pub fn template_groups(&self) -> &'static [(&'static str, &'static str)] {
        &TEMPLATE_GROUPS
    }

    /// Id, name and parent (-1 is the top) of the categories.
    pub fn categories(&self) -> &'static [(i64, &'static str, i64)] {
        &CATEGORIES
    }

    /// Finished objects, in the order of their keys.
    pub fn objects(&self) -> Vec<ObjectFacts> {
        let store = &self.cloud.store;
        let mut all: Vec<_> = store
            .books()
            .objects
            .values()
            .map(|object| ObjectFacts {
                media: object.media.clone(),
                key: object.key.clone(),
                path: store.object_path(object),
                size: object.size,
                crc64: object.crc,
                etag: object.etag.clone(),
                content_type: object.content_type.clone(),
                multipart: object.multipart,
            })
            .collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }

    /// The finished object of a media id.
    pub fn object(&self, media: &str) -> Option<ObjectFacts> {
        self.objects().into_iter().find(|object| object.media == media)
    }

    /// Every media id that was made and not deleted, in the order they were made.
    pub fn live_media(&self) -> Vec<MediaFacts> {
        let books = self.cloud.store.books();
        let (clock, steps) = (&self.cloud.clock, self.cloud.options.steps);
        books
            .order
            .iter()
            .filter_map(|id| books.media.get(id))
            .map(|media| MediaFacts {
                id: media.id.clone(),
                kind: media.kind,
                status: vod::status(media, steps, clock),
                title: media.title.clone(),
                description: media.description.clone(),
                tags: media.tags.clone(),
                category: media.cate_id,
                cover_url: media.cover_url.clone(),
                template_group: media.template_group.clone(),
                workflow: media.workflow.clone(),
                user_data: media.user_data.clone(),
                reference_id: media.reference_id.clone(),
                file_name: media.file_name.clone(),
                declared_bytes: media.declared_bytes,
                bucket: media.bucket.clone(),
                key: media.key.clone(),
                fail_reason: media.fail_reason.clone(),
                stored_times: media.stored_times,
                overwriting_passes: media.overwriting_passes,
            })
            .collect()
    }

    /// As [`Handle::live_media`].
    pub fn media(&self) -> Vec<MediaFacts> {
        self.live_media()
    }

    /// Multipart uploads that were begun and neither completed nor aborted.
    pub fn orphans(&self) -> Vec<Orphan> {
        let books = self.cloud.store.books();
        let mut all: Vec<_> = books
            .uploads
            .values()
            .filter(|upload| !upload.sealing)
            .map(|upload| Orphan {
                upload: upload.id.clone(),
                media: upload.media.clone(),
                key: upload.key.clone(),
                parts: upload.parts.keys().copied().collect(),
                bytes: upload.parts.values().map(|part| part.size).sum(),
            })
            .collect();
        all.sort_by(|a, b| a.upload.cmp(&b.upload));
        all
    }

    /// The log of requests that have ended, without secrets.
    pub fn requests(&self) -> Requests {
        self.cloud.ledger.all()
    }

    /// Waits until the log of requests is as `enough` wants it.
    pub async fn until(&self, enough: impl Fn(&Requests) -> bool) {
        let mut ended = self.cloud.ledger.watch();
        while !enough(&self.requests()) {
            // The sender lives as long as this handle.
            if ended.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until weather keeps or has kept `many` requests waiting.
    pub async fn until_stalled(&self, many: usize) {
        let mut stalls = self.cloud.ledger.watch_stalls();
        // The sender lives as long as this handle.
        let _ = stalls.wait_for(|stalls| *stalls >= many).await.map(|_| ());
    }

    /// Changes the state of the account from now on.
    pub fn set_account(&self, state: AccountState) {
        *self.cloud.account.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Changes the weather from now on, and sets the server's clock as it says (or right).
    pub fn weather(&self, weather: Weather) {
        self.cloud.set_weather(weather);
    }

    /// Lets time pass for credentials, nonces and media; the clock the server shows stays right.
    pub fn advance(&self, by: Duration) {
        self.cloud.clock.advance(by);
    }

    /// Ends every credential handed out so far.
    pub fn expire_passes(&self) {
        let now = self.cloud.clock.now_ms();
        let mut books = self.cloud.store.books();
        let passes: Vec<_> = books.passes.values().cloned().collect();
        for mut pass in passes {
            pass.expires_ms = pass.expires_ms.min(now);
            books.put_pass(pass);
        }
    }

    /// Sets the status of a media id, whatever its age; `None` lets it ripen again. Tells whether
    /// the id is known.
    pub fn judge(&self, media: &str, status: Option<Status>) -> bool {
        let mut books = self.cloud.store.books();
        books.change_media(media, |media| media.forced = status);
        books.media.contains_key(media)
    }

    /// Forgets a media id as if somebody had deleted it in the console. Tells whether it was known.
    pub fn forget_media(&self, media: &str) -> bool {
        self.cloud.store.delete_media(media)
    }

    /// Forgets an open upload as if its time were over. Tells whether it was known.
    pub fn forget_upload(&self, upload: &str) -> bool {
        self.cloud.store.abort(upload)
    }

    /// Ends all connections and waits until the last request has ended.
    pub async fn stop(mut self) {
        self.cloud.stop.cancel();
        if let Some(serving) = self.serving.take()
            && let Err(error) = serving.await
        {
            tracing::error!(%error, "the sandbox did not end well");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Connections hang on this token and end by themselves.
        self.cloud.stop.cancel();
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("port", &self.port).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Cloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let weather = self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Cloud").field("weather", &*weather).finish_non_exhaustive()
    }
}
