"""The crowd of the measure finds its forms, and what it sends is what the survey asks."""

import pytest

from benchmarks import visits
from benchmarks.engine import invited
from feedback.models import Question

pytestmark = pytest.mark.django_db


@pytest.mark.slow(reason="loads the surveys that come with the product, and answers one of them")
def test_every_person_can_answer_and_what_is_lost_is_noticed(client):
    found = invited.plant(4)
    people = list(visits.people(found, seconds=1))
    of_survey = Question.objects.filter(version__survey__slug=invited.SURVEY)
    names = [f"q{pk}" for pk in of_survey.order_by("position").values_list("pk", flat=True)]

    for person in people[1:]:
        body = visits.form(person, person.last_score, names)
        answer = client.post(person.path, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200

    sent = {found[person.path]: person.last_score for person in people}
    assert invited.check(sent) == {"kept": 3, "lost": 1, "twice": 0, "of_nobody": 0}
