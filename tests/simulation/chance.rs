//! What would be chance in the world, drawn from a seed.

use merkato::outbox::Limits;

/// `SplitMix64` (Steele, Lea, Flood 2014): a few lines that never change, so that a seed from an old report still
/// means the same run of luck.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).expect("a usize fits")).expect("below a usize")
    }

    /// A number from `first` to `last`.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        let span = u64::try_from(last - first + 1).expect("first comes first");
        first + i64::try_from(self.next() % span).expect("within the span")
    }

    pub fn percent(&mut self, percent: u32) -> bool {
        self.next() % 100 < u64::from(percent)
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// One of the things that weigh more than nothing; the heavier, the likelier.
    pub fn weighed<T: Copy>(&mut self, of: &[(u32, T)]) -> Option<T> {
        let whole: u32 = of.iter().map(|(weight, _)| weight).sum();
        if whole == 0 {
            return None;
        }
        let mut place = u32::try_from(self.next() % u64::from(whole)).expect("below a u32");
        for (weight, thing) in of {
            if place < *weight {
                return Some(*thing);
            }
            place -= weight;
        }
        None
    }
}

/// How a run of the simulation is inclined. Each seed draws its own, and leaves some things out altogether: a shop in
/// which everything happens all the time never gets far enough for the rare things to meet.
#[derive(Debug, Clone)]
pub struct Swarm {
    pub coordinators: usize,
    pub shoppers: usize,
    pub skus: usize,
    /// Orders that are under way, or through, when the run begins.
    pub past: u32,
    /// Percent of turns after which the same actor goes on.
    pub patience: u32,
    pub go_on: u32,
    pub together: u32,
    pub shopper: u32,
    pub staff: u32,
    pub look: u32,
    pub webhook: u32,
    pub decide: u32,
    pub change_mind: u32,
    pub take_unasked: u32,
    pub lapse: u32,
    pub stray: u32,
    pub time_passes: u32,
    /// A worker sleeps until another has taken what it is at.
    pub oversleep: u32,
    pub crash: u32,
    pub hang_up: u32,
    /// A coordinator stops as it should, gives back what is under way, and starts again.
    pub stop: u32,
    /// Percent of transactions that fail.
    pub database_away: u32,
    /// Percent of writes that stand once more before anybody hears of them.
    pub unheard: u32,
    /// Percent of coordinators that take money when an order is confirmed.
    pub captures_at_once: u32,
    /// Percent of coordinators whose worker takes tasks from whoever asks for them.
    pub hands_over: u32,
    pub delivery_tries_max: u32,
    pub parallel_deliveries: u32,
    pub temper: Temper,
}

/// How reliable the outside is, in percent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Temper {
    pub question_lost: u32,
    pub answer_lost: u32,
    /// Approvals that also come as a webhook.
    pub webhook_besides: u32,
    /// Events that a subscriber refuses.
    pub refused: u32,
}

impl Swarm {
    pub fn draw(chance: &mut Chance) -> Self {
        let mut some = |percent: u32, most: i64| {
            if chance.percent(percent) {
                u32::try_from(chance.between(1, most)).expect("a weight")
            } else {
                0
            }
        };
        Self {
            coordinators: 1 + some(70, 1) as usize,
            shoppers: 1 + some(90, 3) as usize,
            skus: 1 + some(80, 2) as usize,
            past: some(45, 2),
            patience: some(90, 95),
            // In some shops everybody waits, until many come at once.
            go_on: if some(35, 1) > 0 { 6 } else { 30 },
            together: some(70, 12),
            shopper: 10 + some(50, 10),
            staff: some(85, 20),
            look: 14,
            webhook: 4,
            decide: some(80, 3),
            change_mind: some(40, 8),
            take_unasked: some(30, 3),
            lapse: some(30, 3),
            stray: 3,
            time_passes: some(80, 6),
            oversleep: some(60, 12),
            crash: some(40, 2),
            hang_up: some(40, 2),
            stop: some(30, 1),
            database_away: some(30, 10),
            unheard: some(60, 40),
            captures_at_once: [0, 50, 100][some(100, 3) as usize - 1],
            hands_over: some(75, 100),
            delivery_tries_max: if some(20, 1) > 0 { 2 } else { Limits::TRIES_MAX },
            parallel_deliveries: some(100, 4),
            temper: Temper {
                question_lost: some(50, 30),
                answer_lost: some(60, 40),
                webhook_besides: some(60, 100),
                refused: some(60, 50),
            },
        }
    }
}
