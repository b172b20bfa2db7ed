//! The job queue: leases, retries, hand-overs, on both databases.

mod charges;
mod probe;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use diesel::prelude::*;
use numberbank::app::kinds;
use numberbank::db::schema::job_request;
use numberbank::db::{Conn, DbError};
use numberbank::jobs::{self, JobRow, JobStatus, Kinds, LEASE, Runner};
use numberbank::state::App;

use crate::on_both;
use crate::support::{Backend, Scratch};
use probe::{Keyed, Probe, Step};

fn runner(app: &App) -> Runner {
    Runner::new(app.clone(), Kinds::new().with::<Probe>().with::<Keyed>())
}

async fn enqueue(app: &App, probe: &Probe) {
    let (payload, now) = (probe.clone(), app.clock.now());
    app.db.write(move |tx| jobs::enqueue(tx, None, &payload, now, now)).await.unwrap().unwrap();
}

async fn rows(app: &App) -> Vec<JobRow> {
    app.db
        .read(|conn| Ok::<_, DbError>(job_request::table.order(job_request::id).load::<JobRow>(conn)?))
        .await
        .unwrap()
}

async fn only_row(app: &App) -> JobRow {
    let mut rows = rows(app).await;
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

/// Begins a job in an instance that is then gone, as when it is killed: the row stays leased.
async fn begin_and_die(app: &App, probe: &Probe) {
    let runner = runner(app);
    let began = probe.began();
    let task = tokio::spawn(async move { runner.run_one().await });
    began.await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
}

on_both! {
    async fn a_job_is_done_once(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::Progress, Step::Done]);
        enqueue(&app, &Probe::new(&[Step::Done])).await;
        enqueue(&app, &probe).await;
        let runner = runner(&app);
        app.clock.advance(seconds(5));
        assert!(runner.run_one().await.unwrap());
        assert!(runner.run_one().await.unwrap());
        assert!(!runner.run_one().await.unwrap());
        for row in rows(&app).await {
            assert_eq!((row.status, row.attempts, row.message), (JobStatus::Done, 0, None));
            assert_eq!((row.finished_at, row.lease_owner, row.lease_until), (Some(app.clock.now()), None, None));
        }
        assert_eq!(probe.runs(), 1);
        assert_eq!((rows(&app).await[1].progress_done, rows(&app).await[1].progress_total), (3, 7));
    }

    async fn a_job_waits_for_its_time(db: Scratch) {
        let app = db.app().await;
        let (probe, now) = (Probe::new(&[Step::Done]), app.clock.now());
        let later = probe.clone();
        app.db.write(move |tx| jobs::enqueue(tx, None, &later, now, now + seconds(60))).await.unwrap();
        let runner = runner(&app);
        assert!(!runner.run_one().await.unwrap());
        assert_eq!(runner.next_due().await.unwrap(), Some(now + seconds(60)));
        app.clock.advance(seconds(60));
        assert!(runner.run_one().await.unwrap());
        assert_eq!(probe.runs(), 1);
    }

    async fn what_a_dead_instance_was_doing_is_due_when_its_lease_ends(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::Hang, Step::Done]);
        enqueue(&app, &probe).await;
        begin_and_die(&app, &probe).await;
        let runner = runner(&app);
        assert!(!runner.run_one().await.unwrap());
        let due = runner.next_due().await.unwrap().unwrap();
        assert_eq!(due, app.clock.now() + TimeDelta::from_std(LEASE).unwrap());
        app.clock.advance(due - app.clock.now() + seconds(1));
        assert!(runner.run_one().await.unwrap());
        assert_eq!((probe.runs(), runner.next_due().await.unwrap()), (2, None));
    }

    async fn the_longest_waiting_goes_first(db: Scratch) {
        let app = db.app().await;
        let probes: Vec<Probe> = (0..3).map(|_| Probe::new(&[Step::Done])).collect();
        for (probe, ago) in probes.iter().zip([10, 30, 20]) {
            let (probe, now) = (probe.clone(), app.clock.now());
            app.db.write(move |tx| jobs::enqueue(tx, None, &probe, now, now - seconds(ago))).await.unwrap();
        }
        let runner = runner(&app);
        for expected in [1, 2, 0] {
            runner.run_one().await.unwrap();
            let runs: Vec<usize> = probes.iter().map(Probe::runs).collect();
            assert_eq!(probes[expected].runs(), 1, "{runs:?}");
        }
    }

    async fn a_failure_is_tried_again_later_and_later(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::Retry, Step::Retry, Step::RetryIn(90), Step::Retry, Step::Done]);
        enqueue(&app, &probe).await;
        let runner = runner(&app);
        for (attempt, wait) in [(1, 1), (2, 2), (3, 90), (4, 8)] {
            assert!(runner.run_one().await.unwrap());
            let row = only_row(&app).await;
            assert_eq!((row.status, row.attempts), (JobStatus::Queued, attempt));
            assert_eq!(row.run_after, app.clock.now() + seconds(wait), "attempt {attempt}");
            assert_eq!(row.message.as_deref(), Some("the line was busy"));
            app.clock.advance(seconds(wait - 1));
            assert!(!runner.run_one().await.unwrap(), "too early after attempt {attempt}");
            app.clock.advance(seconds(1));
        }
        assert!(runner.run_one().await.unwrap());
        assert_eq!(only_row(&app).await.status, JobStatus::Done);
        assert_eq!((probe.runs(), probe.given_up()), (5, vec![]));
    }

    async fn after_the_last_attempt_somebody_is_told(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::Retry; 10]);
        enqueue(&app, &probe).await;
        let runner = runner(&app);
        while runner.run_one().await.unwrap() {
            app.clock.advance(TimeDelta::hours(1));
        }
        let row = only_row(&app).await;
        assert_eq!((row.status, row.attempts), (JobStatus::Failed, Probe::ATTEMPTS));
        assert_eq!((probe.runs(), probe.given_up()), (5, vec!["the line was busy".to_owned()]));
    }

    async fn a_job_that_cannot_succeed_is_not_tried_again(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::Fail]);
        enqueue(&app, &probe).await;
        let runner = runner(&app);
        assert!(runner.run_one().await.unwrap());
        app.clock.advance(TimeDelta::days(1));
        assert!(!runner.run_one().await.unwrap());
        assert_eq!(only_row(&app).await.status, JobStatus::Failed);
        assert_eq!((probe.runs(), probe.given_up()), (1, vec!["no such account".to_owned()]));
    }

    async fn being_told_to_wait_is_no_failure(db: Scratch) {
        let app = db.app().await;
        let mut steps = vec![Step::Later(30); 20];
        steps.push(Step::Done);
        let probe = Probe::new(&steps);
        enqueue(&app, &probe).await;
        let runner = runner(&app);
        for _ in 0..20 {
            assert!(runner.run_one().await.unwrap());
            let row = only_row(&app).await;
            assert_eq!((row.status, row.attempts), (JobStatus::Queued, 0));
            assert_eq!((row.run_after, row.message.as_deref()), (app.clock.now() + seconds(30), Some("asked to slow down")));
            app.clock.advance(seconds(30));
        }
        assert!(runner.run_one().await.unwrap());
        assert_eq!((only_row(&app).await.status, probe.runs()), (JobStatus::Done, 21));
    }

    async fn a_panic_is_a_failure_and_no_more(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::Panic, Step::Done]);
        enqueue(&app, &probe).await;
        let runner = runner(&app);
        assert!(runner.run_one().await.unwrap());
        let row = only_row(&app).await;
        assert_eq!((row.status, row.attempts), (JobStatus::Queued, 1));
        assert_eq!(row.message.as_deref(), Some("it panicked: ouch"));
        app.clock.advance(seconds(60));
        assert!(runner.run_one().await.unwrap());
        assert_eq!(only_row(&app).await.status, JobStatus::Done);
    }

    async fn another_instance_goes_on_after_a_crash(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::Hang, Step::Done]);
        enqueue(&app, &probe).await;
        begin_and_die(&app, &probe).await;
        let row = only_row(&app).await;
        assert_eq!((row.status, row.lease_until), (JobStatus::Running, Some(app.clock.now() + seconds(60))));
        let other = runner(&app);
        app.clock.advance(seconds(60));
        assert!(!other.run_one().await.unwrap(), "the lease still holds");
        app.clock.advance(seconds(1));
        assert!(other.run_one().await.unwrap());
        let row = only_row(&app).await;
        assert_eq!((row.status, row.attempts), (JobStatus::Done, 1), "the crash counts as an attempt");
        assert_eq!(probe.runs(), 2);
    }

    async fn a_job_that_kills_every_instance_is_given_up(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::Hang; 20]);
        enqueue(&app, &probe).await;
        for _ in 0..Probe::ATTEMPTS {
            begin_and_die(&app, &probe).await;
            app.clock.advance(seconds(61));
        }
        assert!(runner(&app).run_one().await.unwrap());
        assert_eq!(only_row(&app).await.status, JobStatus::Failed);
        assert_eq!(probe.given_up(), ["the program ended each time it was begun"]);
        assert_eq!(i64::try_from(probe.runs()).unwrap(), Probe::ATTEMPTS);
    }

    async fn who_lost_the_lease_has_no_say_any_more(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::WaitThenFail, Step::Done]);
        enqueue(&app, &probe).await;
        let slow = runner(&app);
        let began = probe.began();
        let task = tokio::spawn(async move { slow.run_one().await.unwrap() });
        began.await;
        app.clock.advance(seconds(61));
        assert!(runner(&app).run_one().await.unwrap());
        let done = only_row(&app).await;
        assert_eq!(done.status, JobStatus::Done);
        // The slow instance wakes up and believes that the job failed.
        probe.release();
        assert!(task.await.unwrap());
        let after = only_row(&app).await;
        assert_eq!((after.status, after.message, after.finished_at), (JobStatus::Done, done.message, done.finished_at));
    }

    async fn two_jobs_of_one_key_are_never_open_at_once(db: Scratch) {
        let app = db.app().await;
        let now = app.clock.now();
        let keyed = |key: &str| Keyed { key: key.to_owned() };
        let enqueue = |job: Keyed| app.db.write(move |tx| {
            let made = jobs::enqueue(tx, None, &job, now, now)?;
            // The transaction goes on after a job that was there already.
            assert!(jobs::open_by_key(tx, &job.key)?.is_some());
            Ok::<_, DbError>(made)
        });
        assert!(enqueue(keyed("a")).await.unwrap().is_some());
        assert!(enqueue(keyed("a")).await.unwrap().is_none());
        assert!(enqueue(keyed("b")).await.unwrap().is_some());
        assert_eq!(rows(&app).await.len(), 2);
        let runner = runner(&app);
        while runner.run_one().await.unwrap() {}
        let open = app.db.read(|conn: &mut Conn| jobs::open_by_key(conn, "a")).await.unwrap();
        assert!(open.is_none());
        assert!(enqueue(keyed("a")).await.unwrap().is_some(), "a key is free again when its job has ended");
    }

    async fn what_is_asked_for_while_it_is_done_is_done_once_more(db: Scratch) {
        for first in [Step::WaitThenDone, Step::WaitThenFail] {
            let app = db.app().await;
            let probe = Probe::new(&[first, Step::Done]);
            enqueue(&app, &probe).await;
            let (runner, began) = (Arc::new(runner(&app)), probe.began());
            let task = tokio::spawn({
                let runner = runner.clone();
                async move { runner.run_one().await }
            });
            began.await;
            // It may have had its last look at the rows.
            for _ in 0..2 {
                let (again, now) = (probe.clone(), app.clock.now());
                let made = app.db.write(move |tx| jobs::enqueue(tx, None, &again, now, now)).await.unwrap();
                assert!(made.is_none());
            }
            probe.release();
            assert!(task.await.unwrap().unwrap());
            let row = rows(&app).await.pop().unwrap();
            assert_eq!((row.status, row.attempts, row.lease_owner), (JobStatus::Queued, 0, None));
            assert!(runner.run_one().await.unwrap());
            assert_eq!((probe.runs(), rows(&app).await.pop().unwrap().status), (2, JobStatus::Done));
            assert!(!runner.run_one().await.unwrap());
        }
    }

    async fn eight_who_enqueue_the_same_at_once_make_one_job(db: Scratch) {
        let app = db.app().await;
        let now = app.clock.now();
        let all: Vec<_> = (0..8)
            .map(|_| {
                let app = app.clone();
                tokio::spawn(async move {
                    app.db
                        .write(move |tx| jobs::enqueue(tx, None, &Keyed { key: "same".into() }, now, now))
                        .await
                        .unwrap()
                        .is_some()
                })
            })
            .collect();
        let mut made = 0;
        for one in all {
            made += usize::from(one.await.unwrap());
        }
        assert_eq!((made, rows(&app).await.len()), (1, 1));
    }

    async fn a_kind_of_another_version_is_left_alone(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::Done]);
        enqueue(&app, &probe).await;
        let older = Runner::new(app.clone(), Kinds::new().with::<Keyed>());
        assert!(!older.run_one().await.unwrap());
        assert_eq!(older.next_due().await.unwrap(), None);
        assert_eq!(only_row(&app).await.status, JobStatus::Queued);
        assert!(runner(&app).run_one().await.unwrap());
        assert_eq!(probe.runs(), 1);
    }

    async fn a_payload_of_another_version_fails_in_words(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::Done]);
        enqueue(&app, &probe).await;
        app.db
            .write(|tx| {
                diesel::update(job_request::table).set(job_request::payload.eq("{\"other\":1}")).execute(&mut **tx)?;
                Ok::<_, DbError>(())
            })
            .await
            .unwrap();
        assert!(runner(&app).run_one().await.unwrap());
        let row = only_row(&app).await;
        assert_eq!(row.status, JobStatus::Failed);
        assert!(row.message.unwrap().starts_with("its payload cannot be read"));
    }

    async fn a_stopping_instance_hands_its_job_back(db: Scratch) {
        let app = db.app().await;
        let probe = Probe::new(&[Step::UntilStopped, Step::Done]);
        enqueue(&app, &probe).await;
        let began = probe.began();
        let handle = runner(&app).start(1);
        began.await;
        handle.stop().await;
        let row = only_row(&app).await;
        assert_eq!((row.status, row.attempts), (JobStatus::Queued, 0), "handing back is no failure");
        assert_eq!((row.lease_owner, row.run_after), (None, app.clock.now()));
        assert!(runner(&app).run_one().await.unwrap());
        assert_eq!((only_row(&app).await.status, probe.runs()), (JobStatus::Done, 2));
    }

    async fn twenty_jobs_by_two_instances_run_once_each(db: Scratch) {
        let app = db.app().await;
        let probes: Vec<Probe> = (0..20).map(|_| Probe::new(&[Step::Done])).collect();
        for probe in &probes {
            enqueue(&app, probe).await;
        }
        let instances = [runner(&app).start(3), runner(&app).start(3)];
        let all = async {
            for probe in &probes {
                probe.begun().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), all).await.unwrap();
        for instance in instances {
            instance.stop().await;
        }
        assert_eq!(probes.iter().map(Probe::runs).collect::<Vec<_>>(), [1; 20]);
        assert!(rows(&app).await.iter().all(|row| row.status == JobStatus::Done));
    }

    async fn clock_jobs_come_once_a_day(db: Scratch) {
        let app = db.app().await;
        let instances = [0, 1].map(|_| Runner::new(app.clone(), kinds()));
        let charging = |app: App| async move {
            rows(&app).await.into_iter().filter(|row| row.kind == "ledger.charge_months").count()
        };
        for _ in 0..3 {
            for instance in &instances {
                instance.enqueue_due().await.unwrap();
            }
            app.clock.advance(TimeDelta::minutes(1));
        }
        assert_eq!(charging(app.clone()).await, 1);
        while instances[1].run_one().await.unwrap() {}
        instances[0].enqueue_due().await.unwrap();
        assert_eq!(charging(app.clone()).await, 1, "not again when today's is done");
        // 15:00 and nine hours: the next day begins.
        app.clock.advance(TimeDelta::hours(9));
        for instance in &instances {
            instance.enqueue_due().await.unwrap();
        }
        assert_eq!(charging(app.clone()).await, 2);
    }

    async fn what_was_done_long_ago_is_forgotten_and_failures_are_kept(db: Scratch) {
        let app = db.app().await;
        enqueue(&app, &Probe::new(&[Step::Done])).await;
        enqueue(&app, &Probe::new(&[Step::Fail])).await;
        let runner = runner(&app);
        while runner.run_one().await.unwrap() {}
        app.clock.advance(TimeDelta::days(29));
        runner.enqueue_due().await.unwrap();
        assert_eq!(rows(&app).await.len(), 2);
        app.clock.advance(TimeDelta::days(2));
        runner.enqueue_due().await.unwrap();
        assert_eq!(only_row(&app).await.status, JobStatus::Failed);
    }
}

/// Whoever finds a job waiting that was made before relies on it: it is not done before they have written what for.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_waits_is_not_done_before_what_it_is_asked_for_is_written() {
    let Some(db) = Scratch::new(Backend::Postgres).await else { return };
    let (app, probe) = (db.app().await, Probe::new(&[Step::Done]));
    enqueue(&app, &probe).await;
    let (asked, is_asked) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let (asker, again, now) = (app.db.clone(), probe.clone(), app.clock.now());
    let asking = tokio::task::spawn_blocking(move || {
        asker.write_blocking(|tx| {
            let made = jobs::enqueue(tx, None, &again, now, now)?;
            asked.send(()).unwrap();
            may_go_on.lock().unwrap().recv().unwrap();
            Ok::<_, DbError>(made)
        })
    });
    tokio::task::spawn_blocking(move || is_asked.recv().unwrap()).await.unwrap();
    let runner = runner(&app);
    assert!(!runner.run_one().await.unwrap());
    go_on.send(()).unwrap();
    assert!(asking.await.unwrap().unwrap().is_none());
    assert!(runner.run_one().await.unwrap());
    assert_eq!((probe.runs(), only_row(&app).await.status), (1, JobStatus::Done));
}
