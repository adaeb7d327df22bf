//! Hands a task from whoever asked for it to the worker, without a detour through the database.
//!
//! A task that is going to be handed over is stored as already held. Should this coordinator die on the way, another
//! takes the task when that lease has run out, as with any other.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use merkato_commerce::time::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{App, Error};
use crate::store::records::{OrderRecord, TaskRecord};

/// Tasks under way at a time: more would only queue at the payments service. It is about as many: what the database
/// gives takes no room from the orders that are placed meanwhile.
const UNDER_WAY_MAX: usize = 64;
/// How long a task is ours before another coordinator may take it; far longer than any of its calls can last.
pub const LEASE: Duration = Duration::from_mins(1);

/// Room for one more task to be under way.
pub struct Room(
    #[expect(dead_code, reason = "held, and given back when it is dropped")] OwnedSemaphorePermit,
);

/// A task that this coordinator holds, with the order as it was committed.
pub struct HandedOver {
    /// What is to be done.
    pub task: TaskRecord,
    /// What it is to be done for.
    pub record: Arc<OrderRecord>,
    /// Given back when the task is no longer under way.
    pub room: Room,
}

/// Where tasks are handed over.
pub struct Handover {
    room: Arc<Semaphore>,
    /// None while no worker takes any.
    worker: Mutex<Option<mpsc::UnboundedSender<HandedOver>>>,
}

impl Default for Handover {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(UNDER_WAY_MAX)), worker: Mutex::new(None) }
    }
}

impl Handover {
    /// A worker is there and takes tasks, until it closes what it gets here.
    pub fn open(&self) -> mpsc::UnboundedReceiver<HandedOver> {
        // Bounded by the room that each of them has.
        let (sender, receiver) = mpsc::unbounded_channel();
        *self.worker.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }

    /// Room for a task, if there is any.
    pub fn room(&self) -> Option<Room> {
        Arc::clone(&self.room).try_acquire_owned().ok().map(Room)
    }

    /// For how many tasks there is room.
    pub fn free(&self) -> u32 {
        u32::try_from(self.room.available_permits()).unwrap_or(u32::MAX)
    }

    /// Waits until there is some.
    pub async fn wait_for_room(&self) {
        // Never closed, so there is nothing to go wrong.
        let _ = self.room.acquire().await;
    }

    fn worker(&self) -> Option<mpsc::UnboundedSender<HandedOver>> {
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        worker.filter(|worker| !worker.is_closed())
    }
}

impl App {
    /// Room for a task that is going to be handed over; none if the worker has enough to do, or there is none.
    pub(super) fn room_to_hand_over(&self) -> Option<Room> {
        self.handover.worker()?;
        self.handover.room()
    }

    /// Until when a task is held that is taken now.
    pub(crate) fn lease_end(&self) -> Timestamp {
        let lease_ms = i64::try_from(self.settings.lease.as_millis()).unwrap_or(i64::MAX);
        self.clock.now().plus_milliseconds(lease_ms)
    }

    /// Hands a committed task over.
    pub(super) async fn hand_over(&self, task: TaskRecord, record: Arc<OrderRecord>, room: Room) {
        let handed = HandedOver { task, record, room };
        let refused = match self.handover.worker() {
            Some(worker) => worker.send(handed).err().map(|error| error.0),
            None => Some(handed),
        };
        // The worker has stopped meanwhile.
        if let Some(HandedOver { task, .. }) = refused {
            self.give_back(task, self.clock.now()).await;
        }
    }

    /// Gives a task back that is held here, to be tried again at `run_at`.
    pub(crate) async fn give_back(&self, task: TaskRecord, run_at: Timestamp) {
        let id = task.id;
        let task = Arc::new(task);
        let given_back = self.store.write(move |transaction| {
            let task = Arc::clone(&task);
            Box::pin(async move { Ok::<_, Error>(transaction.postpone_task(&task, run_at).await?) })
        });
        match given_back.await {
            Ok(()) => self.wake.ring_for(run_at),
            Err(error) => {
                tracing::error!(task.id = %id, %error, "a task could not be given back; its lease will run out");
            }
        }
    }
}
