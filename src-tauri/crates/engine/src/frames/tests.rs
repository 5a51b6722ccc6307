//! The headline over every mixture of rows.

use super::*;

/// What a row may be, as far as the headline can tell rows apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Uploading,
    Waiting,
    Paused,
    Held,
    Undecided,
    /// Bytes are at storage, and VOD has not said that it has them.
    Arriving,
    /// VOD has it and works on it.
    Processing,
    Failed,
    Done,
    Cancelled,
}

const ALL: [Kind; 10] = [
    Kind::Uploading,
    Kind::Waiting,
    Kind::Paused,
    Kind::Held,
    Kind::Undecided,
    Kind::Arriving,
    Kind::Processing,
    Kind::Failed,
    Kind::Done,
    Kind::Cancelled,
];

fn of(kind: Kind) -> Share {
    let status = match kind {
        Kind::Uploading => Status::Uploading,
        Kind::Waiting | Kind::Undecided => Status::Waiting,
        Kind::Paused => Status::Paused,
        Kind::Held => Status::Held,
        Kind::Arriving | Kind::Processing => Status::Processing,
        Kind::Failed => Status::Failed,
        Kind::Done => Status::Done,
        Kind::Cancelled => Status::Cancelled,
    };
    let runs = matches!(kind, Kind::Uploading | Kind::Waiting | Kind::Held);
    Share {
        status: Some(status),
        undecided: kind == Kind::Undecided,
        busy: runs || matches!(kind, Kind::Paused | Kind::Arriving),
        can_pause: runs,
        can_resume: kind == Kind::Paused,
        ..Share::default()
    }
}

/// Every mixture of rows, none to one of each kind, against what is said of it.
#[test]
fn the_headline_is_true_of_every_mixture() {
    for mixture in 0..1_u32 << ALL.len() {
        let there: Vec<Kind> = ALL
            .into_iter()
            .enumerate()
            .filter(|(n, _)| mixture >> n & 1 == 1)
            .map(|(_, k)| k)
            .collect();
        let has = |kind| there.contains(&kind);
        let mut sums = Sums::default();
        for kind in &there {
            sums.swap(Share::default(), of(*kind));
        }
        let moving = has(Kind::Uploading) || has(Kind::Waiting);
        let expected = match () {
            () if there.is_empty() => Hero::Empty,
            () if moving => Hero::Left,
            () if has(Kind::Held) => Hero::Held,
            () if has(Kind::Paused) => Hero::Paused,
            () if has(Kind::Arriving) => Hero::Almost,
            () if has(Kind::Processing) => Hero::Processing,
            () => Hero::Idle,
        };
        assert_eq!(sums.hero(true, false, Some(60_000)), expected, "{there:?}");
        let unfinished = moving || has(Kind::Held) || has(Kind::Paused) || has(Kind::Arriving);
        let offline = if unfinished { Hero::Offline } else { expected };
        assert_eq!(sums.hero(false, true, None), offline, "{there:?}, offline");
        let needs = u32::from(has(Kind::Failed)) + u32::from(has(Kind::Undecided));
        assert_eq!(sums.counts.failed, needs, "{there:?}");
        assert_eq!(sums.counts.all as usize, there.len(), "{there:?}");
        assert_eq!(sums.can_pause > 0, moving || has(Kind::Held), "{there:?}");
        assert_eq!(sums.can_resume > 0, has(Kind::Paused), "{there:?}");
        for kind in &there {
            sums.swap(of(*kind), Share::default());
        }
        assert_eq!(sums.hero(true, false, None), Hero::Empty, "{there:?}, taken out again");
    }
}

#[test]
fn what_goes_along_with_a_video_is_waited_for_and_not_counted() {
    let mut sums = Sums::default();
    sums.swap(Share::default(), of(Kind::Done));
    sums.swap(Share::default(), Share { child: true, ..of(Kind::Uploading) });
    assert_eq!(sums.hero(true, false, None), Hero::Almost);
    assert_eq!((sums.counts.all, sums.counts.active), (1, 0));
}
