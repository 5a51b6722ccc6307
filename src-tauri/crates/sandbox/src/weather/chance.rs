//! Weather by dice: the same seed gives every request the same fate, in whatever order they come. Knows no rules.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::{Effect, Scene};

/// Random weather: `intensity` of all requests meet with something a good client survives.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    seed: u64,
    intensity: f64,
    /// How often each request was seen: the second try throws new dice.
    tries: HashMap<u64, u64>,
}

impl Chance {
    pub(super) fn new(seed: u64, intensity: f64) -> Self {
        Self { seed, intensity, tries: HashMap::new() }
    }

    pub(super) fn strike(&mut self, scene: Scene<'_>) -> Option<Effect> {
        let who = hash(&(self.seed, scene.action, scene.object, scene.part));
        let tries = self.tries.entry(who).or_default();
        *tries += 1;
        let dice = hash(&(who, *tries));
        if unit(dice) >= self.intensity {
            return None;
        }
        let small = hash(&(dice, "size"));
        Some(match hash(&(dice, "effect")) % 9 {
            0 => Effect::Cut { after: None },
            1 => Effect::Cut { after: Some(small % (256 * 1024)) },
            2 => Effect::Stall { time: Some(Duration::from_millis(small % 400)), after: None },
            3 => Effect::Refuse {
                status: 503,
                code: if scene.oss { "ServiceUnavailable" } else { "ServiceUnAvailable" }.into(),
                retry: None,
                early: false,
            },
            4 if scene.oss => Effect::WrongCrc,
            5 => Effect::AnswerLost,
            6 => Effect::Half,
            7 => Effect::Slow { time: Duration::from_millis(small % 400) },
            _ => Effect::Refuse {
                status: 500,
                code: "InternalError".into(),
                retry: None,
                early: false,
            },
        })
    }
}

/// A number in 0..1 that is different each time.
pub(super) fn roll() -> f64 {
    use std::hash::BuildHasher;
    unit(std::collections::hash_map::RandomState::new().hash_one(0))
}

fn hash(of: &impl Hash) -> u64 {
    // Its keys are fixed: the same seed tells the same story on every run.
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

#[expect(clippy::cast_precision_loss, reason = "53 of 64 bits of chance are chance enough")]
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
