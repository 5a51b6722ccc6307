//! The only place a transfer's state changes. Pure: no clock, no chance, no disk, no network.

use crate::fault::{Class, Code, Fault};
use crate::model::{Millis, Phase, Wish};

/// How the last verb went.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// Nothing is wrong.
    Well,
    /// Waits; the fault says why, none when the cloud is simply still at work.
    Resting {
        /// When it goes on.
        until: Millis,
        /// Why it rests.
        fault: Option<Fault>,
    },
    /// Needs the person.
    Stuck(Fault),
}

/// What turns one fact into the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Look at the file.
    Inspect,
    /// Get a media id and an address.
    Reserve,
    /// Get an upload id.
    Open,
    /// Send the bytes.
    Send,
    /// Complete.
    Seal,
    /// Compare checksums.
    Verify,
    /// Ask VOD how far it is.
    Track,
    /// Clean up after a cancel.
    Discard,
}

/// What the person can ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Go on, or try again now.
    Run,
    /// Hold still, keep everything.
    Pause,
    /// Give up; taken back by `Uncancel` until the cleaning starts.
    Cancel,
    /// Take a cancel back.
    Uncancel,
    /// Forget everything and start over.
    Restart,
}

/// Closed: everything that can ever happen to a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The person asks.
    Command(Command),
    /// The dispatcher gave it a slot.
    Granted,
    /// The verb became a fact.
    Done(Verb),
    /// VOD itself says it has the whole file, whatever we knew.
    Landed(Verb),
    /// The verb looked; the cloud is still at work.
    Pending {
        /// When to look again.
        until: Millis,
    },
    /// Complete named parts the server does not have: they must be counted again.
    Recount,
    /// The verb stopped because we asked it to.
    Halted(Verb),
    /// The verb failed.
    Failed(Verb, Fault),
    /// One more part is safe.
    Stored,
    /// A rest or the time to take a cancel back is over.
    Due,
}

/// What the dispatcher must do after recording the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Start the verb.
    Start(Verb),
    /// Stop the running verb.
    Halt,
    /// Send `Due` then.
    WakeAt(Millis),
    /// Forget every fact beyond this phase.
    Forget(Phase),
    /// Forget the upload credential.
    ForgetPass,
}

/// Rules of resting, and the moment; all that a step must be told.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// The time.
    pub now: Millis,
    /// Length of the first rest, ms.
    pub base: Millis,
    /// Longest rest, ms.
    pub cap: Millis,
    /// Counted faults in a row before the person is asked.
    pub attempts: u32,
    /// How long a cancel may be taken back, ms.
    pub grace: Millis,
    /// Chance, 0 to 1: rests are spread so that many transfers do not come back at once.
    pub chance: f64,
}

/// The three axes of a transfer and what counts their changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// What the person wants.
    pub wish: Wish,
    /// What is true.
    pub phase: Phase,
    /// How the last verb went.
    pub health: Health,
    /// Memory only: after a crash nothing runs.
    pub running: Option<Verb>,
    /// Until then a cancel can be taken back and nothing is cleaned up.
    pub grace: Option<Millis>,
    /// What the person wanted before the cancel.
    pub before: Wish,
    /// VOD can renew the credential of this kind.
    pub renewable: bool,
    /// Counted faults since the last progress.
    pub misses: u32,
    /// Rests since the last progress that are never a reason to give up: no network, a service that asks to wait.
    pub quiet: u32,
    /// Times we looked without news.
    pub looks: u32,
    /// Times the phase fell back since the person last asked.
    pub relapses: u32,
}

/// A far side that asks for a longer pause (Retry-After) is asked again after an hour: such an answer may be a mistake.
pub const LONGEST_PAUSE: Millis = 3_600_000;

/// After this many falls in a row the person is asked.
pub const MAX_RELAPSES: u32 = 3;

impl State {
    /// A new one.
    pub fn new(wish: Wish, renewable: bool) -> Self {
        Self {
            wish,
            phase: Phase::Found,
            health: Health::Well,
            running: None,
            grace: None,
            before: Wish::Run,
            renewable,
            misses: 0,
            quiet: 0,
            looks: 0,
            relapses: 0,
        }
    }

    /// The next thing to do, if anything: the whole schedule of one transfer.
    pub fn next(&self) -> Option<Verb> {
        if self.running.is_some() || self.health != Health::Well {
            return None;
        }
        match self.wish {
            Wish::Pause => None,
            Wish::Cancel if self.grace.is_some() || self.is_final() => None,
            Wish::Cancel => Some(Verb::Discard),
            Wish::Run => match self.phase {
                Phase::Found => Some(Verb::Inspect),
                Phase::Planned => Some(Verb::Reserve),
                Phase::Reserved => Some(Verb::Open),
                Phase::Opened => Some(Verb::Send),
                Phase::Sent => Some(Verb::Seal),
                Phase::Sealed => Some(Verb::Verify),
                Phase::Verified => Some(Verb::Track),
                Phase::Settled | Phase::Discarded => None,
            },
        }
    }

    /// Nothing can happen to it any more.
    pub fn is_final(&self) -> bool {
        matches!(self.phase, Phase::Settled | Phase::Discarded)
    }

    /// The fault that needs the person.
    pub fn stuck(&self) -> Option<&Fault> {
        match &self.health {
            Health::Stuck(fault) => Some(fault),
            Health::Well | Health::Resting { .. } => None,
        }
    }

    fn ask_again(&mut self) {
        self.health = Health::Well;
        (self.misses, self.quiet, self.looks, self.relapses) = (0, 0, 0, 0);
    }
}

/// Takes one input; appends what must be done to `out`.
pub fn step(t: &mut State, input: Input, w: &Weather, out: &mut Vec<Effect>) {
    match input {
        Input::Command(command) => self::command(t, command, w, out),
        Input::Granted => {
            if let Some(verb) = t.next() {
                t.running = Some(verb);
                out.push(Effect::Start(verb));
            }
        }
        Input::Done(verb) => done(t, verb),
        Input::Landed(verb) => {
            t.running = None;
            // Bytes are judged by VOD alone from here on; a discarded or settled one stays what it is.
            if verb != Verb::Discard && !t.is_final() {
                t.health = Health::Well;
                (t.misses, t.quiet, t.looks) = (0, 0, 0);
                t.phase = t.phase.max(Phase::Verified);
                too_late(t);
            }
        }
        Input::Pending { until } => {
            t.running = None;
            (t.misses, t.quiet) = (0, 0);
            t.looks += 1;
            if t.wish != Wish::Cancel {
                rest(t, until, None, out);
            }
        }
        Input::Recount => {
            t.running = None;
            if t.wish != Wish::Cancel {
                relapse(t, Phase::Opened, Fault::of(Code::OssPart), out);
            }
        }
        Input::Halted(_) => t.running = None,
        Input::Failed(verb, fault) => {
            t.running = None;
            fail(t, verb, fault, w, out);
        }
        Input::Stored => (t.misses, t.quiet) = (0, 0),
        Input::Due => {
            if let Health::Resting { until, .. } = t.health
                && w.now >= until
            {
                t.health = Health::Well;
            }
            if t.grace.is_some_and(|until| w.now >= until) {
                t.grace = None;
            }
        }
    }
}

fn command(t: &mut State, command: Command, w: &Weather, out: &mut Vec<Effect>) {
    if t.is_final() {
        return;
    }
    if t.wish == Wish::Cancel {
        // A cancel is taken back only until the cleaning starts, and by nothing else.
        if command == Command::Uncancel && t.running != Some(Verb::Discard) && t.grace.is_some() {
            t.wish = t.before;
            t.grace = None;
            t.ask_again();
        }
        return;
    }
    match command {
        Command::Uncancel => {}
        Command::Run => {
            t.wish = Wish::Run;
            t.ask_again();
        }
        Command::Pause => {
            t.wish = Wish::Pause;
            if t.running.is_some() {
                out.push(Effect::Halt);
            }
        }
        Command::Cancel => {
            // The object exists: deleting media is another, confirmed act.
            if t.phase >= Phase::Sealed {
                return;
            }
            t.before = t.wish;
            t.wish = Wish::Cancel;
            t.ask_again();
            t.grace = Some(w.now + w.grace);
            out.push(Effect::WakeAt(w.now + w.grace));
            if t.running.is_some() {
                out.push(Effect::Halt);
            }
        }
        Command::Restart => {
            t.wish = Wish::Run;
            if t.running.is_none() {
                fall_back(t, Phase::Found, out);
                out.push(Effect::ForgetPass);
            }
            t.ask_again();
        }
    }
}

fn done(t: &mut State, verb: Verb) {
    t.running = None;
    t.health = Health::Well;
    (t.misses, t.quiet, t.looks) = (0, 0, 0);
    t.phase = match verb {
        Verb::Inspect => Phase::Planned,
        Verb::Reserve => Phase::Reserved,
        Verb::Open => Phase::Opened,
        Verb::Send => Phase::Sent,
        Verb::Seal => Phase::Sealed,
        Verb::Verify => Phase::Verified,
        Verb::Track => Phase::Settled,
        Verb::Discard => Phase::Discarded,
    };
    too_late(t);
}

/// A cancel that arrives while the object comes into being is refused: it is whole.
fn too_late(t: &mut State) {
    if t.wish == Wish::Cancel && t.phase >= Phase::Sealed && t.phase != Phase::Discarded {
        t.wish = Wish::Run;
        t.grace = None;
    }
}

fn fail(t: &mut State, verb: Verb, fault: Fault, w: &Weather, out: &mut Vec<Effect>) {
    let class = fault.code.class();
    if verb == Verb::Discard {
        // Cleaning up is a courtesy: what is left vanishes by itself after 7 days, so it never blocks a cancel.
        if matches!(class, Class::Offline | Class::Wait) {
            return wait(t, fault, w, out);
        }
        t.misses += 1;
        if class == Class::Busy && t.misses < w.attempts {
            rest(t, pause(t.misses, &fault, w), Some(fault), out);
        } else {
            t.phase = Phase::Discarded;
            t.health = Health::Well;
        }
        return;
    }
    if t.wish == Wish::Cancel {
        return; // nobody wants it any more; what was true stays true for an undo
    }
    match class {
        Class::Offline | Class::Wait => wait(t, fault, w, out),
        Class::Busy => {
            t.misses += 1;
            if t.misses > w.attempts {
                t.health = Health::Stuck(fault);
            } else {
                rest(t, pause(t.misses, &fault, w), Some(fault), out);
            }
        }
        Class::PassExpired if t.renewable => {
            t.misses += 1;
            out.push(Effect::ForgetPass);
            if t.misses > w.attempts {
                t.health = Health::Stuck(fault);
            } else if t.misses > 1 {
                rest(t, w.now + backoff(t.misses, w), Some(fault), out);
            }
        }
        // What was whole once and is gone was deleted by somebody: only the person brings it back.
        Class::MediaGone if t.phase >= Phase::Sealed => t.health = Health::Stuck(fault),
        Class::PassExpired | Class::MediaGone => {
            out.push(Effect::ForgetPass);
            relapse(t, Phase::Planned, fault, out);
        }
        Class::UploadGone => relapse(t, Phase::Reserved, fault, out),
        // The object is already there and VOD may work on it: sending again is the person's decision.
        Class::Corrupt
        | Class::SourceGone
        | Class::SourceChanged
        | Class::Denied
        | Class::Rejected
        | Class::Bug => t.health = Health::Stuck(fault),
    }
}

/// Something we held to be true is not true any more: go back to the last thing that is.
fn relapse(t: &mut State, phase: Phase, fault: Fault, out: &mut Vec<Effect>) {
    t.relapses += 1;
    if t.relapses > MAX_RELAPSES {
        t.health = Health::Stuck(fault);
    } else {
        fall_back(t, phase, out);
    }
}

fn fall_back(t: &mut State, phase: Phase, out: &mut Vec<Effect>) {
    t.phase = t.phase.min(phase);
    out.push(Effect::Forget(t.phase));
}

/// Nobody did anything wrong: longer each time, for as long as it takes.
fn wait(t: &mut State, fault: Fault, w: &Weather, out: &mut Vec<Effect>) {
    t.quiet = t.quiet.saturating_add(1);
    rest(t, pause(t.quiet, &fault, w), Some(fault), out);
}

/// When the next try may be: as the far side asks, and later the more often it failed.
fn pause(attempt: u32, fault: &Fault, w: &Weather) -> Millis {
    let asked = fault.after_ms.unwrap_or(0).min(LONGEST_PAUSE);
    w.now.saturating_add(backoff(attempt, w).max(asked))
}

fn rest(t: &mut State, until: Millis, fault: Option<Fault>, out: &mut Vec<Effect>) {
    t.health = Health::Resting { until, fault };
    out.push(Effect::WakeAt(until));
}

/// Full jitter, but never less than a tenth: a rest of nothing is no rest.
pub fn backoff(attempt: u32, w: &Weather) -> Millis {
    let top = w.base.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(w.cap).max(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rest of at most minutes, spread by chance"
    )]
    let spread = (top as f64 * w.chance.clamp(0.1, 1.0)) as Millis;
    spread.max(1)
}

#[cfg(test)]
mod tests;
