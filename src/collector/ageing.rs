//! Owns when the collector lets go of what is too old: whenever a new day has begun. By which day is [`crate::days::believed`].

use crate::collector::calendar::Day;
use crate::collector::store::Writer;
use std::time::Duration;

/// How often it looks whether a new day has begun.
pub const LOOK: Duration = Duration::from_secs(3600);

/// Lets go of what is older than `keep_days`, now and on every new day. What could not be deleted is tried again at the
/// next look.
pub async fn daily(writer: Writer, keep_days: i64, today: impl Fn() -> Day, look: Duration) {
    let mut looks = tokio::time::interval(look);
    let mut done = None;
    loop {
        looks.tick().await;
        let today = today();
        if done != Some(today) && writer.age(today, keep_days).await.is_ok() {
            done = Some(today);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::admission::{Admitted, Version};
    use crate::collector::calendar::DAY;
    use crate::collector::store::{self, Batch, Readers};
    use onramp_shim::catalog::Command;
    use onramp_shim::schema::{self, Event};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    use uuid::Uuid;

    const TODAY: Day = 20_000;

    fn event(day: Day) -> Admitted {
        let (command, duration) = (Command::make(b"start"), schema::Duration::of_millis(1200));
        Admitted {
            uuid: Uuid::new_v4(),
            install: Uuid::new_v4(),
            at: day * DAY + 1,
            version: Version::of_number(1),
            event: Event::CommandExecuted { command, success: true, duration },
        }
    }

    /// The days of the events that are left, once the oldest is this one.
    async fn days(readers: &Readers, oldest: Day) -> Vec<Day> {
        let sql = format!("SELECT at / {DAY} FROM event ORDER BY at");
        loop {
            let read = |db: &rusqlite::Connection| db.prepare(&sql)?.query_map([], |row| row.get(0))?.collect();
            let days: Vec<Day> = readers.read(read).unwrap();
            if days.first() == Some(&oldest) {
                return days;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn each_new_day_lets_go_of_one_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = store::make(folder.path()).unwrap();
        let (writer, writing) = Writer::start(&path).unwrap();
        let batch = Batch { events: (TODAY - 400..=TODAY).map(event).collect(), refused: Vec::new() };
        assert_eq!(writer.store(batch).await, Ok(401));
        let clock = Arc::new(AtomicI64::new(TODAY));
        let told = Arc::clone(&clock);
        let look = Duration::from_millis(1);
        let ageing = tokio::spawn(daily(writer.clone(), 365, move || told.load(Ordering::Relaxed), look));
        let readers = Readers::of(&path);
        assert_eq!(days(&readers, TODAY - 364).await.len(), 365);
        for tomorrow in 1..=3 {
            clock.store(TODAY + tomorrow, Ordering::Relaxed);
            assert_eq!(
                days(&readers, TODAY - 364 + tomorrow).await,
                (TODAY - 364 + tomorrow..=TODAY).collect::<Vec<_>>()
            );
        }
        // A clock that was set back brings nothing back, and takes nothing away.
        clock.store(TODAY - 100, Ordering::Relaxed);
        assert_eq!(writer.store(Batch { events: vec![event(TODAY)], refused: Vec::new() }).await, Ok(1));
        assert_eq!(days(&readers, TODAY - 361).await.len(), 363);
        ageing.abort();
        writer.stop().await;
        writing.join().unwrap();
    }

    #[tokio::test]
    async fn a_clock_that_is_years_ahead_costs_a_month_at_most() {
        const AHEAD: Day = TODAY + 4_000;
        let folder = tempfile::tempdir().unwrap();
        let path = store::make(folder.path()).unwrap();
        for begin in [true, false] {
            let (writer, writing) = Writer::start(&path).unwrap();
            if begin {
                assert_eq!(writer.age(AHEAD, 365).await, Ok(0));
                assert_eq!(writer.age(TODAY, 365).await, Ok(0), "nothing is kept yet: the right clock counts at once");
                let events = (TODAY - 364..=TODAY).map(event).collect();
                assert_eq!(writer.store(Batch { events, refused: Vec::new() }).await, Ok(365));
                assert_eq!(writer.age(AHEAD, 365).await, Ok(30));
            }
            assert_eq!(writer.age(AHEAD, 365).await, Ok(0), "not once more at each start");
            let late = Batch { events: vec![event(TODAY - 300)], refused: Vec::new() };
            assert_eq!(writer.store(late).await, Ok(1), "what is kept is still taken");
            writer.stop().await;
            writing.join().unwrap();
        }
        let (writer, writing) = Writer::start(&path).unwrap();
        assert_eq!(writer.age(TODAY + 1, 365).await, Ok(0), "set right again");
        assert_eq!(writer.age(TODAY + 2, 30).await, Ok(309), "another --keep-days is a wish, and counts at once");
        writer.stop().await;
        writing.join().unwrap();
    }
}
