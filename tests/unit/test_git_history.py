"""What a git history becomes: commits equal to ``git log --numstat -M``, tags, odd dates."""

import base64
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.git_reading import Given, assert_equals_truth, read, read_window
from tests.support.git_repository import (
    DAY,
    START,
    GitRepository,
    empty_repository,
    eventful_repository,
    expected_events,
    linear_repository,
    read_truth,
)


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    return eventful_repository(tmp_path_factory.mktemp("git") / "eventful")


@pytest.fixture(scope="module")
def everything(eventful: GitRepository) -> Given:
    return read(eventful.path, branch="all")


def test_commits_equal_git_log(eventful: GitRepository, everything: Given) -> None:
    assert_equals_truth(everything.events("git.commit"), read_truth(eventful))


def test_batches_of_any_size_hold_the_same_events(
    eventful: GitRepository, everything: Given
) -> None:
    small = read(eventful.path, small=True, branch="all")
    assert len(small.batches) > len(everything.batches)
    assert small.events() == everything.events()


def test_every_commit_and_tag_is_one_event(eventful: GitRepository, everything: Given) -> None:
    subjects = [(event.kind, event.subject) for event in everything.events()]
    assert len(subjects) == len(set(subjects))
    assert set(subjects) == expected_events(eventful)


def test_parents_come_before_children(everything: Given) -> None:
    seen: set[str] = set()
    for event in everything.events("git.commit"):
        assert seen.issuperset(event.attributes["parents"])
        seen.add(event.subject)


def test_remaining_counts_down_to_nothing(eventful: GitRepository) -> None:
    batches = read(eventful.path, small=True, branch="all").batches
    left = sum(batch.events.num_rows for batch in batches)
    for batch in batches:
        left -= batch.events.num_rows
        assert batch.remaining == left


def test_full_pass_ends_with_proof(everything: Given) -> None:
    (scope,) = everything.batches[-1].complete
    assert scope.proven
    assert scope.kinds == ("git.commit", "git.tag")
    assert [item.state for item in everything.batches[-1].coverage] == ["whole"]


def test_g5_names_with_newline_quote_and_tab_survive(everything: Given) -> None:
    event = next(event for event in everything.events() if event.title == "Names")
    assert event.files is not None
    assert {"new\nline", 'quo"te\td'} < {item.path for item in event.files}
    raw = base64.b64decode(event.attributes["raw"]["2.path"])
    assert raw == b"\xff\xfe"


def test_g6_merge_has_parents_and_no_churn(everything: Given) -> None:
    event = next(event for event in everything.events() if event.title == "Merge three")
    assert event.attributes["merge"] is True
    assert len(event.attributes["parents"]) == 3
    assert (event.additions, event.deletions, event.files) == (0, 0, ())


def test_renames_carry_both_names(everything: Given) -> None:
    event = next(event for event in everything.events() if event.title == "Move")
    assert event.files is not None
    (item,) = event.files
    assert (item.change, item.old_path, item.path) == ("R", "src/a.py", "lib/a.py")


def test_g12_bytes_that_are_no_text_can_be_had_back(everything: Given) -> None:
    event = next(event for event in everything.events() if event.title.startswith("Bytes"))
    assert base64.b64decode(event.attributes["raw"]["message"]) == b"Bytes \xff\xfe\n"
    assert event.attributes["raw"]["author"]
    foreign = next(event for event in everything.events() if event.title == "Grüße")
    assert foreign.attributes["encoding"] == "ISO-8859-1"


def test_trailers_reverts_and_issues_become_links(everything: Given) -> None:
    events = {event.title: event for event in everything.events("git.commit")}
    helped = events["Nothing changes"].attributes["trailers"]
    assert helped == {"Co-authored-by": ["Grace Hopper <Grace@Example.org>"]}
    assert events['Revert "Beside"'].refs == (f"git:{events['Beside'].subject}",)
    assert events["Pick ABC-12"].refs == (f"git:{events['Begin'].subject}", "issue:ABC-12")


def test_g7_odd_dates_lose_no_commit(everything: Given) -> None:
    odd = [event for event in everything.events() if event.title.startswith("Odd")]
    assert [event.attributes.get("occurred_at_basis") for event in odd] == [
        None,
        "committer",
        "ancestor",
        "committer",
        "ancestor",
        None,
        None,
        "committer",
    ]
    assert odd[0].occurred_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert {event.occurred_at for event in odd[1:]} == {datetime.fromtimestamp(START, UTC)}
    assert odd[1].attributes["author_date"] == "9223372036854775807 +0000"
    assert [event.utc_offset_minutes for event in odd] == [0, 120, None, 120, None, None, None, 120]


def test_session_is_the_authors_day(everything: Given) -> None:
    event = next(event for event in everything.events() if event.title == "Move")
    assert event.session_id == f"grace@example.org {event.occurred_at:%Y-%m-%d}"


def test_tags_of_everything(eventful: GitRepository, everything: Given) -> None:
    tags = everything.by_subject("git.tag")
    first = next(event for event in everything.events() if event.title == "Begin")
    assert set(tags) == {"v1.0", "nested", "dateless", "of-tree", "light", "blob"}
    assert tags["v1.0"].occurred_at == datetime.fromtimestamp(1_700_500_000, UTC)
    assert tags["v1.0"].actor_key == "grace@example.org"
    assert tags["v1.0"].title == "v1.0: Release"
    assert tags["v1.0"].utc_offset_minutes == 120
    assert {tags[name].refs for name in ("v1.0", "nested", "dateless", "light")} == {
        (f"git:{first.subject}",)
    }
    assert tags["light"].occurred_at == tags["dateless"].occurred_at == first.occurred_at
    assert tags["blob"].attributes["target_type"] == "blob"
    assert tags["of-tree"].attributes["occurred_at_basis"] == "none"
    assert not read(eventful.path, tags=False).events("git.tag")


def test_one_branch_gives_its_name_as_scope(eventful: GitRepository, everything: Given) -> None:
    side = read(eventful.path, branch="side")
    assert {event.scope for event in side.events("git.commit")} == {"side"}
    assert_equals_truth(side.events("git.commit"), read_truth(eventful, "side"))
    assert {event.scope for event in everything.events()} == {None}
    checked_out = read(eventful.path)
    assert {event.scope for event in checked_out.events("git.commit")} == {"main"}


def test_branches_by_list_and_glob(eventful: GitRepository) -> None:
    expected = read_truth(eventful, "side", "other")
    assert_equals_truth(read(eventful.path, branch=["s*", "other"]).events("git.commit"), expected)


def test_patterns_keep_the_commits_that_touch_them(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    inside = repository.commit(edits={b"docs/a/b.md": b"1\n", b"src/x.py": b"1\n"})
    repository.commit(edits={b"src/x.py": b"2\n"})
    given = read(repository.path, patterns=["docs/**/*.md"])
    assert given.shas() == [inside]
    (event,) = given.events("git.commit")
    assert event.files is not None
    assert len(event.files) == 2  # a commit stays what it is, whatever chose it


def test_g9_mailmap_corrects_names_and_keeps_the_raw_ones(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    repository.commit(author=b"al <AL@old>")
    repository.tag("v1", repository.text("rev-parse", "main"), date=b"1700000000 +0000")
    (repository.path / ".mailmap").write_text(
        "Ada Lovelace <ada@example.org> <al@old>\nG. Hopper <gh@example.org> <Grace@Example.org>\n"
    )
    commit, tag = read(repository.path).events()
    assert (commit.actor, commit.actor_key) == ("Ada Lovelace", "ada@example.org")
    assert (commit.attributes["author_name"], commit.attributes["author_email"]) == ("al", "AL@old")
    assert (tag.actor, tag.actor_key) == ("G. Hopper", "gh@example.org")
    plain, _ = read(repository.path, mailmap=False).events()
    assert (plain.actor, plain.actor_key) == ("al", "al@old")


@pytest.mark.parametrize("place", [".", ".git", "../bare", "../bare/worktrees/tree", "../tree"])
def test_g9_mailmap_is_the_same_from_wherever_it_is_read(tmp_path: Path, place: str) -> None:
    repository = empty_repository(tmp_path / "repo")
    mailmaps = {b".mailmap": b"A. Lovelace <al@old>\n", b"other": b"Countess <al@old>\n"}
    repository.commit(author=b"al <al@old>", edits=mailmaps)
    repository.git("reset", "--quiet", "--hard")
    repository.git("clone", "--quiet", "--bare", ".", "../bare")
    repository.git("-C", "../bare", "worktree", "add", "--quiet", "../tree", "main")
    found = GitRepository(repository.path / place)
    found.git("config", "mailmap.blob", "HEAD:other")
    found.git("config", "mailmap.file", "/dev/zero")
    (commit,) = read(found.path).events()
    assert commit.actor == "A. Lovelace"


def test_a_name_that_was_left_empty_is_kept_so_where_the_mailmap_knows_it(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    repository.commit(author=b" <al@old>")
    (repository.path / ".mailmap").write_text("Ada Lovelace <al@old>\n")
    (commit,) = read(repository.path).events()
    assert (commit.actor, commit.actor_key) == ("Ada Lovelace", "al@old")
    assert (commit.attributes["author_name"], commit.attributes["author_email"]) == ("", "al@old")


def test_configuration_of_the_repository_changes_no_number(tmp_path: Path) -> None:
    repository = eventful_repository(tmp_path / "repo")
    repository.commit(edits={b"src/b.py": b"\n".join([b"1", b"", b"2", b"", b"3", b""])})
    repository.commit(edits={b"src/b.py": b"\n".join([b"1", b"", b"4", b"", b"3", b""])})
    expected = read(repository.path, branch="all", patch_ids=True).events()
    for key, value in {
        "diff.default.algorithm": "histogram",
        "diff.default.binary": "true",
        "diff.suppressBlankEmpty": "true",
        "diff.renames": "copies",
        "diff.renameLimit": "1",
        "diff.algorithm": "patience",
        "diff.orderFile": "/dev/zero",
        "diff.external": "false",
        "log.showSignature": "true",
        "log.mailmap": "false",
        "i18n.logOutputEncoding": "UTF-16",
        "core.quotePath": "true",
        "core.bigFileThreshold": "1",
        "core.commentChar": "S",
    }.items():
        repository.git("config", key, value)
    assert read(repository.path, branch="all", patch_ids=True).events() == expected


def test_signature_is_noted_and_not_verified(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    signature = b"gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----\n"
    repository.commit(message=b"Signed\n", headers=signature)
    (event,) = read(repository.path).events()
    assert event.attributes["signature"] == "ssh"
    assert event.title == "Signed"


def test_g1_g2_dates_out_of_order_hide_nothing(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    june, january = 1_717_200_000, 1_704_100_000
    shas = [
        repository.commit(date=b"%d +0000" % ((june if number % 3 else january) + number * DAY))
        for number in range(13)
    ]
    given = read_window(
        repository.path, datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
    )
    assert given.shas() == [sha for number, sha in enumerate(shas) if number % 3]


def test_windows_together_are_the_whole_history(eventful: GitRepository, everything: Given) -> None:
    edges = [None, *(datetime.fromtimestamp(START + n * 5 * DAY, UTC) for n in range(5)), None]
    parts = [read_window(eventful.path, start, end, branch="all") for start, end in pairwise(edges)]
    events = [event for part in parts for event in part.events()]
    assert len(events) == len(everything.events())
    assert {event.event_id: event for event in events} == {
        event.event_id: event for event in everything.events()
    }
    for part in parts:
        assert all(batch.cursor is None for batch in part.batches)
        (scope,) = part.batches[-1].complete
        assert scope.proven


def test_g10_huge_commits_are_batches_of_their_own(tmp_path: Path) -> None:
    repository = empty_repository(tmp_path / "repo")
    stream = []
    for number in range(3):
        stream.append(
            b"commit refs/heads/main\nauthor A <a@b> %d +0000\ncommitter A <a@b> %d +0000\n"
            b"data 4\nHuge\n" % (START + number, START + number)
        )
        stream += [
            b"M 100644 inline %d/%d\ndata 2\n%d\n" % (i % 99, i, number) for i in range(30_000)
        ]
    repository.git("fast-import", "--quiet", stdin=b"".join(stream))
    given = read(repository.path)
    assert [batch.events.num_rows for batch in given.batches] == [1, 1, 1]
    assert [event.files_changed for event in given.events()] == [30_000] * 3
    assert [event.deletions for event in given.events()] == [0, 30_000, 30_000]


def test_long_history_comes_in_bounded_batches(tmp_path: Path) -> None:
    repository = linear_repository(tmp_path / "repo", 4_500)
    given = read(repository.path)
    assert [batch.events.num_rows for batch in given.batches] == [500] * 9
    assert_equals_truth(given.events(), read_truth(repository))
