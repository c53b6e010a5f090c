use gpu_lease_client::account::{Keyed, LeaseContext};
use gpu_lease_client::evidence::EvidenceCheck;
use gpu_lease_client::state::{Lease, Meter, Moment};
use gpu_lease_runtime::Limits;

use super::*;
use crate::plan::Served;

const START: i64 = 1_800_000_000;
const DAY: i64 = 24 * 3_600;

struct Desk {
    folder: tempfile::TempDir,
    life: Life,
}

impl Desk {
    /// A machine with a lease on so many cards, which has started.
    fn with_lease(cards: usize) -> (Self, Notebook) {
        let life = Life { lease: Address::new_from_array([7; 32]).to_string(), opened_slot: 5 };
        let desk = Self { folder: tempfile::tempdir().unwrap(), life };
        let notebook = desk.open();
        let limits =
            Limits { millicores: 1_000, memory: 1 << 30, shared_memory: 1 << 26, processes: 100, disk: None };
        let entry = Entry {
            life: desk.life.clone(),
            served: Served { image: "image".to_owned(), limits },
            renter: "renter".to_owned(),
            cards: (0..cards).map(|card| format!("GPU-{card}")).collect(),
            held: Vec::new(),
            user_seed: [1; 32],
            access_blob: vec![1],
            growing: None,
            launch: None,
            waits_until: None,
            is_starting: true,
            is_tested: true,
            has_started: false,
            keep_until: None,
        };
        notebook.write(entry).unwrap();
        notebook.start(&desk.life, START).unwrap();
        (desk, notebook)
    }

    fn open(&self) -> Notebook {
        Notebook::open(Arc::new(Store::open(&self.folder.path().join("store")).unwrap())).unwrap()
    }
}

/// So many seconds are decided, and the chain says of how many GPUs they are.
fn pass(notebook: &Notebook, seconds: i64, cause: Option<Cause>) {
    let book = notebook.book();
    let (life, record) = book.records.iter().next().unwrap();
    let (from, gpus) = (record.until(), book.entries[life].cards.len().try_into().unwrap());
    let energy = 8 * 700_000 * seconds.unsigned_abs();
    let seconds = Seconds { at: from..from + seconds, cause, energy };
    let now = seconds.at.end;
    notebook.measure(|_, _| Some(vec![seconds.clone()])).unwrap();
    let mut lease: Lease = bytemuck::Zeroable::zeroed();
    (lease.started_at, lease.meter) = (record.start(), Meter::start(gpus, Moment::by_clock(record.start())));
    let lease = Keyed { address: Address::default(), account: lease };
    let lease = LeaseContext::new(lease, bytemuck::Zeroable::zeroed(), Address::default());
    let chain = [(life.clone(), OnChain::There(Box::new(lease)))].into();
    notebook.follow(&Observed { now: Some(now), chain, ..Observed::default() }).unwrap();
}

#[test]
fn rows_are_on_disk_and_go_on_after_a_restart() {
    let (desk, notebook) = Desk::with_lease(8);
    pass(&notebook, 100, None);
    notebook.seal(&desk.life, START + 90).unwrap();
    pass(&notebook, 3 * 3_600, Some(Cause::Ended));
    pass(&notebook, 5, Some(Cause::Network));
    let before = (notebook.book(), notebook.file(&desk.life).unwrap().unwrap());
    drop(notebook);
    let notebook = desk.open();
    assert_eq!((notebook.book(), notebook.file(&desk.life).unwrap().unwrap()), before);
    pass(&notebook, 60, None);

    let file = notebook.file(&desk.life).unwrap().unwrap();
    let record = &notebook.book().records[&desk.life];
    for until in [START + 90, START + 3_600, record.until()] {
        let replay = file.replay(until).unwrap();
        assert_eq!(
            (replay.chain.units(), replay.chain.head()),
            (record.units(until), record.evidence(until))
        );
    }
    assert!(EvidenceCheck::of(&file, None).unwrap().comparisons.is_empty());
    // In parts, which are the same as all of it.
    let parts: Vec<Row> = (0..)
        .step_by(50)
        .map(|first| notebook.rows(&desk.life, first, 50).unwrap())
        .take_while(|part| !part.is_empty())
        .flatten()
        .collect();
    assert_eq!(parts, file.rows);
}

#[test]
fn a_start_that_was_undone_leaves_no_row_behind() {
    let (desk, notebook) = Desk::with_lease(8);
    pass(&notebook, 600, None);
    notebook.start(&desk.life, START + 301).unwrap();
    let file = notebook.file(&desk.life).unwrap().unwrap();
    assert_eq!((file.start, file.rows.len(), file.until()), (START + 301, 5, START + 600));
    assert_eq!(file.replay(START + 600).unwrap().chain.units(), 8 * 299);
    drop(notebook);
    assert_eq!(desk.open().file(&desk.life).unwrap().unwrap(), file);
}

#[test]
fn what_was_delivered_of_a_lease_outlasts_it_by_400_days() {
    let (desk, notebook) = Desk::with_lease(8);
    pass(&notebook, 605, None);
    let file = notebook.file(&desk.life).unwrap().unwrap();
    notebook.forget(&desk.life).unwrap();
    assert_eq!(notebook.book(), Book::default());
    drop(notebook);
    let notebook = desk.open();
    assert_eq!(notebook.file(&desk.life).unwrap(), Some(file));
    assert_eq!(notebook.recorded(&desk.life.lease).unwrap(), std::slice::from_ref(&desk.life));
    assert_eq!(notebook.recorded("another").unwrap(), []);

    let until = archive::kept(&notebook.store, &desk.life).unwrap().unwrap().until;
    archive::clean_at(&notebook.store, until - 1).unwrap();
    assert!(notebook.file(&desk.life).unwrap().is_some());
    archive::clean_at(&notebook.store, until).unwrap();
    assert_eq!(notebook.file(&desk.life).unwrap(), None);
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(until.abs_diff(now + 400 * DAY.unsigned_abs()) < 60);
}

#[test]
fn what_cannot_be_sealed_is_refused() {
    let (desk, notebook) = Desk::with_lease(1);
    pass(&notebook, 90, None);
    let stranger = Life { opened_slot: 6, ..desk.life.clone() };
    assert!(matches!(notebook.seal(&stranger, START + 60), Err(SealError::NoRecord)));
    assert!(matches!(notebook.seal(&desk.life, START + 91), Err(SealError::NotSealed(_))));
}

/// For docs/figures.md: a day of a lease on 8 cards with a fault of ten seconds an hour.
#[test]
fn a_record_takes_at_most_a_megabyte_a_day() {
    let (desk, notebook) = Desk::with_lease(8);
    let before = notebook.store.size().unwrap();
    for minute in 0..DAY / 60 {
        if minute % 60 == 30 {
            pass(&notebook, 25, None);
            pass(&notebook, 10, Some(Cause::Network));
            pass(&notebook, 25, None);
        } else {
            pass(&notebook, 60, None);
        }
    }
    let on_disk = notebook.store.size().unwrap() - before;
    let in_file = notebook.file(&desk.life).unwrap().unwrap().text().len();
    println!(
        "| a record of a day on 8 cards with a fault an hour | {on_disk} bytes on disk, {in_file} in a file |"
    );
    assert!(on_disk <= 1_000_000 && in_file <= 1_000_000);
}
