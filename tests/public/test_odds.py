"""What nobody links to and is asked for all the same."""

import pytest
from django.contrib.staticfiles import finders
from django.test import Client


def test_the_icon_is_found_where_browsers_look(client: Client) -> None:
    answer = client.get("/favicon.ico")

    assert answer.status_code == 302
    assert finders.find(answer.url.removeprefix("/static/"))


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/sending", "/metrics"])
def test_a_post_to_what_only_answers_is_not_allowed(path: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(path)

    assert answer.status_code == 405
