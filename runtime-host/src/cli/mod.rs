//! The command line.

mod audit;
mod coordinator;
mod env;
mod migrate;
mod outbox;
mod people;
mod rotate_key;
mod search;
mod seed;
mod signals;
mod token;
mod up;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use merkato_commerce::{money::Currency, order::Capture};
use merkato_contract::order::Seller;
use tokio::net::TcpListener;

use crate::{
    app::{ANSWER_WAIT, REMIND_AFTER, RESERVATION, Settings, handover::LEASE},
    coordinator::{DRAIN_MAX, Drain},
    data_folder::DataFolder,
    databases::Databases,
    outbox::{RETENTION, Subscriber, configuration},
    system::SystemEntropy,
    telemetry::{self, LogFormat},
};

/// An online shop made of WebAssembly components: its coordinator, and the tools around it.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    /// What to log: a level, or levels by module, such as `merkato=debug,warn`.
    #[arg(
        long,
        global = true,
        env = "MERKATO_LOG",
        default_value = "merkato=info,warn",
        value_name = "FILTER"
    )]
    log: String,
    /// How to write logs.
    #[arg(long, global = true, env = "MERKATO_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole shop in this process: coordinator, services, and on first start the demo catalogue.
    Up(up::Up),
    /// Run the coordinator alone, for services that run elsewhere.
    Coordinator(coordinator::RunCoordinator),
    /// Print the settings for a `spin up` beside `merkato coordinator`; use with `eval`.
    Env(env::PrintEnv),
    /// Create the shop's tables, or bring them up to date.
    Migrate(migrate::Migrate),
    /// Hold the till's books against the rules that must always hold.
    Audit(audit::Audit),
    /// Load a catalogue into a running shop.
    Seed(seed::Seed),
    /// Build the index of the search service anew.
    Search(search::Search),
    /// See, replay or drop events that a subscriber did not take.
    Outbox(outbox::Outbox),
    /// Print an access token of the development key, to try staff endpoints with.
    Token(token::PrintToken),
    /// Sign access tokens with a new development key from the next start on.
    RotateKey(rotate_key::RotateKey),
}

/// Where a laptop's shop keeps its data.
#[derive(Debug, Clone, Args)]
struct DataOptions {
    /// Folder for development keys, and for databases unless there is a server; made if it is missing.
    #[arg(long, env = "MERKATO_DATA_DIR", default_value = ".merkato", value_name = "FOLDER")]
    data_dir: PathBuf,
    /// PostgreSQL database for all tables, each service's in a schema of its own; SQLite in the data folder if not
    /// given.
    #[arg(long, env = "MERKATO_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
}

impl DataOptions {
    fn open(&self) -> anyhow::Result<DataFolder> {
        Ok(DataFolder::open(&self.data_dir, &SystemEntropy)?)
    }

    fn databases(&self) -> anyhow::Result<Databases> {
        Databases::of(self.database_url.as_deref()).context("--database-url")
    }
}

/// Where the application and its built components are.
#[derive(Debug, Clone, Args)]
struct ManifestOptions {
    /// The Spin manifest of the shop.
    #[arg(long, env = "MERKATO_MANIFEST", default_value = "spin.toml", value_name = "FILE")]
    manifest: PathBuf,
    /// The component that prices carts.
    #[arg(
        long,
        env = "MERKATO_PRICING_POLICY",
        default_value = "target/wasm32-wasip2/wasm/merkato_pricing_standard.wasm",
        value_name = "FILE"
    )]
    pricing_policy: PathBuf,
    /// Folder for compiled components, which several shops may share; inside the data folder if not given.
    #[arg(long, env = "MERKATO_CACHE_DIR", value_name = "FOLDER")]
    cache_dir: Option<PathBuf>,
}

impl ManifestOptions {
    fn cache(&self, folder: &DataFolder) -> PathBuf {
        self.cache_dir.clone().unwrap_or_else(|| folder.services().join("code-cache"))
    }
}

/// How the till behaves.
#[derive(Debug, Clone, Args)]
struct TillOptions {
    /// Currency of prices and carts (ISO 4217).
    #[arg(long, env = "MERKATO_CURRENCY", default_value = "USD", value_name = "CODE", value_parser = currency)]
    currency: Currency,
    /// How long a placed order holds its stock before it must be paid for.
    #[arg(long, env = "MERKATO_RESERVATION_SECONDS", default_value_t = RESERVATION.as_secs(), value_name = "SECONDS")]
    reservation_seconds: u64,
    /// How long the answer to placing an order waits for the payment.
    #[arg(long, env = "MERKATO_ANSWER_WAIT_SECONDS", default_value_t = ANSWER_WAIT.as_secs(), value_name = "SECONDS")]
    answer_wait_seconds: u64,
    /// When the money of an order is taken: when the parcel leaves, or as soon as the order is confirmed.
    #[arg(long, env = "MERKATO_CAPTURE", default_value = Capture::Shipment.name(), value_name = "WHEN", value_parser = capture())]
    capture: Capture,
    /// How long a user's cart is left alone before its owner is reminded of it, if they want to hear of offers; 0 for
    /// never.
    #[arg(long, env = "MERKATO_REMIND_AFTER_SECONDS", default_value_t = REMIND_AFTER.as_secs(), value_name = "SECONDS")]
    remind_after_seconds: u64,
    /// Who sells, by the name that the business is registered under; stands on invoices.
    #[arg(long, env = "MERKATO_SELLER_NAME", default_value = "Merkato", value_name = "NAME")]
    seller_name: String,
    /// Where the seller is registered: a line each, by semicolons.
    #[arg(long, env = "MERKATO_SELLER_ADDRESS", value_delimiter = ';', value_name = "LINES")]
    seller_address: Vec<String>,
    /// By which the tax office knows the seller.
    #[arg(long, env = "MERKATO_SELLER_TAX_ID", value_name = "ID")]
    seller_tax_id: Option<String>,
    /// A service of this shop that hears of all events, as `name=url`; may be given several times. It gets the
    /// service token: name others in a file of subscriptions.
    #[arg(long = "subscriber", env = "MERKATO_SUBSCRIBERS", value_delimiter = ',', value_name = "NAME=URL", value_parser = subscriber)]
    subscribers: Vec<Subscriber>,
    /// File of subscriptions (TOML): who hears of which events, and how.
    #[arg(long, env = "MERKATO_SUBSCRIPTIONS", value_name = "FILE")]
    subscriptions: Option<PathBuf>,
    /// How long a payment that a coordinator has begun to ask for is left to it; when it is gone, another takes it over
    /// after that.
    #[arg(long, env = "MERKATO_LEASE_SECONDS", default_value_t = LEASE.as_secs(), value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(LEASE_SECONDS_MIN..=LEASE_SECONDS_MAX))]
    lease_seconds: u64,
    /// How long events are kept after everybody has heard of them.
    #[arg(long, env = "MERKATO_EVENT_RETENTION_DAYS", default_value_t = RETENTION.as_secs() / DAY_SECONDS, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..=RETENTION_DAYS_MAX))]
    event_retention_days: u64,
}

/// Shortest lease that can be set, in seconds: a call to the payments service may last ten, and its answer must be
/// stored in time.
const LEASE_SECONDS_MIN: u64 = 15;
/// Longest lease that can be set, in seconds: half of an order's usual reservation, which must outlive it.
const LEASE_SECONDS_MAX: u64 = 450;
/// Seconds of a day.
const DAY_SECONDS: u64 = 24 * 60 * 60;
/// Longest retention that can be set, in days: ten years, the longest that books must be kept.
const RETENTION_DAYS_MAX: u64 = 3_660;

impl TillOptions {
    /// How the till behaves, for a shop at `public_url` whose own services, `own`, hear of events.
    fn settings(&self, public_url: String, own: Vec<Subscriber>) -> anyhow::Result<Settings> {
        Ok(Settings {
            currency: self.currency,
            reservation: Duration::from_secs(self.reservation_seconds),
            answer_wait: Duration::from_secs(self.answer_wait_seconds),
            lease: Duration::from_secs(self.lease_seconds),
            remind_after: Some(Duration::from_secs(self.remind_after_seconds))
                .filter(|after| !after.is_zero()),
            seller: self.seller(),
            capture: self.capture,
            subscribers: self.all_subscribers(own)?.into(),
            public_url,
        })
    }

    fn seller(&self) -> Seller {
        let lines = self.seller_address.iter().map(|line| line.trim().to_owned());
        Seller {
            name: self.seller_name.clone(),
            address: lines.filter(|line| !line.is_empty()).collect(),
            tax_id: self.seller_tax_id.clone().filter(|id| !id.is_empty()),
        }
    }

    fn event_retention(&self) -> Duration {
        Duration::from_secs(self.event_retention_days * DAY_SECONDS)
    }

    /// Those of the flags and those of the file, and each of the shop's `own` unless one of those has its name: an
    /// operator may have it hear of events in another way.
    fn all_subscribers(&self, own: Vec<Subscriber>) -> anyhow::Result<Vec<Subscriber>> {
        let mut subscribers = self.subscribers.clone();
        if let Some(file) = &self.subscriptions {
            subscribers.extend(subscriptions(file)?);
        }
        for (place, subscriber) in subscribers.iter().enumerate() {
            let name = &subscriber.name;
            anyhow::ensure!(
                subscribers[..place].iter().all(|other| &other.name != name),
                "--subscriber: {name} is subscribed twice; give each its own name"
            );
        }
        for own in own {
            if subscribers.iter().all(|other| other.name != own.name) {
                subscribers.push(own);
            }
        }
        Ok(subscribers)
    }
}

fn subscriptions(file: &Path) -> anyhow::Result<Vec<Subscriber>> {
    configuration::read(file, &|name| std::env::var(name).ok()).context("--subscriptions")
}

/// How the till ends.
#[derive(Debug, Clone, Args)]
struct DrainOptions {
    /// How long to go on serving after a signal to stop, while /readyz says no, so that traffic can leave first.
    #[arg(long, env = "MERKATO_DRAIN_DELAY_SECONDS", default_value_t = 0, value_name = "SECONDS")]
    drain_delay_seconds: u64,
    /// How long requests and payments under way may take to finish after that.
    #[arg(long, env = "MERKATO_DRAIN_SECONDS", default_value_t = DRAIN_MAX.as_secs(), value_name = "SECONDS")]
    drain_seconds: u64,
}

impl DrainOptions {
    fn drain(&self) -> Drain {
        Drain {
            delay: Duration::from_secs(self.drain_delay_seconds),
            limit: Duration::from_secs(self.drain_seconds),
        }
    }
}

fn currency(text: &str) -> Result<Currency, String> {
    text.parse().map_err(|invalid: merkato_commerce::Invalid| invalid.message)
}

fn capture() -> impl clap::builder::TypedValueParser<Value = Capture> {
    let names = Capture::ALL.iter().map(|capture| capture.name());
    PossibleValuesParser::new(names).try_map(|name| Capture::from_name(&name).ok_or("is neither"))
}

fn subscriber(text: &str) -> Result<Subscriber, String> {
    let (name, url) = text.split_once('=').ok_or("must be NAME=URL")?;
    Subscriber::service(name, url).map_err(|error| error.to_string())
}

/// Runs what the command line asks for.
pub async fn run() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let telemetry = telemetry::start(arguments.log_format, &arguments.log)?;
    let done = arguments.command.run().await;
    telemetry.stop().await;
    done
}

impl Command {
    async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Up(up) => up.run().await,
            Self::Coordinator(coordinator) => coordinator.run().await,
            Self::Env(env) => env.run(),
            Self::Migrate(migrate) => migrate.run().await,
            Self::Audit(audit) => audit.run().await,
            Self::Seed(seed) => seed.run().await,
            Self::Search(search) => search.run().await,
            Self::Outbox(outbox) => outbox.run().await,
            Self::Token(token) => token.run(),
            Self::RotateKey(rotate_key) => rotate_key.run(),
        }
    }
}

/// Listens at `address`; `flag` is what to change if that cannot be.
async fn listen(address: SocketAddr, flag: &str) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("cannot listen at {address}; free that port or choose another with {flag}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        till: TillOptions,
    }

    #[test]
    fn the_seller_stands_on_as_many_lines_as_are_given() {
        let seller = |flags: &[&str]| {
            let flags = ["merkato"].into_iter().chain(flags.iter().copied());
            Flags::try_parse_from(flags).expect("flags").till.seller()
        };
        let given =
            seller(&["--seller-name", "Hanna PLC", "--seller-address", "Bole Road 1; 1000 Addis Ababa;"]);
        assert_eq!((given.name.as_str(), given.tax_id), ("Hanna PLC", None));
        assert_eq!(given.address, ["Bole Road 1", "1000 Addis Ababa"]);
        assert!(seller(&[]).address.is_empty());
    }

    #[test]
    fn a_subscription_by_the_name_of_a_service_of_the_shop_takes_its_place() {
        let flags = ["merkato", "--subscriber", "reviews=http://elsewhere/,mail=http://mail/"];
        let flags = Flags::try_parse_from(flags).expect("flags");
        let own = ["notifications", "reviews"]
            .map(|name| Subscriber::service(name, "http://shop/").expect("a service"));
        let subscribers = flags.till.all_subscribers(own.to_vec()).expect("subscribers");
        let names = subscribers.iter().map(|subscriber| subscriber.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names, ["reviews", "mail", "notifications"]);
        assert!(format!("{:?}", subscribers[0].target).contains("elsewhere"));
    }
}
