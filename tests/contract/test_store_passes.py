"""Every store: one writer a source, one line of progress, no trust without proof."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from resources.stores.base import EpisodicStore
from resources.stores.report import SourceState, WriteReport
from sources.batch import CompleteScope, QuarantineRecord
from sources.errors import BusyError, ConfigError, StoreError, UnavailableError
from sources.event import EpisodicEvent, utc_now
from tests.support.events import (
    APRIL,
    MARCH,
    SOURCE,
    begin,
    make_batch,
    make_event,
    make_request,
    many,
    natives,
    write,
)

COMMITS = CompleteScope(kinds=("git.commit",))
PROVEN = CompleteScope(kinds=("git.commit",), proven=True)


def state_of(store: EpisodicStore) -> SourceState:
    state = store.state(SOURCE)
    assert state is not None
    return state


def live(store: EpisodicStore) -> set[str]:
    return set(natives(store.get_events_table()))


# Progress ----------------------------------------------------------------------------------


def test_without_a_row_a_sync_starts_from_nothing(store: EpisodicStore) -> None:
    assert store.state(SOURCE) is None
    with begin(store, epoch=str(uuid4()), start_cursor={"at": 7}) as writing:
        assert (writing.cursor, writing.full) == (None, True)


def test_the_cursor_is_stored_with_each_batch(store: EpisodicStore) -> None:
    with begin(store) as writing:
        for number in range(3):
            writing.write(make_batch(make_event(str(number)), cursor={"at": [number, {"a": "ü"}]}))
            assert state_of(store).cursor == {"at": [number, {"a": "ü"}]}
    with begin(store) as writing:
        assert writing.cursor == {"at": [2, {"a": "ü"}]}


def test_a_stored_cursor_is_no_ones_to_change(store: EpisodicStore) -> None:
    cursor = {"at": 1}
    write(store, make_batch(cursor=cursor))
    cursor["at"] = 2
    assert state_of(store).cursor == {"at": 1}


def test_a_finished_pass_goes_on_incrementally(store: EpisodicStore) -> None:
    with begin(store) as writing:
        writing.write(make_batch(make_event(), cursor={"at": 1}))
        epoch = writing.epoch
        assert writing.finish() == writing.report
    assert (state_of(store).epoch, state_of(store).pass_id) == (epoch, None)
    with begin(store) as writing:
        assert (writing.cursor, writing.full, writing.epoch) == ({"at": 1}, False, epoch)


def test_a_pass_that_found_nothing_leaves_a_row(store: EpisodicStore) -> None:
    assert write(store) == WriteReport()
    assert state_of(store).cursor is None
    with begin(store) as writing:
        assert (writing.cursor, writing.full) == (None, True)


def test_a_quiet_sync_keeps_the_cursor(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(), cursor={"at": 1}))
    write(store)
    assert state_of(store).cursor == {"at": 1}


def test_versions_only_grow(store: EpisodicStore) -> None:
    versions = []
    with begin(store) as writing:
        for number in range(3):
            writing.write(make_batch(make_event(str(number)), cursor={"at": number}))
            versions.append(state_of(store).version)
    assert versions == sorted(set(versions))


def test_a_refresh_neither_reads_nor_moves_the_cursor(store: EpisodicStore) -> None:
    with begin(store, kind="refresh", window="2024-03") as writing:
        writing.write(make_batch(make_event("0"), cursor={"at": 0}))
        writing.finish()
    assert store.state(SOURCE) is None
    write(store, make_batch(make_event("1"), cursor={"at": 1}))
    before = state_of(store)
    with begin(store, kind="refresh", window="2024-03") as writing:
        assert writing.cursor is None
        writing.write(make_batch(make_event("2"), cursor={"at": 2}))
        writing.finish()
    assert state_of(store) == before
    assert live(store) == {"0", "1", "2"}


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "sync", "window": "2024-03"},
        {"kind": "refresh", "window": "2024-03-09"},
        {"kind": "refresh", "grain": "day", "window": "2024-03"},
    ],
    ids=["sync", "month", "day"],
)
def test_a_window_that_no_pass_could_read_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="2024-03"):
        make_request(**fields)


def test_a_new_epoch_begins_where_it_is_told(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(), cursor={"at": 5}))
    epoch = str(uuid4())
    with begin(store, epoch=epoch, start_cursor={"at": 2}) as writing:
        assert (writing.cursor, writing.full, writing.epoch) == ({"at": 2}, False, epoch)
        assert state_of(store).cursor == {"at": 5}
        writing.write(make_batch(cursor={"at": 3}))
    assert (state_of(store).epoch, state_of(store).cursor) == (epoch, {"at": 3})
    with begin(store, epoch=epoch, start_cursor={"at": 2}) as writing:
        assert writing.cursor == {"at": 3}, "a run of the same epoch goes on from the row"


def test_a_new_epoch_without_a_cursor_begins_from_nothing(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(), cursor={"at": 5}))
    with begin(store, epoch=str(uuid4())) as writing:
        assert (writing.cursor, writing.full) == (None, True)


def test_a_new_epoch_with_nothing_new_takes_the_row_over(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(), cursor={"at": 5}))
    epoch = str(uuid4())
    write(store, epoch=epoch, start_cursor={"at": 4})
    assert (state_of(store).epoch, state_of(store).cursor) == (epoch, {"at": 4})


def test_progress_is_per_source(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(), cursor={"at": 1}))
    with begin(store, source_id="other") as writing:
        assert (writing.cursor, writing.full) == (None, True)


def test_a_store_has_one_incarnation(store: EpisodicStore) -> None:
    assert store.incarnation() == store.incarnation() != ""


# Full passes, and what they may claim --------------------------------------------------------


def test_a_paused_full_pass_goes_on_and_remembers(store: EpisodicStore) -> None:
    write(store, make_batch(*many(4), cursor={"at": 4}))
    with begin(store, epoch="aaaaaaaa-0000-4000-8000-000000000001") as writing:
        writing.write(make_batch(make_event("0"), cursor={"at": 1}))
        running = state_of(store).pass_id
    with begin(store) as writing:
        assert (writing.cursor, writing.full) == ({"at": 1}, True)
        writing.write(make_batch(make_event("1"), cursor={"at": 2}, complete=[PROVEN]))
        assert state_of(store).pass_id == running is not None
        writing.finish()
    assert live(store) == {"0", "1"}
    assert state_of(store).pass_id is None


def test_a_proven_claim_retracts_all_that_was_not_seen(store: EpisodicStore) -> None:
    write(store, make_batch(*many(5), make_event("tag", kind="git.tag"), cursor={"at": 1}))
    report = write(
        store,
        make_batch(make_event("9"), cursor={"at": 2}, complete=[PROVEN]),
        epoch=str(uuid4()),
    )
    assert (report.new, report.retracted) == (1, 5)
    assert report.windows == {"2024-03"}
    assert live(store) == {"9", "tag"}


def test_a_claim_of_an_incremental_pass_is_not_honoured(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3), cursor={"at": 1}))
    report = write(store, make_batch(make_event("9"), cursor={"at": 2}, complete=[PROVEN]))
    assert report.retracted == 0
    assert len(live(store)) == 4


def test_a_claim_speaks_of_its_scope_and_time_only(store: EpisodicStore) -> None:
    write(
        store,
        make_batch(
            make_event("main", scope="main"),
            make_event("dev", scope="dev"),
            make_event("later", scope="main", occurred_at=APRIL),
            make_event("edge", scope="main", occurred_at=MARCH - timedelta(days=1)),
            cursor={"at": 1},
        ),
    )
    claim = CompleteScope(
        kinds=("git.commit",), scope="main", since=MARCH, until=APRIL, proven=True
    )
    write(store, make_batch(cursor={"at": 2}, complete=[claim]), epoch=str(uuid4()))
    assert live(store) == {"dev", "later", "edge"}


def test_a_quarantined_record_is_not_gone(store: EpisodicStore) -> None:
    write(store, make_batch(*many(2), cursor={"at": 1}))
    bad = QuarantineRecord(locator="0", reason="broken", event_id=make_event("0").event_id)
    with begin(store, epoch=str(uuid4())) as writing:
        writing.write(make_batch(quarantined=[bad], cursor={"at": 1}))
    with begin(store) as writing:
        writing.write(make_batch(cursor={"at": 2}, complete=[PROVEN]))
    assert live(store) == {"0"}


@pytest.mark.parametrize(("kept", "honoured"), [(38, True), (37, False)])
def test_an_inferred_claim_may_take_one_in_twenty(
    store: EpisodicStore, *, kept: int, honoured: bool
) -> None:
    write(store, make_batch(*many(40), cursor={"at": 1}))
    report = write(
        store, make_batch(*many(kept), cursor={"at": 2}, complete=[COMMITS]), epoch=str(uuid4())
    )
    assert store.count() == (kept if honoured else 40)
    assert bool(report.skipped_claims) is not honoured
    assert (report.unchanged, report.retracted) == (kept, 40 - kept if honoured else 0)


def test_a_batch_that_has_all_of_its_scope_may_claim_in_any_sync(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3), make_event("April", occurred_at=APRIL), cursor={"at": 1}))
    bad = QuarantineRecord(locator="1", reason="broken", event_id=make_event("1").event_id)
    claim = CompleteScope(kinds=("git.commit",), until=APRIL, proven=True, within="batch")
    batch = make_batch(make_event("0"), quarantined=[bad], cursor={"at": 2}, complete=[claim])
    report = write(store, batch)
    assert (report.retracted, live(store)) == (1, {"0", "1", "April"})
    assert write(store, make_batch(cursor={"at": 3}, complete=[PROVEN])).retracted == 0
    with begin(store, kind="refresh") as writing:
        assert writing.write(make_batch(complete=[claim])).retracted == 0
    with begin(store, kind="refresh", window="2024-03") as writing:
        assert writing.write(make_batch(make_event("1"), complete=[claim])).retracted == 1
    assert live(store) == {"1", "April"}


def test_a_claim_of_a_batch_does_not_count_what_other_batches_of_its_pass_gave(
    store: EpisodicStore,
) -> None:
    claim = CompleteScope(kinds=("git.commit",), proven=True, within="batch")
    batches = [
        make_batch(make_event("0"), cursor={"at": 1}),
        make_batch(make_event("1"), cursor={"at": 2}, complete=[claim]),
    ]
    assert write(store, *batches).retracted == 1
    assert live(store) == {"1"}


def test_a_claim_may_speak_of_subjects_and_sessions(store: EpisodicStore) -> None:
    def event(subject: str, session: str) -> EpisodicEvent:
        return make_event(subject, session_id=session)

    pairs = [("C1/1", "a"), ("C1/2", "b"), ("C1/3", "c"), ("C1/4", "d"), ("C12/1", "b")]
    events = [event(*pair) for pair in pairs]
    kinds = ("git.commit",)

    def left(**what: Any) -> set[str]:
        write(store, make_batch(*events, cursor={"at": 1}), epoch=str(uuid4()))
        claim = CompleteScope(kinds=kinds, proven=True, within="batch", **what)
        write(store, make_batch(cursor={"at": 2}, complete=[claim]))
        return {subject for subject, _ in pairs} - live(store)

    assert left(subject="C1/") == {"C1/1", "C1/2", "C1/3", "C1/4"}
    assert left(sessions=("b", "b")) == {"C1/2", "C12/1"}
    assert left(subject="C1/", sessions=("b", "c")) == {"C1/2", "C1/3"}
    assert left(sessions=("a", "d"), but_sessions=("b", "d")) == {"C1/1", "C1/3"}


@pytest.mark.parametrize(("few", "honoured"), [(2, True), (1, False)])
def test_a_few_may_vanish_whatever_share_that_is(
    store: EpisodicStore, *, few: int, honoured: bool
) -> None:
    write(store, make_batch(*many(4), cursor={"at": 1}))
    claim = CompleteScope(kinds=("git.commit",), few=few, within="batch")
    report = write(store, make_batch(*many(2), cursor={"at": 2}, complete=[claim]))
    assert report.retracted == (2 if honoured else 0)
    assert [one.words for one in store.skipped_claims(SOURCE)] == list(report.skipped_claims)
    assert bool(report.skipped_claims) is not honoured


def test_a_withdrawal_says_between_which_moments_it_was(store: EpisodicStore) -> None:
    claim = CompleteScope(kinds=("git.commit",), proven=True, within="batch")
    write(store, make_batch(*many(3), cursor={"at": 1}))
    later = utc_now() + timedelta(days=1)
    gone = [make_event("1").event_id]
    batch = make_batch(make_event("0"), retracted=gone, cursor={"at": 2}, standing=later)
    write(store, batch)
    write(store, make_batch(make_event("0"), cursor={"at": 3}, complete=[claim], standing=MARCH))
    two, one = store.withdrawals(SOURCE)
    assert (one.event_id, one.after) == (gone[0], later)
    assert two.event_id == make_event("2").event_id
    assert two.after is not None
    assert MARCH < two.after <= two.by, "it was stored after that"
    write(store, make_batch(*many(3), cursor={"at": 4}))
    assert store.withdrawals(SOURCE) == []
    write(store, make_batch(retracted=gone, cursor={"at": 5}))
    assert [one.after for one in store.withdrawals(SOURCE)] == [None]
    store.remove_source(SOURCE)
    assert store.withdrawals(SOURCE) == []


@pytest.mark.parametrize("gone", [2, 1_100])
def test_of_many_claims_each_takes_what_it_speaks_of(store: EpisodicStore, gone: int) -> None:
    """Most of them have nothing to take; what none of them speaks of stays."""
    told = [make_event(f"{number:04}") for number in range(gone + 40)]
    write(store, make_batch(*told, cursor={"at": 1}))
    claims = [
        CompleteScope(kinds=("git.commit",), subject=f"{number:04}", proven=True)
        for number in range(30)
    ]
    before = CompleteScope(kinds=("git.commit",), proven=True, until=MARCH)
    batch = make_batch(*told[gone:], cursor={"at": 2}, complete=[*claims, before])
    report = write(store, batch, epoch=str(uuid4()))
    taken = min(gone, 30)
    assert report.retracted == taken
    assert live(store) == {event.subject for event in told[taken:]}


def test_a_person_may_accept_what_a_claim_retracts(store: EpisodicStore) -> None:
    write(store, make_batch(*many(4), cursor={"at": 1}))
    batch = make_batch(make_event("0"), cursor={"at": 2}, complete=[COMMITS])
    assert write(store, batch, epoch=str(uuid4())).retracted == 0
    report = write(store, batch, epoch=str(uuid4()), accept_retractions=True)
    assert (report.retracted, report.skipped_claims) == (3, ())


def test_a_skipped_claim_stands_until_a_full_pass_has_weighed_it_anew(
    store: EpisodicStore,
) -> None:
    write(store, make_batch(*many(4), cursor={"at": 1}))
    doubted = make_batch(make_event("0"), cursor={"at": 2}, complete=[COMMITS])
    report = write(store, doubted, epoch=str(uuid4()))
    [claim] = store.skipped_claims(SOURCE)
    assert (claim.source_id, claim.window, (claim.words,)) == (SOURCE, None, report.skipped_claims)
    write(store, make_batch(make_event("5"), cursor={"at": 3}))
    with begin(store, kind="refresh", window="2024-03") as writing:
        writing.write(make_batch(*many(4)))
        writing.finish()
    with begin(store, epoch=str(uuid4())) as writing:
        writing.write(make_batch(*many(4), cursor={"at": 4}))
    assert store.skipped_claims(SOURCE) == [claim], "no full pass has ended since"
    with begin(store) as writing:
        writing.write(make_batch(make_event("5"), cursor={"at": 5}, complete=[COMMITS]))
        writing.finish()
    assert store.skipped_claims(SOURCE) == []
    assert store.count() == 5


def test_a_claim_skipped_in_a_refresh_stands_until_that_window_is_refreshed_again(
    store: EpisodicStore,
) -> None:
    write(store, make_batch(*many(4), make_event("later", occurred_at=APRIL)))

    def refresh(window: str, *names: str) -> None:
        batch = make_batch(*map(make_event, names), complete=[COMMITS])
        with begin(store, kind="refresh", window=window) as writing:
            writing.write(batch)
            writing.finish()

    refresh("2024-03", "0")
    refresh("2024-04")
    assert [claim.window for claim in store.skipped_claims(SOURCE)] == ["2024-03", "2024-04"]
    refresh("2024-03", *"0123")
    assert [claim.window for claim in store.skipped_claims(SOURCE)] == ["2024-04"]
    store.remove_source(SOURCE)
    assert store.skipped_claims(SOURCE) == []


def test_the_share_that_may_vanish_can_be_set(store: EpisodicStore) -> None:
    write(store, make_batch(*many(4), cursor={"at": 1}))
    batch = make_batch(*many(2), cursor={"at": 2}, complete=[COMMITS])
    assert write(store, batch, epoch=str(uuid4()), max_vanishing=0.5).retracted == 2


def test_a_refreshed_window_may_be_claimed_but_no_other(store: EpisodicStore) -> None:
    write(
        store,
        make_batch(make_event("1"), make_event("2"), make_event("3", occurred_at=APRIL)),
    )
    with begin(store, kind="refresh", window="2024-03") as writing:
        report = writing.write(make_batch(make_event("1"), complete=[PROVEN]))
        writing.finish()
    assert report.retracted == 1
    assert live(store) == {"1", "3"}


def test_a_refresh_of_single_records_claims_nothing(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3)))
    with begin(store, kind="refresh") as writing:
        assert writing.write(make_batch(make_event("0"), complete=[PROVEN])).retracted == 0


def test_a_first_pass_over_restored_rows_retracts_nothing_unclaimed(store: EpisodicStore) -> None:
    store.batch_record_events(many(3))
    write(store, make_batch(make_event("0"), cursor={"at": 1}))
    assert store.count() == 3


def test_a_paused_full_pass_withdraws_nothing_that_came_since_it_began(
    store: EpisodicStore,
) -> None:
    write(store, make_batch(*many(2), cursor={"at": 1}))
    with begin(store, epoch=str(uuid4())) as writing:
        writing.write(make_batch(make_event("0"), cursor={"at": 1}))
    store.record_event(make_event("recorded"))
    with begin(store, kind="refresh", window="2024-03") as writing:
        writing.write(make_batch(make_event("refreshed")))
        writing.finish()
    report = write(store, make_batch(cursor={"at": 2}, complete=[PROVEN]))
    assert report.retracted == 1
    assert live(store) == {"0", "recorded", "refreshed"}


def test_a_restarted_pass_is_a_new_full_one(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3), cursor={"at": 1}))
    with begin(store) as writing:
        assert not writing.full
        writing.restart()
        assert (writing.cursor, writing.full) == (None, True)
        assert state_of(store).cursor is None
        writing.write(make_batch(make_event("9"), cursor={"at": 2}, complete=[PROVEN]))
        writing.finish()
    assert live(store) == {"9"}


def test_a_restart_forgets_what_was_seen_before_it(store: EpisodicStore) -> None:
    write(store, make_batch(*many(2), cursor={"at": 1}))
    with begin(store, epoch=str(uuid4())) as writing:
        writing.write(make_batch(make_event("0"), cursor={"at": 2}))
        writing.restart()
        writing.write(make_batch(make_event("1"), cursor={"at": 3}, complete=[PROVEN]))
        writing.finish()
    assert live(store) == {"1"}


# Configuration -------------------------------------------------------------------------------


def test_another_configuration_reads_everything_again(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3), cursor={"at": 3}), fingerprint="one")
    with begin(store, fingerprint="two") as writing:
        assert (writing.cursor, writing.full) == (None, True)
        writing.write(make_batch(make_event("0"), cursor={"at": 1}))
        assert len(live(store)) == 3, "nothing goes before the pass has ended"
    with begin(store, fingerprint="two") as writing:
        assert (writing.cursor, writing.full) == ({"at": 1}, True)
        writing.write(make_batch(make_event("1"), cursor={"at": 2}))
        assert writing.finish().retracted == 1
    assert live(store) == {"0", "1"}
    assert state_of(store).fingerprint == "two"
    with begin(store, fingerprint="two") as writing:
        assert (writing.cursor, writing.full) == ({"at": 2}, False)


def test_a_pass_stopped_just_before_its_end_retracts_nothing_it_met(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3), cursor={"at": 3}), fingerprint="one")
    with begin(store, fingerprint="two") as writing:
        writing.write(make_batch(*many(2), cursor={"at": 2}))
    assert write(store, fingerprint="two").retracted == 1
    assert live(store) == {"0", "1"}


@pytest.mark.parametrize("start", [{"at": 1}, None])
def test_a_named_start_does_not_call_a_purge_off(
    store: EpisodicStore, start: dict[str, int] | None
) -> None:
    write(store, make_batch(*many(3), cursor={"at": 3}), fingerprint="one")
    with begin(store, fingerprint="two") as writing:
        writing.write(make_batch(make_event("0"), cursor={"at": 1}))
    epoch = str(uuid4())
    with begin(store, fingerprint="two", epoch=epoch, start_cursor=start) as writing:
        assert (writing.cursor, writing.full, writing.epoch) == (None, True, epoch)
        writing.write(make_batch(make_event("1"), cursor={"at": 2}))
        assert writing.finish().retracted == 2
    assert live(store) == {"1"}
    with begin(store, fingerprint="two", epoch=str(uuid4()), start_cursor={"at": 1}) as writing:
        assert (writing.cursor, writing.full) == ({"at": 1}, False)


def test_a_purge_spares_what_cannot_be_read_again(store: EpisodicStore) -> None:
    observed = make_event("moved", kind="git.ref.moved")
    write(store, make_batch(make_event(), observed, cursor={"at": 1}), fingerprint="one")
    assert write(store, fingerprint="two").retracted == 1
    assert live(store) == {"moved"}


def test_a_configuration_that_yields_nothing_retracts_everything(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3), cursor={"at": 3}), fingerprint="one")
    assert write(store, fingerprint="two").retracted == 3
    assert live(store) == set()


def test_another_configuration_of_a_source_that_forgets_retracts_nothing(
    store: EpisodicStore,
) -> None:
    write(store, make_batch(*many(3), cursor={"at": 3}), fingerprint="one")
    with begin(store, fingerprint="two", lasting=False) as writing:
        assert (writing.cursor, writing.full) == (None, True)
        writing.write(make_batch(make_event("1"), cursor={"at": 1}))
        assert writing.finish().retracted == 0
    assert live(store) == {"0", "1", "2"}


def test_another_configuration_outranks_a_named_start(store: EpisodicStore) -> None:
    write(store, make_batch(*many(3), cursor={"at": 3}), fingerprint="one")
    with begin(store, fingerprint="two", epoch=str(uuid4()), start_cursor={"at": 1}) as writing:
        assert (writing.cursor, writing.full) == (None, True)


def test_a_process_with_an_older_configuration_is_refused(store: EpisodicStore) -> None:
    write(store, make_batch(cursor={"at": 1}), fingerprint="new", configured_at=APRIL)
    with pytest.raises(ConfigError, match=SOURCE):
        begin(store, fingerprint="old", configured_at=MARCH)
    assert store.holder(SOURCE) is None
    with begin(store, fingerprint="new", configured_at=MARCH):
        pass
    with begin(store, fingerprint="other"):
        pass


def test_windows_cut_anew_are_not_cut_back_by_an_older_process(store: EpisodicStore) -> None:
    write(store, make_batch(make_event(), cursor={"at": 1}), configured_at=MARCH)
    begin(store, grain="day", configured_at=APRIL).close()
    with pytest.raises(ConfigError, match=SOURCE):
        begin(store, grain="month", configured_at=MARCH)
    begin(store, grain="day", configured_at=APRIL).close()


# One writer ----------------------------------------------------------------------------------


def test_a_second_writer_is_told_who_is_first(store: EpisodicStore) -> None:
    assert store.holder(SOURCE) is None
    with begin(store):
        holder = store.holder(SOURCE)
        assert holder
        with pytest.raises(BusyError, match=SOURCE):
            begin(store)
        with pytest.raises(BusyError):
            begin(store, kind="refresh")
        with pytest.raises(BusyError):
            store.remove_source(SOURCE)
        with begin(store, source_id="other"):
            pass
    assert store.holder(SOURCE) is None
    begin(store).close()


def test_a_failing_pass_gives_its_lock_back(store: EpisodicStore) -> None:
    with pytest.raises(ZeroDivisionError), begin(store):
        raise ZeroDivisionError
    begin(store).close()


def test_a_closed_pass_writes_no_more(store: EpisodicStore) -> None:
    writing = begin(store)
    writing.close()
    writing.close()
    with pytest.raises(StoreError):
        writing.write(make_batch(make_event()))
    with pytest.raises(StoreError):
        writing.finish()
    assert store.count() == 0


def test_a_writer_that_lost_its_lock_cannot_write_on(
    store: EpisodicStore, cut_off: Callable[[str], None]
) -> None:
    lost = begin(store)
    lost.write(make_batch(make_event("1"), cursor={"at": 1}))
    cut_off(SOURCE)
    write(store, make_batch(make_event("2"), cursor={"at": 2}))
    with pytest.raises((StoreError, UnavailableError)):
        lost.write(make_batch(make_event("3"), cursor={"at": 0}))
    with pytest.raises((StoreError, UnavailableError)):
        lost.finish()
    lost.close()
    assert live(store) == {"1", "2"}
    assert state_of(store).cursor == {"at": 2}
    begin(store).close()
