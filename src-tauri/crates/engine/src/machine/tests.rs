//! Every reachable state, walked: the rules of the machine hold in all of them.

use super::*;
use std::collections::{HashMap, HashSet, VecDeque};

const FAULTS: [Code; 13] = [
    Code::NetOffline,
    Code::ReqThrottle,
    Code::FileSilent,
    Code::ReqServer,
    Code::CredExpired,
    Code::OssNoupload,
    Code::MediaGone,
    Code::FileGone,
    Code::FileChanged,
    Code::AuthKey,
    Code::ReqMeta,
    Code::OssCrc,
    Code::Unknown,
];
const W: Weather =
    Weather { now: 1_000_000, base: 500, cap: 60_000, attempts: 2, grace: 8_000, chance: 0.5 };

fn inputs(t: &State) -> Vec<Input> {
    let mut all: Vec<Input> =
        [Command::Run, Command::Pause, Command::Cancel, Command::Uncancel, Command::Restart]
            .map(Input::Command)
            .into();
    all.push(Input::Granted);
    all.push(Input::Due);
    if let Some(verb) = t.running {
        all.push(Input::Done(verb));
        all.push(Input::Halted(verb));
        all.extend(FAULTS.map(|code| Input::Failed(verb, Fault::of(code))));
        match verb {
            Verb::Open | Verb::Verify => all.push(Input::Landed(verb)),
            Verb::Send => all.extend([Input::Stored, Input::Landed(verb)]),
            Verb::Seal => {
                all.extend([Input::Landed(verb), Input::Recount, Input::Pending { until: 1 }]);
            }
            Verb::Track => all.push(Input::Pending { until: 1 }),
            Verb::Inspect | Verb::Reserve | Verb::Discard => {}
        }
    }
    all
}

/// Time is always late enough here and counts are clamped, so the space is finite.
fn normal(mut t: State) -> State {
    if let Health::Resting { fault, .. } = t.health {
        t.health = Health::Resting { until: 0, fault };
    }
    t.grace = t.grace.map(|_| 0);
    t.misses = t.misses.min(3);
    t.quiet = t.quiet.min(1);
    t.looks = t.looks.min(1);
    t
}

type Edge = (Input, State, Vec<Effect>);

fn explore() -> HashMap<State, Vec<Edge>> {
    let mut graph = HashMap::new();
    let mut queue = VecDeque::from([
        State::new(Wish::Run, true),
        State::new(Wish::Run, false),
        State::new(Wish::Pause, true),
    ]);
    while let Some(t) = queue.pop_front() {
        if graph.contains_key(&t) {
            continue;
        }
        let mut edges = vec![];
        for input in inputs(&t) {
            let (mut u, mut out) = (t.clone(), vec![]);
            step(&mut u, input.clone(), &W, &mut out);
            let u = normal(u);
            queue.push_back(u.clone());
            edges.push((input, u, out));
        }
        graph.insert(t, edges);
    }
    graph
}

#[test]
fn every_state_keeps_the_rules_and_can_reach_an_end() {
    let graph = explore();
    println!("states {} edges {}", graph.len(), graph.values().map(Vec::len).sum::<usize>());
    for (t, edges) in &graph {
        for (input, u, out) in edges {
            let says = || format!("{t:?} --{input:?}--> {u:?} {out:?}");
            // 1. At most one verb: Start only when nothing ran.
            if out.iter().any(|e| matches!(e, Effect::Start(_))) {
                assert!(t.running.is_none() && u.running.is_some(), "{}", says());
                assert!(matches!(input, Input::Granted), "{}", says());
            }
            // 2. The phase only falls together with forgetting what lies beyond.
            if u.phase < t.phase {
                assert!(out.contains(&Effect::Forget(u.phase)), "{}", says());
            }
            // 3. Final is final.
            if t.is_final() {
                assert!(u.phase == t.phase && out.is_empty(), "{}", says());
            }
            // 4. A rest and a grace always have a wake-up booked.
            let rests = |s: &State| matches!(s.health, Health::Resting { .. });
            if (rests(u) && !rests(t)) || (u.grace.is_some() && t.grace.is_none()) {
                assert!(out.iter().any(|e| matches!(e, Effect::WakeAt(_))), "{}", says());
            }
            // 5. A fault never spins: it rests, sticks, is counted, ends, or waits for the end of a cancel.
            if let Input::Failed(..) = input {
                assert!(
                    u.health != Health::Well
                        || u.relapses > t.relapses
                        || u.is_final()
                        || u.wish == Wish::Cancel
                        || (t.misses == 0 && out == &[Effect::ForgetPass]),
                    "{}",
                    says()
                );
            }
            // 6. Nothing that exists in the cloud is ever discarded, and nothing within the grace.
            if out.contains(&Effect::Start(Verb::Discard)) {
                assert!(t.phase < Phase::Sealed && t.grace.is_none(), "{}", says());
            }
            // 7. Paused transfers start nothing.
            if t.wish == Wish::Pause {
                assert!(!out.iter().any(|e| matches!(e, Effect::Start(_))), "{}", says());
            }
            // 8. A cancel within its grace can be taken back; one that cleans up cannot.
            if t.wish == Wish::Cancel && *input == Input::Command(Command::Uncancel) {
                assert_eq!(
                    u.wish != Wish::Cancel,
                    t.grace.is_some() && !t.is_final(),
                    "{}",
                    says()
                );
            }
        }
    }
    // 9. From everywhere an end is reachable.
    let mut good: HashSet<&State> = graph.keys().filter(|t| t.is_final()).collect();
    loop {
        let before = good.len();
        for (t, edges) in &graph {
            if !good.contains(t) && edges.iter().any(|(_, u, _)| good.contains(u)) {
                good.insert(t);
            }
        }
        if good.len() == before {
            break;
        }
    }
    assert_eq!(good.len(), graph.len());
    // 10. No limbo: what wants to move, is not final and does not run has a next verb, rests, waits or is stuck.
    for t in graph.keys() {
        if t.wish != Wish::Pause && !t.is_final() && t.running.is_none() {
            assert!(
                t.next().is_some() || t.health != Health::Well || t.grace.is_some(),
                "limbo {t:?}"
            );
        }
    }
}

#[test]
fn whoever_is_made_to_wait_never_gives_up_and_busy_does() {
    let mut t = State::new(Wish::Run, true);
    for code in [Code::NetOffline, Code::ReqThrottle, Code::FileSilent] {
        for verb in [Verb::Inspect, Verb::Reserve, Verb::Send, Verb::Track] {
            for _ in 0..50 {
                t.running = Some(verb);
                step(&mut t, Input::Failed(verb, Fault::of(code)), &W, &mut vec![]);
                assert!(matches!(t.health, Health::Resting { .. }));
                assert_eq!(t.misses, 0, "{code:?}");
            }
        }
    }
    // Nor does a cancel leave behind what it could not clean up meanwhile.
    let mut cancelled = State { wish: Wish::Cancel, ..State::new(Wish::Run, true) };
    for _ in 0..50 {
        cancelled.running = Some(Verb::Discard);
        let throttled = Input::Failed(Verb::Discard, Fault::of(Code::ReqThrottle));
        step(&mut cancelled, throttled, &W, &mut vec![]);
        assert!(matches!(cancelled.health, Health::Resting { .. }));
    }
    for _ in 0..=W.attempts {
        t.running = Some(Verb::Send);
        step(&mut t, Input::Failed(Verb::Send, Fault::of(Code::ReqServer)), &W, &mut vec![]);
    }
    assert_eq!(t.stuck().map(|f| f.code), Some(Code::ReqServer));
}

#[test]
fn rests_grow_to_the_cap_and_heed_the_far_side() {
    let w = Weather { chance: 1.0, ..W };
    assert_eq!([1, 2, 3, 20].map(|n| backoff(n, &w)), [500, 1_000, 2_000, 60_000]);
    let (mut t, mut out) = (State::new(Wish::Run, true), vec![]);
    t.running = Some(Verb::Reserve);
    let mut fault = Fault::of(Code::ReqThrottle);
    fault.after_ms = Some(9_000);
    step(&mut t, Input::Failed(Verb::Reserve, fault), &w, &mut out);
    assert_eq!(out, [Effect::WakeAt(w.now + 9_000)]);
    // Whatever is asked for: an hour at most, of every class that heeds it, and no overflow.
    for code in [Code::ReqThrottle, Code::ReqServer] {
        for asked in [LONGEST_PAUSE + 1, u64::MAX] {
            let mut fault = Fault::of(code);
            fault.after_ms = Some(asked);
            (t, out) = (State::new(Wish::Run, true), vec![]);
            t.running = Some(Verb::Reserve);
            step(&mut t, Input::Failed(Verb::Reserve, fault), &w, &mut out);
            assert_eq!(out, [Effect::WakeAt(w.now + LONGEST_PAUSE)]);
        }
    }
    // Each further time it is longer, with nothing said about how long.
    let rests = [500, 1_000, 2_000, 4_000].map(|expected| {
        t.running = Some(Verb::Reserve);
        t.health = Health::Well;
        out.clear();
        t.quiet = if expected == 500 { 0 } else { t.quiet };
        step(&mut t, Input::Failed(Verb::Reserve, Fault::of(Code::ReqThrottle)), &w, &mut out);
        out == [Effect::WakeAt(w.now + expected)]
    });
    assert_eq!(rests, [true; 4]);
}
