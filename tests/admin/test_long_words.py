"""What people write may be one long word."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from feedback.models import Question, Response
from tests.factories import NOON, DeliveryFactory, InvitationFactory, QuestionFactory


@pytest.mark.slow(reason="opens a browser")
def test_a_comment_of_one_long_word_leaves_the_other_columns_in_sight(
    live_server: LiveServer, page: Page, lead_client: Client
) -> None:
    why = QuestionFactory(kind=Question.Kind.TEXT)
    invitation = InvitationFactory(version=why.version)
    response = Response.objects.create(
        invitation=invitation,
        delivery=DeliveryFactory(broadcast=invitation.broadcast),
        language="en",
        submitted_at=NOON,
        changed_at=NOON,
    )
    response.answers.create(question=why, text="w" * 5_000)
    session = lead_client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    for width in (1_400, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(live_server.url + reverse("admin:feedback_answer_changelist"))

        box = page.locator("#result_list .field-show_when").bounding_box()
        assert box
        assert box["x"] + box["width"] <= width
