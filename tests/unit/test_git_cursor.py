"""Going on where a git source stopped: new commits, unfinished ranges, rewritten history."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources import ConfigError, CursorInvalidError
from sources.event import event_id, table_events
from sources.filesystem.moves import MOVED
from tests.support.git_reading import (
    assert_equals_truth,
    probe,
    read,
    read_until_invalid,
    read_window,
)
from tests.support.git_repository import (
    DAY,
    START,
    GitRepository,
    empty_repository,
    eventful_repository,
    read_truth,
)


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = empty_repository(tmp_path / "repo")
    for number in range(5):
        made.commit(message=b"Change %d\n" % number, edits={b"file": b"%d\n" % number})
    return made


def commit_id(sha: str) -> str:
    return event_id("demo", "git.commit", sha)


def test_nothing_new_gives_nothing(repository: GitRepository) -> None:
    cursor = read(repository.path).cursor
    assert read(repository.path, cursor).batches == ()
    assert not probe(repository.path, cursor).new
    assert probe(repository.path, None).new


def test_new_commits_and_only_they(repository: GitRepository) -> None:
    cursor = read(repository.path).cursor
    new = [repository.commit(), repository.commit()]
    assert probe(repository.path, cursor).new
    assert read(repository.path, cursor).shas() == new


def test_g2_merged_branch_with_old_dates_is_new(repository: GitRepository) -> None:
    root = repository.text("rev-list", "--max-parents=0", "main")
    cursor = read(repository.path).cursor
    old = [
        repository.commit("side", parents=[root], date=b"%d +0000" % (START - 900 * DAY)),
        repository.commit("side", date=b"%d +0000" % (START - 899 * DAY)),
    ]
    merge = repository.commit("main", parents=[repository.text("rev-parse", "main"), old[-1]])
    assert set(read(repository.path, cursor).shas()) == {*old, merge}


@pytest.mark.parametrize("tags", [True, False])
def test_every_batch_can_be_the_last_before_a_restart(tmp_path: Path, *, tags: bool) -> None:
    repository = eventful_repository(tmp_path / "repo")
    whole = read(repository.path, small=True, branch="all", tags=tags)
    events = whole.events()
    given = 0
    for batch in whole.batches:
        given += batch.events.num_rows
        cursor = json.loads(json.dumps(batch.cursor))
        rest = read(repository.path, cursor, small=True, branch="all", tags=tags)
        assert rest.events() == events[given:]
        complete = batch is not whole.batches[-1]
        assert bool(rest.batches) is complete
        assert not complete or rest.batches[-1].complete == whole.batches[-1].complete
        assert probe(repository.path, cursor, branch="all", tags=tags).new is complete


def test_open_range_is_finished_before_what_came_later(repository: GitRepository) -> None:
    whole = read(repository.path, small=True)
    new = repository.commit()
    rest = read(repository.path, whole.batches[0].cursor, small=True)
    assert rest.shas() == [*whole.shas()[4:], new]
    assert rest.batches[0].complete
    assert not rest.batches[-1].complete


def test_g3_g4_rewritten_commits_are_retracted_and_the_move_observed(
    repository: GitRepository,
) -> None:
    first = read(repository.path)
    kept, *dropped = first.shas()[2:]
    repository.git("update-ref", "refs/heads/main", kept)
    new = repository.commit(message=b"Instead\n", edits={b"file": b"other\n"}, parents=[kept])
    second = read(repository.path, first.cursor)
    assert second.shas() == [new]
    assert second.retracted == {commit_id(sha) for sha in dropped}
    (moved,) = second.events("git.ref.moved")
    assert (moved.subject, moved.scope, moved.outcome) == ("refs/heads/main", "main", "moved")
    assert moved.refs == (f"git:{dropped[-1]}", f"git:{new}")
    assert not read(repository.path, second.cursor).batches


def test_moves_are_observed_with_the_first_batch_of_a_range(repository: GitRepository) -> None:
    old = repository.text("rev-parse", "main~1")
    repository.git("update-ref", "refs/tags/moves", old)
    first = read(repository.path)
    parents = [first.shas()[0]]
    for _ in range(9):
        parents = [repository.commit(message=b"Instead\n", parents=parents)]
    repository.git("update-ref", "refs/tags/moves", parents[0])
    second = read(repository.path, first.cursor, small=True)
    assert len(second.batches) > 2
    moved = [event for event in table_events(second.batches[0].events) if event.kind == MOVED]
    assert {event.subject for event in moved} == {"refs/heads/main", "refs/tags/moves"}
    for batch in second.batches:
        assert not read(repository.path, batch.cursor, small=True).events(MOVED)


def test_g3_tip_that_vanished_asks_for_a_new_start(repository: GitRepository) -> None:
    first = read(repository.path)
    repository.git("update-ref", "refs/heads/main", first.shas()[1])
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")
    with pytest.raises(CursorInvalidError, match=first.shas()[-1]):
        read(repository.path, first.cursor)
    again = read(repository.path)
    assert_equals_truth(again.events(), read_truth(repository))
    assert again.batches[-1].complete


def test_history_rewritten_while_a_range_is_open(repository: GitRepository) -> None:
    begun = read(repository.path, small=True)
    shas = begun.shas()
    new = repository.commit(message=b"Instead\n", parents=[shas[1]])
    rest = read(repository.path, begun.batches[0].cursor, small=True)
    assert rest.shas() == [*shas[4:], new]
    assert rest.retracted == {commit_id(sha) for sha in shas[2:]}
    assert [event.outcome for event in rest.events("git.ref.moved")] == ["moved"]
    assert not read(repository.path, rest.cursor).batches


def test_what_moved_is_observed_once_though_one_starts_anew(repository: GitRepository) -> None:
    tip = repository.text("rev-parse", "main")
    repository.git("update-ref", "refs/tags/moves", f"{tip}~2")
    repository.git("update-ref", "refs/heads/goes", f"{tip}~2")
    first = read(repository.path, branch="all", small=True)
    repository.git("update-ref", "-d", "refs/heads/goes")
    for _ in range(9):
        repository.commit()
    begun = read(repository.path, first.cursor, branch="all", small=True)
    assert [event.subject for event in begun.events(MOVED)] == ["refs/heads/goes"]
    repository.git("update-ref", "refs/heads/main", f"{tip}~1")
    repository.git("update-ref", "refs/tags/moves", f"{tip}~1")
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")
    given = read_until_invalid(repository.path, begun.batches[0].cursor, branch="all")
    assert {event.subject for event in given.events(MOVED)} == {
        "refs/heads/main",
        "refs/tags/moves",
    }


def test_target_of_an_open_range_that_vanished(repository: GitRepository) -> None:
    begun = read(repository.path, small=True)
    repository.git("update-ref", "refs/heads/main", begun.shas()[1])
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")
    with pytest.raises(CursorInvalidError, match="demo"):
        read(repository.path, begun.batches[0].cursor, small=True)


def test_deleted_branch_is_observed_and_its_own_commits_retracted(
    repository: GitRepository,
) -> None:
    tip = repository.text("rev-parse", "main")
    own = repository.commit("side", parents=[tip])
    first = read(repository.path, branch="all")
    repository.git("update-ref", "-d", "refs/heads/side")
    second = read(repository.path, first.cursor, branch="all")
    assert second.retracted == {commit_id(own)}
    (moved,) = second.events()
    assert (moved.kind, moved.subject, moved.outcome) == (
        "git.ref.moved",
        "refs/heads/side",
        "deleted",
    )


def test_merged_branch_that_is_deleted_takes_nothing_along(repository: GitRepository) -> None:
    repository.git("update-ref", "refs/heads/side", "main~1")
    first = read(repository.path, branch="all")
    repository.git("update-ref", "-d", "refs/heads/side")
    second = read(repository.path, first.cursor, branch="all")
    assert not second.retracted
    assert len(second.events("git.ref.moved")) == 1


def test_switching_branches_is_no_move(repository: GitRepository) -> None:
    tip = repository.text("rev-parse", "main")
    first = read(repository.path)
    own = repository.commit("side", parents=[tip])
    repository.git("symbolic-ref", "HEAD", "refs/heads/side")
    second = read(repository.path, first.cursor)
    assert [event.subject for event in second.events()] == [own]
    assert not second.retracted


def test_moved_and_deleted_tags(repository: GitRepository) -> None:
    old, new = (repository.text("rev-parse", f"main~{steps}") for steps in (2, 1))
    repository.git("update-ref", "refs/tags/moves", old)
    repository.git("update-ref", "refs/tags/goes", old)
    first = read(repository.path)
    ids = {event.subject: event.event_id for event in first.events("git.tag")}
    repository.git("update-ref", "refs/tags/moves", new)
    repository.git("update-ref", "-d", "refs/tags/goes")
    assert probe(repository.path, first.cursor).new
    second = read(repository.path, first.cursor)
    assert second.retracted == set(ids.values())
    (tag,) = second.events("git.tag")
    assert (tag.subject, tag.refs) == ("moves", (f"git:{new}",))
    assert tag.event_id not in ids.values()
    outcomes = {event.subject: event.outcome for event in second.events("git.ref.moved")}
    assert outcomes == {"refs/tags/moves": "moved", "refs/tags/goes": "deleted"}


def test_plain_cursor_starts_after_its_commit(repository: GitRepository) -> None:
    shas = read(repository.path).shas()
    given = read(repository.path, {"last_commit_sha": shas[2]})
    assert given.shas() == shas[3:]
    assert not read(repository.path, given.cursor).batches
    assert not read(repository.path, {"last_commit_sha": shas[-1]}).events()
    assert read(repository.path, {"last_commit_sha": None}).shas() == shas


@pytest.mark.parametrize(
    "cursor",
    [
        {"last_commit_sha": "no hex"},
        {"last_commit_sha": "0" * 40},
        {"v": 2, "refs": {}},
        {"v": 1, "refs": {"refs/heads/main": "--output=/tmp/x"}},
        {"position": 3},
    ],
)
def test_foreign_cursors_are_refused(repository: GitRepository, cursor: dict[str, object]) -> None:
    with pytest.raises(CursorInvalidError, match="demo"):
        read(repository.path, cursor)


def test_cursor_of_another_order_is_refused(repository: GitRepository) -> None:
    cursor = read(repository.path, small=True).batches[0].cursor
    assert cursor is not None
    cursor["open"]["last"] = repository.text("rev-parse", "main")
    with pytest.raises(CursorInvalidError, match="order"):
        read(repository.path, cursor)


def test_max_commits_fixes_its_boundary_at_the_first_pass(repository: GitRepository) -> None:
    shas = repository.text("rev-list", "--reverse", "main").split()
    first = read(repository.path, max_commits=2)
    assert first.shas() == shas[-2:]
    coverage = first.batches[-1].coverage
    horizon = datetime.fromtimestamp(START + 3 * DAY + 1, UTC)
    assert [(item.state, item.until) for item in coverage] == [
        ("whole", None),
        ("partial", horizon),
    ]
    assert coverage[1].reason == "max_commits is 2"
    (scope,) = first.batches[-1].complete
    assert scope.since == horizon
    new = [repository.commit() for _ in range(3)]
    second = read(repository.path, first.cursor, max_commits=2)
    assert second.shas() == new
    assert not second.retracted


@pytest.mark.parametrize("branch", [["main", "refs/x/1"], ["main", "refs/x/*"]])
def test_max_commits_is_counted_from_what_a_tag_leads_to(
    repository: GitRepository, branch: list[str]
) -> None:
    shas = repository.text("rev-list", "--reverse", "main").split()
    repository.git("tag", "-a", "-m", "Annotated", "v1", "main")
    repository.git("update-ref", "refs/x/1", repository.text("rev-parse", "refs/tags/v1"))
    repository.git("update-ref", "refs/x/2", repository.text("rev-parse", "main^{tree}"))
    first = read(repository.path, branch=branch, max_commits=2)
    assert first.shas() == shas[-2:]
    assert not read(repository.path, first.cursor, branch=branch, max_commits=2).batches


def test_max_commits_claims_nothing_of_the_time_of_a_commit_that_stays_out(
    tmp_path: Path,
) -> None:
    repository = empty_repository(tmp_path / "rebased")
    days = [b"%d +0000" % (START + day * DAY) for day in (1, 40, 2, 80, 81)]
    dates = [(days[0], days[0]), (b"yesterday +0000", days[1])]
    dates += [(day, days[3]) for day in days[2:]]  # the first of them was rebased: it is older
    for date, committed in dates:
        repository.commit(date=date, committer_date=committed)
    given = read(repository.path, max_commits=2)
    late = read_window(repository.path, datetime.fromtimestamp(START + 40 * DAY, UTC), None)
    (out,) = set(late.shas()) - set(given.shas())
    moment = late.by_subject()[out].occurred_at
    assert given.coverage_at(moment) == ("partial", "max_commits is 2")
    (scope,) = given.batches[-1].complete
    assert scope.since is not None
    assert scope.since > moment


def test_max_commits_of_several_branches_are_the_newest(repository: GitRepository) -> None:
    root = repository.text("rev-list", "--max-parents=0", "main")
    newest = repository.commit("side", parents=[root])
    first = read(repository.path, branch="all", max_commits=2)
    assert set(first.shas()) == {repository.text("rev-parse", "main"), newest}
    assert not read(repository.path, first.cursor, branch="all", max_commits=2).batches


def test_max_commits_beyond_the_history_is_all_of_it(repository: GitRepository) -> None:
    given = read(repository.path, max_commits=50)
    assert len(given.shas()) == 5
    assert [item.state for item in given.batches[-1].coverage] == ["whole"]


def test_shallow_clone_says_what_it_lacks_and_notices_deepening(
    repository: GitRepository, tmp_path: Path
) -> None:
    clone = GitRepository(tmp_path / "clone")
    origin = repository.path.as_uri()
    repository.git("clone", "--quiet", "--depth=2", origin, str(clone.path))
    first = read(clone.path)
    assert set(first.shas()) == set(read_truth(clone))
    assert [item.state for item in first.batches[-1].coverage] == ["whole", "partial"]
    assert first.batches[-1].coverage[1].reason == "the clone is shallow"
    assert (
        read_window(clone.path, None, datetime(2000, 1, 1, tzinfo=UTC)).batches[-1].complete == ()
    )
    clone.git("fetch", "--quiet", "--unshallow")
    assert probe(clone.path, first.cursor).new
    with pytest.raises(CursorInvalidError, match="deepened"):
        read(clone.path, first.cursor)
    assert len(read(clone.path).shas()) == 5


def test_shallow_clone_that_is_cut_anew_is_no_force_push(
    repository: GitRepository, tmp_path: Path
) -> None:
    clone = GitRepository(tmp_path / "clone")
    origin = repository.path.as_uri()
    repository.git("branch", "goes", "main~1")
    repository.git("clone", "--quiet", "--depth=2", "--no-single-branch", origin, str(clone.path))
    first = read(clone.path, branch=["main", "origin/*"])
    for _ in range(4):
        repository.commit()
    repository.git("branch", "--quiet", "-D", "goes")
    clone.git("fetch", "--quiet", "--depth=1", "--prune")
    clone.git("update-ref", "refs/heads/main", "origin/main")
    given = read_until_invalid(clone.path, first.cursor, branch=["main", "origin/*"])
    moved = [(event.scope, event.outcome) for event in given.events(MOVED)]
    assert moved == [("origin/goes", "deleted")]


def test_clone_without_contents_keeps_its_commits(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    for number in range(6):
        repository.commit(edits={b"file": b"%d\n" % number})
    whole = read(repository.path)
    lost = repository.text("rev-parse", "main~2:file")
    (repository.path / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    given = read(repository.path)
    assert given.shas() == whole.shas()
    lacking = [event for event in given.events() if event.additions is None]
    assert [event.subject for event in lacking] == whole.shas()[3:5]
    assert [item.path for event in lacking for item in event.files or ()] == ["file", "file"]
    assert all(event.attributes["statistics"] == "unavailable" for event in lacking)
    states = [given.coverage_at(event.occurred_at) for event in given.events()]
    assert {state and state[0] for state in states} == {"partial"}
    others = [event for event in given.events() if event.additions is not None]
    assert others == [event for event in whole.events() if event.subject not in whole.shas()[3:5]]


def test_repository_that_goes_away_is_a_matter_of_configuration(repository: GitRepository) -> None:
    shutil.rmtree(repository.path)
    with pytest.raises(ConfigError, match="does not exist"):
        read(repository.path)


@pytest.mark.parametrize("bare", [False, True])
def test_another_mailmap_is_a_reason_to_read_everything_again(
    tmp_path: Path, repository: GitRepository, *, bare: bool
) -> None:
    place = repository.path
    if bare:
        place = tmp_path / "bare.git"
        repository.git("clone", "--quiet", "--bare", str(repository.path), str(place))
    cursor = read(place).cursor
    names = b"Ada Lovelace <lovelace@example.org> <ada@example.org>\n"
    if bare:
        repository.commit(edits={b".mailmap": names})
        repository.git("push", "--quiet", str(place), "main")
    else:
        (repository.path / ".mailmap").write_bytes(names)
    assert probe(place, cursor).new
    with pytest.raises(CursorInvalidError, match="mailmap"):
        read(place, cursor)
    assert read(place).events("git.commit")[0].actor == "Ada Lovelace"
    assert read(place, mailmap=False).cursor is not None


def test_a_mailmap_that_is_not_applied_is_no_reason(repository: GitRepository) -> None:
    cursor = read(repository.path, mailmap=False).cursor
    (repository.path / ".mailmap").write_text("Ada Lovelace <ada@example.org>\n")
    assert not probe(repository.path, cursor, mailmap=False).new
    assert read(repository.path, cursor, mailmap=False).batches == ()
