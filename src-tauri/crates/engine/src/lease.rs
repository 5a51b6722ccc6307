//! The upload credential of one transfer: fresh when asked for, renewed once for all who ask. Memory only, never written.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use vodlift_cloud::grant::region_of_host;
use vodlift_cloud::server::Server;
use vodlift_cloud::vod::{By, Vod};
use vodlift_cloud::{Address, Credential, Pass, Secret, Signing};

pub use vodlift_cloud::Grant;

use crate::fault::{Class, Code, Fault, Side};
use crate::meter::Tap;
use crate::model::{Millis, Phase, Place};
use crate::verbs::{self, Stop};
use crate::work::Work;

/// Who pays and how.
#[derive(Clone, Debug)]
pub struct Account {
    /// Name of the profile.
    pub name: String,
    /// Which VOD.
    pub vod: Vod,
    /// Where credentials come from.
    pub issuer: Issuer,
    /// Calls to VOD per second, all transfers together.
    pub calls: Arc<Tap>,
}

/// Where upload credentials come from.
#[derive(Clone, Debug)]
pub enum Issuer {
    /// Vodlift asks VOD itself.
    Key(Credential),
    /// A program of the person's company asks.
    Server {
        /// Its address.
        url: String,
        /// Sent as a bearer token.
        secret: Option<Secret>,
    },
}

#[derive(Debug)]
struct Held {
    pass: Arc<Pass>,
    life: Duration,
    ends: Instant,
}

/// The pass of one transfer.
#[derive(Debug, Default)]
pub struct Lease {
    held: Mutex<Option<Held>>,
    /// How OSS wants to be signed for, once it has refused another way; outlives the pass.
    signing: Mutex<Option<Signing>>,
    /// Where VOD put the object at the last renewal, when that differs from where it was.
    moved: Mutex<Option<Place>>,
    /// One renewal at a time; holds when the next early one may be tried.
    renewing: tokio::sync::Mutex<Option<Instant>>,
    /// How many renewals have ended, and how the last one failed: those who waited for it share its end.
    ended: Mutex<(u64, Option<Stop>)>,
}

impl Lease {
    /// Takes what was issued for a transfer.
    pub(crate) fn take(&self, w: &Work, address: &Address, mut pass: Pass, received: Timestamp) {
        // OSS: an acceleration endpoint names no region; the chosen storage does, the API's is the last guess (oss.md 1.3).
        let storage = w.t.about.storage.as_deref().and_then(region_of_host);
        let api = || w.account.as_deref().map(|a| a.vod.region().to_owned());
        pass.bucket_region = storage.or_else(|| pass.region.clone()).or_else(api);
        // Its end is written by the clock of VOD. A credential server's own clock says nothing about it; storage's does.
        let storage = || w.client.clock(&address.authority());
        let clock = w.account.as_deref().and_then(|a| w.client.clock(&a.vod.host()));
        self.hold(pass, received, clock.or_else(storage));
    }

    /// Holds a pass as it was issued.
    pub fn hold(&self, mut pass: Pass, received: Timestamp, clock: Option<SignedDuration>) {
        let life = pass.life(received, clock);
        pass.signing.clone_from(&self.signing.lock().unwrap_or_else(PoisonError::into_inner));
        let held = Held { pass: Arc::new(pass), life, ends: Instant::now() + life };
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }

    /// Forgets it.
    pub fn forget(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The server refuses this very pass; a newer one stays.
    pub(crate) fn refuse(&self, pass: &Arc<Pass>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_some_and(|h| Arc::ptr_eq(&h.pass, pass)) {
            *held = None;
        }
    }

    /// Signs in another way from now on.
    pub(crate) fn sign_with(&self, signing: Signing) {
        *self.signing.lock().unwrap_or_else(PoisonError::into_inner) = Some(signing.clone());
        if let Some(held) = self.held.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            let mut pass = (*held.pass).clone();
            pass.signing = Some(signing);
            held.pass = Arc::new(pass);
        }
    }

    /// Time left and whole life, while one is held. Monotonic: the wall clock may jump.
    pub fn view(&self) -> Option<(Millis, Millis)> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map(|h| {
            (
                crate::config::ms(h.ends.saturating_duration_since(Instant::now())),
                crate::config::ms(h.life),
            )
        })
    }

    /// Where VOD moved the object to, once.
    pub(crate) fn take_moved(&self) -> Option<Place> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The pass, and whether it should be renewed although it still lives.
    fn current(&self) -> Option<(Arc<Pass>, bool)> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref()?;
        let left = held.ends.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| (held.pass.clone(), left <= margin(held.life)))
    }

    /// A pass good for one more request.
    pub(crate) async fn pass(&self, w: &Work) -> Result<Arc<Pass>, Stop> {
        match self.current() {
            Some((pass, false)) => return Ok(pass),
            // Nothing follows these, so they serve to their end.
            Some((pass, true)) if w.t.pasted || !w.t.kind.renews() || whole(w) => return Ok(pass),
            Some(_) | None => {}
        }
        let before = self.renewals();
        let mut not_before = self.renewing.lock().await;
        let old = match self.current() {
            Some((pass, false)) => return Ok(pass),
            Some((pass, true)) => {
                if not_before.is_some_and(|at| Instant::now() < at) {
                    return Ok(pass);
                }
                Some(pass)
            }
            None => None,
        };
        // Asked while we stood in line: its failure is ours. The next one is asked after a rest.
        if old.is_none()
            && let Some(stop) = self.failed_since(before)
        {
            return Err(stop);
        }
        w.meter.set_refreshing(true);
        let renewed = self.renew(w, old.is_some()).await;
        w.meter.set_refreshing(false);
        self.note(renewed.as_ref().err());
        match (renewed, old) {
            (Ok(()), _) => {
                *not_before = None;
                self.current()
                    .map(|(pass, _)| pass)
                    .ok_or(Stop::Fault(Fault::of(Code::CredExpired)))
            }
            // The old one still lives: go on with it, and ask again a little later.
            (Err(Stop::Fault(fault)), Some(pass))
                if matches!(fault.code.class(), Class::Wait | Class::Busy | Class::Offline) =>
            {
                let left = self.view().map_or(0, |(left, _)| left);
                let pause =
                    w.config.rest.base.max(Duration::from_millis(left / 10)).min(w.config.rest.cap);
                *not_before = Some(Instant::now() + pause);
                w.line("renew.later", vec![("code", fault.code.as_str().to_owned())]).await;
                Ok(pass)
            }
            (Err(stop), _) => Err(stop),
        }
    }

    fn renewals(&self) -> u64 {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn failed_since(&self, before: u64) -> Option<Stop> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.1.clone().filter(|_| ended.0 > before)
    }

    fn note(&self, failure: Option<&Stop>) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended = (ended.0 + 1, failure.cloned());
    }

    async fn renew(&self, w: &Work, early: bool) -> Result<(), Stop> {
        if w.t.pasted {
            return Err(Fault::of(Code::CredPastedExpired).into());
        }
        if !w.t.kind.renews() {
            // It may have arrived although the answer was lost; otherwise it has to be reserved anew.
            if w.doubt
                && let Some(status) = verbs::status(w).await?.known()
                && status.received()
            {
                return Err(Stop::Landed(status.word));
            }
            return Err(Fault::of(Code::CredExpired).into());
        }
        let (Some(account), Some(media)) = (&w.account, &w.t.media) else {
            return Err(Fault::of(Code::KeyNone).into());
        };
        // A refresh of a video VOD already has would hand out the right to overwrite it (protocol/vod.md 5.2).
        // Where it may not be asked, an unfinished one is refreshed and then its parts are looked at; a whole one is let be.
        if whole(w) || !early && w.doubt {
            match verbs::status(w).await?.known() {
                Some(status) if status.received() => return Err(Stop::Landed(status.word)),
                None if whole(w) => return Err(Fault::of(Code::CredExpired).into()),
                Some(_) | None => {}
            }
        }
        let received = (w.edge.now)();
        let reservation = match &account.issuer {
            Issuer::Key(key) => {
                verbs::vod(w, || w.client.refresh_video(&account.vod, key, By::Id(media)))
                    .await
                    .map_err(|e| (e, Side::Vod))
            }
            Issuer::Server { url, secret } => {
                let server = Server::new(url, secret.clone())
                    .map_err(|e| verbs::fault(w, &e, Side::Server))?;
                w.client.server_refresh(&server, media).await.map_err(|e| (e, Side::Server))
            }
        };
        let reservation = reservation.map_err(|(error, side)| {
            let mut fault = verbs::fault(w, &error, side);
            if fault.code == Code::ReqServer {
                fault.code = Code::CredRefresh;
                fault = fault.with("minutes", self.view().map_or(0, |(left, _)| left / 60_000));
            }
            fault
        })?;
        w.shared.heard();
        if reservation.media_id != *media {
            // A credential for another media would send our bytes there.
            return Err(verbs::elsewhere(w, "media id").into());
        }
        verbs::fits(w, &reservation.grant.address)?;
        let place = place_of(&reservation.grant.address);
        if w.t.place.as_ref().is_some_and(|old| *old != place) {
            // The stored address is tried first: its parts are there (protocol/vod.md 5.2).
            *self.moved.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        }
        self.take(w, &reservation.grant.address, reservation.grant.pass, received);
        w.line("renewed", vec![]).await;
        if let Some(id) = reservation.request_id {
            w.tell(crate::work::Note::Request(id)).await;
        }
        Ok(())
    }
}

/// The object is there: another pass would be the right to overwrite it.
fn whole(w: &Work) -> bool {
    w.t.state.phase >= Phase::Sealed
}

/// Renew when 500 s are left, or a sixth of a shorter life.
fn margin(life: Duration) -> Duration {
    (life / 6).min(Pass::RENEW_BEFORE)
}

pub(crate) fn place_of(address: &Address) -> Place {
    Place {
        endpoint: address.endpoint().to_owned(),
        bucket: address.bucket().to_owned(),
        object: address.object().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(id: &str) -> Pass {
        Pass::new(Credential { id: id.into(), secret: Secret::new("s".into()), token: None })
    }

    #[test]
    fn a_pass_lives_as_long_as_it_says_and_is_renewed_in_time() {
        let lease = Lease::default();
        assert!(lease.current().is_none() && lease.view().is_none());
        lease.hold(pass("a"), "2026-11-22T00:00:00Z".parse().unwrap(), None);
        let (left, life) = lease.view().unwrap();
        assert_eq!(life, 3_000_000);
        assert!(left > 2_990_000);
        assert!(!lease.current().unwrap().1);
        assert_eq!(margin(Duration::from_mins(50)), Duration::from_secs(500));
        assert_eq!(margin(Duration::from_mins(1)), Duration::from_secs(10));
    }

    #[test]
    fn who_waited_for_a_renewal_shares_its_failure_and_nobody_else_does() {
        let lease = Lease::default();
        let (first, second) = (lease.renewals(), lease.renewals());
        assert!(lease.failed_since(first).is_none());
        lease.note(Some(&Fault::of(Code::CredRefresh).into()));
        let code = |before| match lease.failed_since(before) {
            Some(Stop::Fault(fault)) => Some(fault.code),
            Some(Stop::Landed(_)) | None => None,
        };
        assert_eq!(code(second), Some(Code::CredRefresh));
        assert_eq!(code(lease.renewals()), None, "asked after it: a try of its own");
        lease.note(None);
        assert_eq!(code(second), None, "it went well since");
    }

    #[test]
    fn only_the_refused_pass_is_dropped() {
        let (lease, now) = (Lease::default(), Timestamp::UNIX_EPOCH);
        lease.hold(pass("a"), now, None);
        let old = lease.current().unwrap().0;
        lease.hold(pass("b"), now, None);
        lease.refuse(&old);
        assert_eq!(lease.current().unwrap().0.credential.id, "b");
        let new = lease.current().unwrap().0;
        lease.refuse(&new);
        assert!(lease.current().is_none());
    }

    #[test]
    fn debug_of_a_lease_shows_no_secret() {
        let lease = Lease::default();
        let mut p = pass("a");
        p.credential.secret = Secret::new("very-secret".into());
        lease.hold(p, Timestamp::UNIX_EPOCH, None);
        assert!(!format!("{lease:?}").contains("very-secret"));
    }
}
