"""What every store promises about erasing a person's text."""

from datetime import timedelta

import pytest

from resources.stores.base import EpisodicStore
from sources.errors import BusyError, ConfigError
from tests.support.erased import ADA, BAD, BOB, by_ada, by_bob, held, row, says
from tests.support.events import MARCH, SOURCE, begin, make_batch, many, write


def test_of_a_row_stays_what_counts_need(store: EpisodicStore) -> None:
    event = by_ada(outcome="success", duration_ms=2.5)
    write(store, make_batch(event, by_bob("2")))
    before = row(store)
    report = store.erase(ADA)
    after = row(store)
    assert (report.events, report.revisions, report.quarantined) == (1, 0, 0)
    assert after["title"] == "[erased]"
    assert after["actor_key"] == report.pseudonym
    gone = ("actor", "body", "url", "scope", "files")
    assert [after[name] for name in gone] == [None] * len(gone)
    assert (after["refs"], after["attributes"]) == ([], "{}")
    kept = ("event_id", "kind", "occurred_at", "subject", "outcome", "duration_ms", "additions")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert (after["observed_at"], after["window"]) == (before["observed_at"], before["window"])
    assert not says(store, "marigold")
    assert not says(store, ADA)
    assert row(store, 1)["title"] == "tulip"


def test_counts_stay(store: EpisodicStore) -> None:
    write(store, make_batch(*(by_ada(str(number)) for number in range(3)), by_bob("9")))
    before = (store.count(), store.window_counts(SOURCE), store.timeline().to_pylist())
    store.erase(ADA)
    assert (store.count(), store.window_counts(SOURCE), store.timeline().to_pylist()) == before


def test_a_session_stays_one_and_a_shared_one_is_kept(store: EpisodicStore) -> None:
    write(
        store,
        make_batch(by_ada("1"), by_ada("2"), by_ada("3", session_id="octo/demo#4"), by_bob("4")),
    )
    store.erase(ADA)
    sessions = [item["session_id"] for item in store.get_events_table().to_pylist()]
    assert len(set(sessions)) == 3
    assert "octo/demo#4" in sessions
    (named,) = {name for name in sessions if name.startswith("erased-")}
    assert len(store.get_events_by_session(named)) == 2


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("4b825dc642cb6eb9a060e54bf8d69288fbee4904", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
        ("octo/demo#42", "octo/demo#42"),
        ("GET /users/marigold", "[erased]"),
        ("refs/heads/ada@example.org", "[erased]"),
    ],
)
def test_a_subject_stays_where_it_is_an_id(store: EpisodicStore, given: str, left: str) -> None:
    write(store, make_batch(by_ada(subject=given)))
    store.erase(ADA)
    assert row(store)["subject"] == left


def test_withdrawn_events_and_earlier_contents_are_erased_too(store: EpisodicStore) -> None:
    first = by_ada("1", title="marigold before")
    gone = by_ada("2")
    write(store, make_batch(first, gone))
    write(store, make_batch(by_ada("1", title="marigold after"), retracted=[gone.event_id]))
    report = store.erase(ADA)
    assert (report.events, report.revisions) == (2, 1)
    assert not says(store, "marigold")
    (earlier,) = store.revisions(first.event_id).to_pylist()
    assert (earlier["title"], earlier["actor_key"]) == ("[erased]", report.pseudonym)


def test_what_an_event_said_before_it_was_given_to_another(store: EpisodicStore) -> None:
    event = by_ada()
    write(store, make_batch(event))
    write(store, make_batch(by_bob("1")))
    report = store.erase(ADA)
    assert (report.events, report.revisions) == (0, 1)
    assert not says(store, "marigold")
    assert row(store)["title"] == "tulip"


def test_a_commit_is_found_by_the_address_as_written(store: EpisodicStore) -> None:
    written = {"author_email": "Ada@Example.org"}
    write(store, make_batch(by_ada(actor="ada", actor_key="ada-on-github", attributes=written)))
    assert store.count_erasable(ADA).events == 1
    assert store.erase(ADA).events == 1
    assert not says(store, "marigold")


def test_who_has_no_key_goes_by_the_name(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada(actor_key=None, session_id="Ada Lovelace 2024-03-09")))
    (found,) = store.find_actors("ada lovelace")
    assert (found.actor_key, found.events) == ("Ada Lovelace", 1)
    assert store.erase("Ada Lovelace").events == 1
    assert not says(store, "Lovelace")


def test_a_key_is_meant_letter_by_letter(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada("1"), by_ada("2", actor_key="ADA@example.org")))
    assert store.erase(ADA).events == 1


def test_only_the_source_that_is_named(store: EpisodicStore) -> None:
    store.batch_record_events([by_ada("1"), by_ada("2", source_id="other")])
    assert store.erase(ADA, "other").events == 1
    titles = {item["source_id"]: item["title"] for item in held(store)}
    assert titles == {SOURCE: "marigold title", "other": "[erased]"}
    store.batch_record_events([by_ada("3"), by_ada("4", source_id="other")])
    assert sorted(item["title"] for item in held(store)) == [
        "[erased]",
        "[erased]",
        "marigold title",
        "marigold title",
    ]


def test_nothing_is_found_by_words_or_key(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada(), by_bob("2", body="tulip body")))
    store.erase(ADA)
    for word in ("marigold", "lovelace", ADA):
        assert store.search_events(word) == []
    assert store.get_events(actor=ADA) == []
    assert store.find_actors("Ada Lovelace") == []
    assert len(store.search_events("tulip")) == 1


def test_windows_are_marked_for_their_consumers(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada("1"), by_bob("2", occurred_at=MARCH + timedelta(days=60))))
    store.clear_dirty("lake", store.dirty_windows("lake"))
    store.clear_dirty("announce", store.dirty_windows("announce"))
    store.erase(ADA)
    for consumer in ("lake", "announce"):
        assert [item.window for item in store.dirty_windows(consumer)] == ["2024-03"]


def test_the_key_is_not_kept(store: EpisodicStore) -> None:
    report = store.erase(ADA)
    (erasure,) = store.erasures()
    assert erasure.pseudonym == report.pseudonym
    assert erasure.finished_at is not None
    assert erasure.erased_at <= erasure.finished_at
    assert ADA not in repr(erasure)
    assert store.knows_erased(ADA)
    assert not store.knows_erased(BOB)
    assert "ada" not in report.pseudonym


def test_a_second_time_finds_nothing_and_changes_no_name(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada()))
    first = store.erase(ADA)
    second = store.erase(ADA)
    assert (second.pseudonym, second.total) == (first.pseudonym, 0)
    assert len(store.erasures()) == 1
    assert store.erase(ADA, SOURCE).pseudonym == first.pseudonym
    assert len(store.erasures()) == 2


def test_what_is_no_key_is_refused(store: EpisodicStore) -> None:
    pseudonym = store.erase(ADA).pseudonym
    for key in ("", pseudonym):
        with pytest.raises(ConfigError, match="no person's key"):
            store.erase(key)
    assert len(store.erasures()) == 1


def test_what_is_lifted_comes_back_when_it_is_given_again(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada(), cursor={"at": 1}, quarantined=[BAD]))
    store.erase(ADA)
    assert store.lift_erasure(BOB) == 0
    assert store.lift_erasure(ADA, SOURCE) == 0
    assert store.lift_erasure(ADA) == 1
    assert store.erasures() == []
    assert not says(store, "marigold")
    report = write(store, make_batch(by_ada(), quarantined=[BAD]), kind="refresh")
    assert report.revised == 1
    assert row(store)["title"] == "marigold title"
    assert row(store)["actor_key"] == ADA
    assert store.quarantine()[0].raw == BAD.raw


def test_an_erasure_is_lifted_by_its_pseudonym(store: EpisodicStore) -> None:
    pseudonym = store.erase(ADA).pseudonym
    store.erase(ADA, SOURCE)
    assert store.lift_erasure(pseudonym, SOURCE) == 1
    assert store.lift_erasure(pseudonym) == 1


def test_counting_changes_nothing(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada("1"), by_ada("2"), by_bob("3"), quarantined=[BAD]))
    write(store, make_batch(by_ada("1", title="again")))
    report = store.count_erasable(ADA)
    assert (report.pseudonym, report.events, report.revisions, report.quarantined) == ("", 2, 1, 1)
    assert store.count_erasable(ADA, "other").total == 0
    assert store.erasures() == []
    assert says(store, "marigold")
    erased = store.erase(ADA)
    assert (erased.events, erased.revisions, erased.quarantined) == (2, 1, 1)
    assert store.count_erasable(ADA).total == 0


def test_keys_are_found_by_name(store: EpisodicStore) -> None:
    store.batch_record_events(
        [
            by_ada("1"),
            by_ada("2", source_id="other", actor="A. Lovelace"),
            by_ada("3"),
            by_ada("4", actor_key="countess@example.org", actor="ada lovelace"),
        ]
    )
    first, second = store.find_actors("ADA lovelace")
    assert (first.actor_key, first.names, first.sources, first.events) == (
        ADA,
        ("Ada Lovelace",),
        (SOURCE,),
        2,
    )
    assert second.actor_key == "countess@example.org"
    (found,) = store.find_actors(ADA.upper())
    assert (found.names, found.events) == (("A. Lovelace", "Ada Lovelace"), 3)
    assert found.sources == (SOURCE, "other")
    assert store.find_actors(ADA, "other")[0].events == 1
    assert store.find_actors("nobody") == []


def test_a_source_that_is_written_is_waited_for(store: EpisodicStore) -> None:
    write(store, make_batch(by_ada()))
    with begin(store) as writing:
        with pytest.raises(BusyError, match=SOURCE):
            store.erase(ADA)
        # Remembered all the same: what comes now is blank.
        writing.write(make_batch(by_ada("2")))
        waited: list[str] = []

        def stop(words: str) -> None:
            waited.append(words)
            writing.close()

        assert store.erase(ADA, on_wait=stop).events == 1
    assert SOURCE in waited[0]
    assert not says(store, "marigold")


def test_it_says_how_far_it_is(store: EpisodicStore) -> None:
    store.batch_record_events(many(6_000, actor_key=ADA))
    said: list[tuple[int, int]] = []
    store.erase(ADA, on_progress=lambda done, total: said.append((done, total)))
    assert said[-1] == (6_000, 6_000)
