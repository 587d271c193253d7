"""A site on which there is one of everything."""

from datetime import timedelta

from tests.support.github.repository import Repository
from tests.support.github.site import Site
from tests.support.github.things import Change
from tests.support.loopback.clock import START


def one_of_everything(site: Site) -> Repository:
    """Fill ``acme/demo``, whose owner is an organisation."""
    site.organisation("acme")
    repository = site.repository("acme/demo")
    ada, ben = site.user("ada", name="Ada"), site.user("ben")
    first = repository.commit("Begin", user=ada)
    repository.commit("On a branch", user=ben, branch="topic", changes=(Change(path="new"),))
    repository.comment_commit(first.sha, "Why?", user=ben)
    issue = repository.open_issue("Bug", user=ada, body="It fails")
    repository.comment(issue, "Here too", user=ben)
    repository.label(issue, "bug", by=ada)
    repository.assign(issue, ben, by=ada)
    repository.retitle(issue, "Serious bug", by=ada)
    repository.lock(issue, by=ada)
    pull = repository.open_pull("Mend it", user=ben, branch="topic", body="Fixes #1", draft=True)
    repository.mention(issue, source=pull, by=ben)
    repository.ready(pull, by=ben)
    repository.ask_review(pull, ada, by=ben)
    review = repository.review(pull, "APPROVED", user=ada, body="Good")
    said = repository.review_comment(pull, "A typo", user=ada, review=review)
    repository.review_comment(pull, "Mended", user=ben, reply_to=said)
    repository.merge(pull, by=ada, at=START + timedelta(hours=2))
    repository.close(issue, by=ada, at=START + timedelta(hours=2))
    repository.release("v1.0", author=ada, body="First")
    repository.star(ben)
    run = repository.start_run(actor=ada)
    repository.end_run(run, at=START + timedelta(minutes=7))
    discussion = repository.discuss("How?", user=ben, body="Tell me")
    answer = repository.say(discussion, "So", user=ada)
    repository.say(discussion, "Thanks", user=ben, reply_to=answer)
    repository.answer(discussion, answer, by=ben)
    return repository
