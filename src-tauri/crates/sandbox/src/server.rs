//! Takes a request apart, lets weather and the verbs at it, and sends the answer. Knows no rule of the cloud.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use http::request::Parts;
use tokio_util::sync::CancellationToken;
use vodlift_sign::encode::parse_query;

use crate::account::AccountState;
use crate::clock::{Clock, http_date};
use crate::codes;
use crate::cors;
use crate::gate;
use crate::inlet::{Care, End, Inlet, stall};
use crate::ledger::{self, Ledger, Request};
use crate::life::Kind;
use crate::limits::Limits;
use crate::line::Line;
use crate::reply::{Denial, Form, Reply};
use crate::store::Store;
use crate::unverified::Unverified;
use crate::weather::{Effect, Scene, Weather, vod_actions};
use crate::{Options, mishap, oss, vod};

/// Unverified: a query longer than this may be refused by the gateway.
const LONG_QUERY: usize = 8 << 10;
/// A call of VOD is some kilobytes of text.
const MAX_CALL: usize = 1 << 20;

/// Everything a request may touch.
pub(crate) struct Cloud {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) weather: Mutex<Weather>,
    pub(crate) account: Mutex<AccountState>,
    pub(crate) limits: Mutex<Limits>,
    pub(crate) ledger: Ledger,
    pub(crate) options: Options,
    pub(crate) stop: CancellationToken,
}

impl Cloud {
    pub(crate) fn set_weather(&self, weather: Weather) {
        self.clock.skew(weather.skew_ms().unwrap_or(0));
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    fn account(&self) -> AccountState {
        self.account.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn other(&self, fact: Unverified) -> bool {
        self.options.other.contains(&fact)
    }

    fn strike(&self, scene: Scene<'_>) -> Option<Effect> {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner).strike(scene)
    }
}

/// A request taken apart as far as weather and the log need it.
struct Arrival {
    head: Parts,
    inlet: Inlet,
    line: Line,
    form: Form,
}

/// Answers one request.
pub(crate) async fn answer(
    State(cloud): State<Arc<Cloud>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: axum::extract::Request,
) -> Response {
    let (head, body) = request.into_parts();
    let log = cloud.ledger.open(Request { method: head.method.to_string(), ..Request::default() });
    let inlet = Inlet::new(body, line.clone());
    let place = oss::place(&head, &cloud.store.books().buckets());
    let form = match &place {
        Some(_) => Form::oss(gate::header(&head, "host").to_owned(), &head.method),
        None => Form::vod(true),
    };
    let arrival = Arrival { head, inlet, line: line.clone(), form };
    if cors::is_preflight(&arrival.head) {
        let mut log = log;
        "Preflight".clone_into(&mut log.request.action);
        let reply = Ok(cors::preflight(&arrival.head));
        return close(&cloud, arrival, None, reply, log).await.unwrap_or_else(|()| gone());
    }
    if stall(&line, Some(cloud.options.think)).await.is_err() {
        return gone();
    }
    let done = match place {
        Some(place) => object(&cloud, arrival, place, log).await,
        None => call(&cloud, arrival, log).await,
    };
    done.unwrap_or_else(|()| {
        line.cut();
        gone()
    })
}

/// Never sent: the connection it would go over is cut.
fn gone() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
    response
}

async fn object(
    cloud: &Cloud,
    mut arrival: Arrival,
    place: oss::Place,
    mut log: ledger::Line<'_>,
) -> Result<Response, ()> {
    let ask = oss::Ask::new(&arrival.head, place);
    let (media, kind) = {
        let books = cloud.store.books();
        let media = books.media_at(&ask.place.bucket, &ask.place.key);
        (media.map(|media| media.id.clone()), media.map(|media| media.kind))
    };
    log.request.action = ask.action.to_owned();
    log.request.signed = gate::algorithm(&arrival.head, &[]);
    log.request.object.clone_from(&ask.place.key);
    log.request.part = ask.part();
    log.request.media.clone_from(&media);
    let effect = cloud.strike(Scene {
        action: ask.action,
        oss: true,
        method: arrival.head.method.as_str(),
        object: &ask.place.key,
        part: log.request.part,
        kind,
        signed: log.request.signed,
    });
    log.request.struck = effect.is_some();
    let account = cloud.account();
    let work = async |arrival: &mut Arrival| {
        let desk = oss::Desk {
            store: &cloud.store,
            clock: &cloud.clock,
            form: &arrival.form,
            head: &arrival.head,
            ask: &ask,
            options: &cloud.options,
            account: &account,
        };
        desk.answer(&mut arrival.inlet).await
    };
    let target = Target { media, upload: ask.get("uploadId").map(str::to_owned) };
    let before = before(cloud, &mut arrival, effect.as_ref(), &target).await;
    let result = match before {
        Ok(Some(reply)) => Ok(reply),
        Ok(None) => work(&mut arrival).await,
        Err(end) => Err(end),
    };
    close(cloud, arrival, effect, result, log).await
}

async fn call(
    cloud: &Cloud,
    mut arrival: Arrival,
    mut log: ledger::Line<'_>,
) -> Result<Response, ()> {
    let body = arrival.inlet.whole(MAX_CALL).await;
    log.request.bytes = arrival.inlet.seen;
    let body = match body {
        Ok(body) => body,
        Err(end) => return close(cloud, arrival, None, Err(end), log).await,
    };
    let mut parameters = parse_query(arrival.head.uri.query().unwrap_or_default());
    if gate::header(&arrival.head, "content-type").starts_with("application/x-www-form-urlencoded")
    {
        parameters.extend(parse_query(&String::from_utf8_lossy(&body)));
    }
    let get = |name: &str| {
        let found = parameters.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let header = gate::header(&arrival.head, "x-acs-action").to_owned();
    let acs3 = !header.is_empty();
    let action = if acs3 { header } else { get("Action").to_owned() };
    // Version 1 answers XML unless asked otherwise.
    arrival.form = Form::vod(acs3 || get("Format").eq_ignore_ascii_case("JSON"));
    log.request.action.clone_from(&action);
    log.request.signed = gate::algorithm(&arrival.head, &parameters);
    let (media, kind) = named(cloud, &action, &get);
    log.request.media.clone_from(&media);
    let effect = cloud.strike(Scene {
        action: &action,
        oss: false,
        method: arrival.head.method.as_str(),
        object: log.request.media.as_deref().unwrap_or_else(|| get("ReferenceId")),
        part: None,
        kind,
        signed: log.request.signed,
    });
    log.request.struck = effect.is_some();
    let target = Target { media, upload: None };
    let before = before(cloud, &mut arrival, effect.as_ref(), &target).await;
    let account = cloud.account();
    let work = || -> Result<Reply, End> {
        let query = arrival.head.uri.query().unwrap_or_default();
        if query.len() > LONG_QUERY && cloud.other(Unverified::LongQueryRefused) {
            return Ok(mishap::long_query());
        }
        known(&arrival.head, &action, get("Version"))?;
        let other = |fact| cloud.other(fact);
        gate::vod(&cloud.store, &cloud.clock, &arrival.head, &parameters, &body, other)?;
        if let Some(code) = account.refused(other) {
            return Err(Denial::of(code).into());
        }
        if cloud.options.limits {
            let mut limits = cloud.limits.lock().unwrap_or_else(PoisonError::into_inner);
            if !limits.take(&action, cloud.clock.now_ms()) {
                return Err(Denial::of(&codes::THROTTLING_USER).into());
            }
        }
        let denied = || Denial::of(&codes::FORBIDDEN_RAM);
        if !account.allows(&action) && !cloud.other(Unverified::PermissionLast) {
            return Err(denied().into());
        }
        let call = vod::Call {
            store: &cloud.store,
            clock: &cloud.clock,
            options: &cloud.options,
            account: &account,
            weather: &cloud.weather,
            parameters: &parameters,
            effect: effect.as_ref(),
        };
        if !account.allows(&action) {
            call.check(&action)?;
            return Err(denied().into());
        }
        let answer = call.answer(&action)?;
        Ok(arrival.form.success(&action, answer, cloud.options.numbers_as_text))
    };
    let result = match before {
        Ok(Some(reply)) => Ok(reply),
        Ok(None) => work(),
        Err(end) => Err(end),
    };
    close(cloud, arrival, effect, result, log).await
}

fn known(head: &Parts, action: &str, version: &str) -> Result<(), Denial> {
    if head.method != http::Method::GET && head.method != http::Method::POST {
        return Err(Denial::of(&codes::HTTP_METHOD));
    }
    if action.is_empty() {
        return Err(Denial::of(&codes::MISSING).fill("Action").fill("Action"));
    }
    if !vod_actions().contains(&action) {
        return Err(Denial::of(&codes::API_UNKNOWN));
    }
    let header = gate::header(head, "x-acs-version");
    if (if header.is_empty() { version } else { header }) != "2017-03-21" {
        return Err(Denial::of(&codes::VERSION));
    }
    Ok(())
}

/// The media id a call of VOD is about, and the kind it will be or is.
fn named<'a>(
    cloud: &Cloud,
    action: &str,
    get: &impl Fn(&str) -> &'a str,
) -> (Option<String>, Option<Kind>) {
    match action {
        "CreateUploadVideo" => (None, Some(Kind::Video)),
        "CreateUploadImage" => (None, Some(Kind::Image)),
        "CreateUploadAttachedMedia" => (None, Kind::from_word(get("BusinessType"))),
        _ => {
            let books = cloud.store.books();
            let ids = ["VideoId", "ImageId", "MediaId", "VideoIds", "ImageIds", "MediaIds"];
            let by_id = ids.iter().find_map(|name| {
                // Of several, the first stands for all.
                let first = get(name).split(',').next().unwrap_or_default();
                books.media.get(first)
            });
            let reference = Some(get("ReferenceId")).filter(|it| !it.is_empty());
            let media = by_id.or_else(|| reference.and_then(|it| books.by_reference(it)));
            (media.map(|media| media.id.clone()), media.map(|media| media.kind))
        }
    }
}

/// What a request is about, for weather that makes the cloud forgetful.
struct Target {
    media: Option<String>,
    upload: Option<String>,
}

/// What weather does before the work; a reply stands in for the work.
async fn before(
    cloud: &Cloud,
    arrival: &mut Arrival,
    effect: Option<&Effect>,
    target: &Target,
) -> Result<Option<Reply>, End> {
    let Some(effect) = effect else { return Ok(None) };
    match effect {
        Effect::Cut { after: None } => return Err(End::Cut),
        // The body of a call is read before anybody knows what it calls.
        Effect::Cut { after: Some(_) } if arrival.inlet.ended() => return Err(End::Cut),
        Effect::Stall { time, after: Some(_) } if arrival.inlet.ended() => {
            stall(&arrival.line, *time).await?;
        }
        Effect::Cut { after: Some(after) } => {
            arrival.inlet.mind(Care { cut_after: Some(*after), ..Care::default() });
        }
        Effect::Stall { time, after: None } => {
            cloud.ledger.note_stall();
            stall(&arrival.line, *time).await?;
        }
        Effect::Stall { time, after: Some(after) } => {
            arrival.inlet.mind(Care { stall: Some((*after, *time)), ..Care::default() });
        }
        Effect::Corrupt => arrival.inlet.mind(Care { corrupt: true, ..Care::default() }),
        Effect::Refuse { status, code, retry, .. } => {
            let mut denial = Denial::injected(*status, code);
            denial.retry_ms = retry.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
            return Err(denial.into());
        }
        Effect::NoV4 => return Err(gate::no_v4().into()),
        Effect::NoV1 => return Err(gate::no_v1().into()),
        Effect::Expire { within } => mishap::expire(cloud, &arrival.head, *within),
        Effect::ForgetUpload => {
            if let Some(upload) = &target.upload {
                cloud.store.abort(upload);
            }
        }
        Effect::ForgetMedia => {
            if let Some(media) = &target.media {
                cloud.store.delete_media(media);
            }
        }
        Effect::Clock { ms } => cloud.clock.skew(*ms),
        Effect::Ends { status } => {
            if let Some(media) = &target.media {
                cloud.store.books().change_media(media, |media| media.end = *status);
            }
        }
        Effect::Html { status } => {
            arrival.inlet.drain().await?;
            return Ok(Some(mishap::portal(*status)));
        }
        Effect::GatewayXml => {
            arrival.inlet.drain().await?;
            return Ok(Some(mishap::gateway(gate::header(&arrival.head, "host"))));
        }
        Effect::Redirect { to } => {
            arrival.inlet.drain().await?;
            return Ok(Some(mishap::elsewhere(to.as_deref())));
        }
        Effect::Huge { .. } => {
            arrival.inlet.drain().await?;
            return Ok(Some(Reply::text(200, "application/json", "")));
        }
        Effect::AnswerLost
        | Effect::WrongCrc
        | Effect::WrongEtag
        | Effect::Half
        | Effect::Slow { .. }
        | Effect::Moved
        | Effect::OtherRegion => {}
    }
    Ok(None)
}

/// Finishes the log and turns a result into an answer, with the mishaps that come after the work.
async fn close(
    cloud: &Cloud,
    mut arrival: Arrival,
    effect: Option<Effect>,
    result: Result<Reply, End>,
    mut log: ledger::Line<'_>,
) -> Result<Response, ()> {
    let early = matches!(effect, Some(Effect::Refuse { early: true, .. }));
    let reply = match result {
        Ok(reply) => Some(reply),
        Err(End::Denied(denial)) => {
            // Whoever is still sending would see a reset and not the answer.
            let heard = early || arrival.inlet.drain().await.is_ok();
            heard.then(|| arrival.form.denial(&denial))
        }
        Err(End::Cut) => None,
    };
    log.request.bytes = arrival.inlet.seen;
    let lost = effect == Some(Effect::AnswerLost);
    let Some(mut reply) = reply.filter(|_| !lost) else { return Err(()) };
    log.request.status = Some(reply.status);
    log.request.code.clone_from(&reply.code);
    mishap::twist(effect.as_ref(), &mut reply);
    Ok(send(cloud, &arrival, effect.as_ref(), reply))
}

fn send(cloud: &Cloud, arrival: &Arrival, effect: Option<&Effect>, reply: Reply) -> Response {
    let shown = cloud.clock.shown();
    let told = reply.headers.iter().any(|(name, _)| *name == "content-length");
    let length = reply.body.len();
    let body = mishap::body(effect, reply.body, &arrival.line);
    let mut response = Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::BAD_GATEWAY);
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    for (name, value) in &reply.headers {
        put(name, value);
    }
    put("date", &http_date(shown));
    for (name, value) in cors::headers(&arrival.head) {
        put(name, value);
    }
    if arrival.form.shape == crate::reply::Shape::Oss {
        put("server", "AliyunOSS");
        put("x-oss-request-id", &arrival.form.request_id);
        put("x-oss-server-time", "5");
    } else {
        put("x-acs-request-id", &arrival.form.request_id);
    }
    let length = mishap::length(effect, length);
    if !told && reply.status != 204 {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}
