//! Ways to do the same, timed in turn.
//!
//! A machine that slows down slows all ways of a round, so what is looked at is
//! the ratio that each round has. The median of these is told with the interval
//! that holds it in 95 of 100 resamples, and only if that interval is as narrow
//! as was claimed.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

/// Rounds before it is asked whether they are enough, and from then on between.
const ROUNDS: usize = 20;

/// Rounds after which it is said that the machine is too restless.
const MOST_ROUNDS: usize = 400;

/// As many, where a quick look is enough.
const MOST_QUICK_ROUNDS: usize = 20;

const RESAMPLES: usize = 1_000;

/// A way, which tells how long it took.
pub(crate) type Way<'a> = &'a mut dyn FnMut() -> Duration;

/// What is to be known of the times of a round.
pub(crate) struct Claim<const N: usize> {
    pub(crate) name: &'static str,
    pub(crate) of: fn([f64; N]) -> f64,
    /// How far either end of the interval may be from the median, as a share
    /// of it.
    pub(crate) within: f64,
}

/// A median with its interval.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// Times the ways until all claims can be told or it is clear that they cannot,
/// and prints what is known. The ratios are in the order of the claims.
pub(crate) fn compare<const N: usize>(
    title: &str,
    mut ways: [Way<'_>; N],
    claims: &[Claim<N>],
) -> Vec<Ratio> {
    let most = if is_quick() {
        MOST_QUICK_ROUNDS
    } else {
        MOST_ROUNDS
    };
    // What is made once belongs to no round.
    round(&mut ways, 0);
    let mut rounds: Vec<[f64; N]> = Vec::new();
    loop {
        let from = rounds.len();
        rounds.extend((from..from + ROUNDS).map(|turn| round(&mut ways, turn)));
        let ratios = claims.iter().map(|claim| claim.ratio(&rounds));
        let ratios: Vec<Ratio> = ratios.collect();
        let mut both = claims.iter().zip(&ratios);
        if rounds.len() >= most || both.all(|(claim, ratio)| claim.is_known(*ratio)) {
            for (claim, ratio) in claims.iter().zip(&ratios) {
                claim.tell(title, *ratio);
            }
            return ratios;
        }
    }
}

/// How long the work takes.
pub(crate) fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// Whether `--quick` was asked for.
pub(crate) fn is_quick() -> bool {
    std::env::args().any(|argument| argument == "--quick")
}

/// Each way once; another one begins in each round.
fn round<const N: usize>(ways: &mut [Way<'_>; N], turn: usize) -> [f64; N] {
    let mut times = [0.0; N];
    for at in (0..N).map(|at| (at + turn) % N) {
        times[at] = ways[at]().as_secs_f64();
    }
    times
}

impl<const N: usize> Claim<N> {
    fn ratio(&self, rounds: &[[f64; N]]) -> Ratio {
        let values: Vec<f64> = rounds.iter().map(|times| (self.of)(*times)).collect();
        let mut random = fastrand::Rng::with_seed(0);
        let mut resample = || {
            let drawn = (0..values.len()).map(|_| values[random.usize(..values.len())]);
            median(drawn.collect())
        };
        let mut medians: Vec<f64> = (0..RESAMPLES).map(|_| resample()).collect();
        medians.sort_by(f64::total_cmp);
        Ratio {
            low: medians[RESAMPLES / 40],
            high: medians[RESAMPLES - 1 - RESAMPLES / 40],
            median: median(values),
        }
    }

    fn is_known(&self, ratio: Ratio) -> bool {
        ratio.half_width() <= self.within
    }

    fn tell(&self, title: &str, ratio: Ratio) {
        let Self { name, within, .. } = self;
        let [is, claimed] = [ratio.half_width(), *within].map(|share| share * 100.0);
        if self.is_known(ratio) {
            println!("{title}: {name} = {ratio}");
        } else {
            println!(
                "{title}: {name} is not known here: its interval is ±{is:.0} %, \
                 and ±{claimed:.0} % is claimed"
            );
        }
    }
}

impl Ratio {
    /// Of the interval, as a share of the median.
    fn half_width(self) -> f64 {
        let most = (self.high - self.median).max(self.median - self.low);
        most / self.median.abs()
    }
}

impl Display for Ratio {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { median, low, high } = self;
        write!(f, "{median:.3} ({low:.3} to {high:.3})")
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}
