"""While a second person looks at a post-mortem, it is theirs: they hear of it, and are called."""

from datetime import timedelta

import pytest

from audiences.models import Contact
from incidents.models import DutyCall, Incident, Postmortem
from incidents.services import duty_answers, ladder, postmortems
from incidents.services.responsibility import CannotAnswer
from messaging.models import BroadcastContent
from tests.factories import NOON

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEXTS = {"summary": {"en": "It had expired."}, "body": {"en": "A certificate."}}


@pytest.fixture
def written(incident, team, lead):
    Incident.objects.filter(pk=incident.pk).update(status="resolved", resolved_at=NOON)
    incident.refresh_from_db()
    return Postmortem.objects.create(incident=incident, author=lead, due_at=NOON + 3 * DAY, **TEXTS)


@pytest.fixture
def submitted(written, lead, deputy):
    return postmortems.submit(postmortem=written, reviewer=deputy, by=lead, now=NOON)


def letters():
    found = BroadcastContent.objects.filter(broadcast__purpose="duty")
    return list(found.order_by("pk").values_list("broadcast__deliveries__address", "text"))


def asked():
    found = DutyCall.objects.filter(about="postmortem").order_by("pk")
    return [(call.user.username, call.called_at - NOON) for call in found]


def climb(first, last, every=6):
    for hours in range(first, last + 1, every):
        ladder.climb(now=NOON + hours * HOUR)


def test_the_reviewer_hears_who_asks_until_when_and_where(submitted):
    [(address, text)] = letters()

    assert address == "deputy@example.org"
    assert "Lea asks you" in text
    assert "Review of the post-mortem is due: 5 March 2026" in text
    assert f"/admin/incidents/postmortem/{submitted.pk}/change/" in text


def test_the_author_hears_why_it_comes_back(submitted, deputy):
    postmortems.send_back(postmortem=submitted, reason="Say *what* failed", by=deputy, now=NOON)

    address, text = letters()[-1]
    assert address == "lead@example.org"
    assert "“Say *what* failed”" in text
    assert f"/admin/incidents/postmortem/{submitted.pk}/change/" in text


def test_nobody_writes_to_themselves(written, lead, deputy):
    submitted = postmortems.submit(postmortem=written, reviewer=deputy, by=deputy, now=NOON)
    postmortems.send_back(postmortem=submitted, reason="Mine again", by=lead, now=NOON)

    assert letters() == []


def test_nothing_is_sent_about_a_replay(written, lead, deputy):
    Incident.objects.update(mode=Incident.Mode.REPLAY)

    postmortems.submit(postmortem=written, reviewer=deputy, by=lead, now=NOON)

    assert letters() == []


def test_an_incident_without_a_plan_has_a_review_too(written, lead, deputy):
    Incident.objects.update(plan=None)

    postmortems.submit(postmortem=written, reviewer=deputy, by=lead, now=NOON)

    assert len(letters()) == 1


def test_a_letter_that_cannot_be_written_stops_nothing(written, lead, deputy, caplog):
    Contact.objects.filter(pk=deputy.responder.contact_id).update(language="xx")

    postmortems.submit(postmortem=written, reviewer=deputy, by=lead, now=NOON)

    written.refresh_from_db()
    assert written.state == Postmortem.State.REVIEW
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_the_reviewer_is_called_first_then_the_author(submitted):
    climb(48, 120, every=24)

    names = [name for name, _after in asked()]
    assert names[:3] == ["deputy", "lead", "second"]
    assert asked()[0][1] == 2 * DAY


def test_whoever_was_called_before_it_was_handed_on_does_not_keep_it(written, lead, deputy):
    climb(48, 60, every=12)
    assert asked() == [("lead", 2 * DAY)]
    postmortems.submit(postmortem=written, reviewer=deputy, by=lead, now=NOON + 67 * HOUR)

    climb(70, 91, every=7)

    # The letter was the first word; a day later the reviewer is called.
    assert asked()[1:] == [("deputy", 91 * HOUR)]


def test_sent_back_it_is_the_authors_again(submitted, deputy):
    climb(48, 54)
    postmortems.send_back(postmortem=submitted, reason="Too long", by=deputy, now=NOON + 60 * HOUR)

    climb(72, 90, every=12)

    assert [name for name, _after in asked()] == ["deputy", "lead"]


def test_taking_it_over_makes_one_the_reviewer_but_never_of_ones_own_words(submitted, lead, second):
    climb(48, 96, every=24)
    _deputy, authors, seconds = DutyCall.objects.order_by("pk")
    given = {"through": DutyCall.Through.LINK, "now": NOON + 97 * HOUR}

    with pytest.raises(CannotAnswer, match="You wrote it"):
        duty_answers.take_over(call=authors, by=lead, **given)
    duty_answers.take_over(call=seconds, by=second, **given)

    submitted.refresh_from_db()
    assert (submitted.author, submitted.reviewer) == (lead, second)


def test_a_reviewer_who_takes_over_the_writing_reviews_it_no_more(submitted, deputy):
    postmortems.send_back(postmortem=submitted, reason="Too long", by=deputy, now=NOON)
    climb(48, 72, every=24)
    deputys = DutyCall.objects.get(user=deputy)

    through = DutyCall.Through.LINK
    duty_answers.take_over(call=deputys, by=deputy, through=through, now=NOON + 73 * HOUR)

    submitted.refresh_from_db()
    assert (submitted.author, submitted.reviewer) == (deputy, None)
