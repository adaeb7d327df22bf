//! A simulation of the till: the real rules, the real coordinator's work and the real store, in a world where
//! everything else is decided by a seed. Shoppers, staff, a gateway, subscribers, several coordinators, lost answers,
//! crashes and time meet in any order; after each step the books are held against the rules in [`invariants`].
//!
//! The same seed is the same run. A seed that breaks a rule prints what happened and how to see it again. SQLite plays
//! most of the seeds, since it is quicker; PostgreSQL plays some.
//!
//! | variable | what it does |
//! |---|---|
//! | `MERKATO_SIMULATION_SEED` | plays this one seed, and prints its trace |
//! | `MERKATO_SIMULATION_SEEDS` | how many seeds are played, from `MERKATO_SIMULATION_FIRST` on |
//! | `MERKATO_SIMULATION_FIRST` | the first of them; 0 if it is not given |
//! | `MERKATO_SIMULATION_STEPS` | at most so many steps of each |
//!
//! ```sh
//! MERKATO_SIMULATION_FIRST=1000000 MERKATO_SIMULATION_SEEDS=100000 cargo test --workspace --test simulation sqlite
//! ```
//!
//! In reading order: [`world`] says what may happen, [`turns`] lets it happen one after the other, [`shoppers`] and
//! [`staff`] ask for things, [`workers`] do them, [`gateway`] and [`subscribers`] are asked; [`books`] are held against
//! [`invariants`], against [`requests`] and what was said to them, and against the [`leases`] of workers. Another
//! engine is another [`database`].

mod books;
mod chance;
mod database;
mod gateway;
mod invariants;
mod leases;
mod requests;
mod shop;
mod shoppers;
mod staff;
mod subscribers;
mod turns;
mod workers;
mod world;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chance::Chance;
use database::{Place, PostgresPlace};
use world::{Violation, World};

/// Seeds that `cargo test` plays on SQLite.
const SEEDS: u64 = 10_000;
/// Seeds that it plays on PostgreSQL, where each takes several times as long.
const POSTGRES_SEEDS: u64 = 300;
/// Fewest and most steps of a run.
const STEPS: (i64, i64) = (30, 90);
/// A run that takes longer than that of real time hangs.
const RUN_MAX: Duration = Duration::from_mins(1);

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    trace: Vec<String>,
    steps: usize,
    violation: Option<Violation>,
}

/// A number from the environment.
fn given(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, and is {text:?}")))
}

/// Plays one seed, at most `steps_max` steps of it.
fn play(seed: u64, steps_max: usize, place: &Place) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.block_on(async { tokio::time::timeout(RUN_MAX, run(seed, steps_max, place)).await })
    }));
    match played {
        Ok(Ok(run)) => run,
        Ok(Err(_)) => panic!("seed {seed} hangs"),
        Err(panic) => {
            eprintln!("seed {seed} panics");
            std::panic::resume_unwind(panic)
        }
    }
}

async fn run(seed: u64, steps_max: usize, place: &Place) -> Run {
    let mut world = match World::open(seed, place.database().await).await {
        Ok(world) => world,
        Err(violation) => return Run { trace: Vec::new(), steps: 0, violation: Some(violation) },
    };
    let drawn = Chance::new(seed.rotate_left(32)).between(STEPS.0, STEPS.1);
    let steps_max = steps_max.min(usize::try_from(drawn).expect("a few"));
    let mut steps = 0;
    let mut played = Ok(());
    while played.is_ok() && steps < steps_max {
        steps += 1;
        played = world.step().await;
    }
    if played.is_ok() {
        played = world.calm_down().await;
    }
    Run { trace: world.trace, steps, violation: played.err() }
}

/// The fewest steps of a failing seed that still break a rule: what comes later cannot be the cause.
fn shortened(seed: u64, failed: Run, place: &Place) -> Run {
    let (mut fine, mut shortest) = (0, failed);
    while fine + 1 < shortest.steps {
        let middle = usize::midpoint(fine, shortest.steps);
        let run = play(seed, middle, place);
        if run.violation.is_some() { shortest = run } else { fine = middle }
    }
    shortest
}

fn report(seed: u64, run: &Run, place: &Place) -> String {
    let trace = run.trace.join("\n");
    let rule = run.violation.as_ref().map_or("every rule held", |violation| &violation.0);
    format!(
        "{trace}\nseed {seed}, {steps} steps: {rule}\nsee it again: MERKATO_SIMULATION_SEED={seed} \
         MERKATO_SIMULATION_STEPS={steps} cargo test --workspace --test simulation {engine} -- --nocapture",
        steps = run.steps,
        engine = place.engine(),
    )
}

/// Plays `seeds`, at each of `places` one at a time; gives the first failure.
fn play_all(seeds: std::ops::Range<u64>, steps_max: usize, places: &[Place]) -> Option<(u64, Run)> {
    let (next, stop) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for place in places {
            let (next, stop, failures) = (&next, &stop, &failures);
            scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end {
                        return;
                    }
                    let run = play(seed, steps_max, place);
                    if run.violation.is_some() {
                        stop.store(true, Ordering::SeqCst);
                        failures.lock().expect("nobody panics with it").push((seed, run));
                    }
                }
            });
        }
    });
    failures.into_inner().expect("nobody panicked").into_iter().min_by_key(|(seed, _)| *seed)
}

/// Plays what the environment says, or `seeds`.
fn play_given(seeds: u64, places: &[Place]) {
    let steps_max = given("MERKATO_SIMULATION_STEPS")
        .map_or(usize::MAX, |steps| usize::try_from(steps).expect("a number of steps"));
    if let Some(seed) = given("MERKATO_SIMULATION_SEED") {
        let run = play(seed, steps_max, &places[0]);
        println!("{}", report(seed, &run, &places[0]));
        assert_eq!(run.violation, None);
        return;
    }
    let first = given("MERKATO_SIMULATION_FIRST").unwrap_or(0);
    let seeds = given("MERKATO_SIMULATION_SEEDS").unwrap_or(seeds);
    if let Some((seed, run)) = play_all(first..first + seeds, steps_max, places) {
        panic!("{}", report(seed, &shortened(seed, run, &places[0]), &places[0]));
    }
}

/// Runs at a time: twice as many as cores, because a run often waits for its database.
fn runs_at_a_time() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
}

#[test]
fn the_till_keeps_its_books_on_sqlite_whatever_happens() {
    play_given(SEEDS, &vec![Place::Sqlite; runs_at_a_time()]);
}

#[test]
fn the_till_keeps_its_books_on_postgresql_whatever_happens() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut places = Vec::new();
    for _ in 0..runs_at_a_time() {
        let Some(place) = runtime.block_on(PostgresPlace::create()) else { return };
        places.push(Place::Postgres(place));
    }
    play_given(POSTGRES_SEEDS, &places);
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..20 {
        let [once, again] = [0; 2].map(|_| play(seed, usize::MAX, &Place::Sqlite));
        assert_eq!(once, again, "seed {seed}");
    }
}
