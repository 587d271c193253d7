"""Tags as events: annotated and light, of commits and of anything else git lets be tagged.

An annotated tag has its tagger's date; a tag without one, and a light tag, have the time of the
commit they lead to; a tag that leads to no commit stands at 1970 and says so. A tag that was
moved is another event: its id is made of the name and the object it points to.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sources.event import canonical_json, event_id
from sources.filesystem.command import Git
from sources.filesystem.commits import ObjectText, Person, parse_object
from sources.filesystem.events import SOURCE_TYPE, from_seconds, session_id
from sources.filesystem.log import read_objects
from sources.filesystem.moments import Moment, Moments

TAG: Final = "git.tag"
_DEPTH: Final = 32
_ID: Final = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """What one tag leads to.

    Attributes:
        tag: the tag object; ``None`` for a light tag.
        target: id of the object at the end, through tags of tags.
        target_type: ``commit``, ``tree``, ``blob``; ``missing`` where it is not there.
        commit: that object, where it is a commit.
    """

    tag: ObjectText | None
    target: str
    target_type: str
    commit: ObjectText | None


def tag_id(source_id: str, name: str, sha: str) -> str:
    """The id of the event that a tag of this name points to this object."""
    return event_id(source_id, TAG, f"{name} {sha}")


def read_types(git: Git, shas: Sequence[str]) -> dict[str, str]:
    """Say what each object is: ``commit``, ``tag``, ``tree``, ``blob`` or ``missing``.

    Raises:
        GitFailedError: the repository cannot be read.
    """
    if not shas:
        return {}
    stdin = "".join(f"{sha}\n" for sha in shas).encode()
    answer = git.run("cat-file", "--batch-check=%(objecttype)", stdin=stdin)
    types = (line.split()[-1].decode() for line in answer.splitlines())
    return dict(zip(shas, types, strict=True))


def find_commits(git: Git, shas: Sequence[str]) -> dict[str, str]:
    """Name the commit that each object is or, as a tag, leads to; what leads to none is left out.

    Raises:
        GitFailedError: the repository cannot be read.
    """
    stdin = "".join(f"{sha}^{{commit}}\n" for sha in shas).encode()
    answer = git.run("cat-file", "--batch-check=%(objectname)", stdin=stdin).decode()
    pairs = zip(shas, answer.splitlines(), strict=True)
    return {sha: found for sha, found in pairs if not found.endswith(" missing")}


def read_tags(
    git: Git, tags: Sequence[tuple[str, str]], *, source_id: str, moments: Moments, mailmap: bool
) -> list[dict[str, Any]]:
    """Read tags into rows.

    Args:
        git: runs the commands.
        tags: names and the objects they point to; some thousand at most.
        source_id: the configured source.
        moments: for the times of commits.
        mailmap: whether the mailmap corrects the taggers.

    Raises:
        GitFailedError: the repository cannot be read.
    """
    shas = [sha for _, sha in tags]
    tagged = _follow(git, shas)
    taggers = {sha: item.tag.person("tagger") for sha, item in tagged.items() if item.tag}
    corrected = _correct(git, taggers.values()) if mailmap else {}
    rows = []
    for name, sha in tags:
        item, tagger = tagged[sha], taggers.get(sha)
        moment = _moment(item, tagger, moments)
        who = corrected.get((tagger.name, tagger.email)) if tagger else None
        rows.append(tag_row(source_id, (name, sha), item, moment, who or _plain(tagger)))
    return rows


def tag_row(
    source_id: str,
    reference: tuple[str, str],
    tagged: Tagged,
    moment: Moment,
    who: tuple[str | None, str | None],
) -> dict[str, Any]:
    """Turn one tag into one row.

    Args:
        source_id: the configured source.
        reference: the tag's name and the object it points to.
        tagged: what it leads to.
        moment: when it was made.
        who: the tagger's name and e-mail.
    """
    name, sha = reference
    tag = tagged.tag
    actor, email = ((text or "").strip() or None for text in who)
    key = email.lower() if email else None
    occurred_at = from_seconds(moment.seconds)
    attributes = {
        "annotated": tag is not None,
        "object": sha,
        "target": tagged.target,
        "target_type": tagged.target_type,
    }
    if moment.basis != "tagger":
        attributes["occurred_at_basis"] = moment.basis
    if tag is not None:
        attributes |= {
            "tagger_date": tag.person("tagger").stamp.raw,
            **({"signature": tag.signature} if tag.signature else {}),
            **({"raw": tag.undecodable} if tag.undecodable else {}),
        }
    return {
        "event_id": tag_id(source_id, name, sha),
        "source_id": source_id,
        "source_type": SOURCE_TYPE,
        "kind": TAG,
        "occurred_at": occurred_at,
        "utc_offset_minutes": moment.offset,
        "session_id": session_id(key or actor, occurred_at) if tag else f"tag {name}",
        "actor": actor,
        "actor_key": key,
        "subject": name,
        "title": f"{name}: {tag.title}" if tag and tag.title else name,
        "body": tag.body if tag else None,
        "refs": [f"git:{tagged.target}"] if tagged.target_type == "commit" else [],
        "attributes": canonical_json(attributes),
    }


def _follow(git: Git, shas: Sequence[str]) -> dict[str, Tagged]:
    """Find the end of each tag, all of one depth together."""
    first: dict[str, ObjectText] = {}
    types = read_types(git, list(dict.fromkeys(shas)))
    ends = {sha: (sha, kind) for sha, kind in types.items()}
    for _ in range(_DEPTH):
        open_tags = {end for end, kind in ends.values() if kind == "tag"}
        if not open_tags:
            break
        texts = _read_texts(git, open_tags)
        targets = {end: _target(text) for end, text in texts.items()}
        types = read_types(git, sorted({*targets.values()} - {""}))
        for sha, (end, kind) in ends.items():
            if kind == "tag" and end in texts:
                first.setdefault(sha, texts[end])
                ends[sha] = (targets[end], types.get(targets[end], "missing"))
    commits = _read_texts(git, {end for end, kind in ends.values() if kind == "commit"})
    return {
        sha: Tagged(
            tag=first.get(sha),
            target=end,
            target_type="missing" if kind == "commit" and end not in commits else kind,
            commit=commits.get(end),
        )
        for sha, (end, kind) in ends.items()
    }


def _target(tag: ObjectText) -> str:
    """The id that a tag leads to; empty where it names none, as git would take it for a revision.

    What its ``type`` line says is passed over: git believes the object alone.
    """
    target = tag.first("object") or ""
    return target if _ID.fullmatch(target) else ""


def _read_texts(git: Git, shas: Iterable[str]) -> dict[str, ObjectText]:
    wanted = sorted(shas)
    if not wanted:
        return {}
    found = read_objects(git, wanted)
    return {sha: parse_object(content) for sha, content in found if content is not None}


def _moment(tagged: Tagged, tagger: Person | None, moments: Moments) -> Moment:
    if tagger is not None and tagger.stamp.seconds is not None:
        stamp = tagger.stamp
        return Moment(seconds=tagger.stamp.seconds, offset=stamp.offset, basis="tagger")
    if tagged.commit is not None:
        moment = moments.of(tagged.target, tagged.commit)
        if moment.basis != "none":
            return Moment(seconds=moment.seconds, offset=moment.offset, basis="target")
    return Moment(seconds=0, offset=None, basis="none")


def _correct(git: Git, people: Iterable[Person]) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Look people up in the mailmap."""
    known = sorted({(one.name, one.email) for one in people if one.email and "\n" not in one.name})
    if not known:
        return {}
    stdin = "".join(f"{name} <{email}>\n" for name, email in known).encode()
    lines = git.run("check-mailmap", "--stdin", stdin=stdin).decode("utf-8", "replace").split("\n")
    pairs = (line.partition("<") for line in lines)  # no name has one, an e-mail may
    found = [(name, email.removesuffix(">")) for name, _, email in pairs]
    return dict(zip(known, found, strict=False))


def _plain(tagger: Person | None) -> tuple[str | None, str | None]:
    return (tagger.name, tagger.email) if tagger else (None, None)
