"""What nobody links to and is asked for all the same."""

from io import BytesIO

import pytest
from django.conf import LazySettings
from django.contrib.staticfiles import finders
from django.test import Client

from tests.factories import SegmentFactory


def test_the_icon_is_found_where_browsers_look(client: Client) -> None:
    answer = client.get("/favicon.ico")

    assert answer.status_code == 302
    assert finders.find(answer.url.removeprefix("/static/"))


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/sending", "/metrics"])
def test_a_post_to_what_only_answers_is_not_allowed(path: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(path)

    assert answer.status_code == 405


@pytest.mark.parametrize("chosen", ["9" * 24, "-" + "9" * 24])
def test_a_list_out_of_every_range_is_no_list(client: Client, db: None, chosen: str) -> None:
    SegmentFactory(is_listed=True)

    answer = client.post(
        "/subscribe/", {"lists": chosen, "email": "new@example.com", "language": "en"}
    )

    assert answer.status_code == 422


def test_a_form_is_read_in_the_encoding_of_its_page_whatever_it_claims(
    client: Client, db: None
) -> None:
    half_a_character = b"email=%2B2AA-@example.com&language=en"

    answer = client.generic(
        "POST",
        "/subscribe/",
        half_a_character,
        content_type="application/x-www-form-urlencoded; charset=utf-7",
    )

    assert answer.status_code == 422


def test_no_visitor_leaves_a_large_file_on_our_disk_and_staff_may(
    client: Client, admin_client: Client, settings: LazySettings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    def sent(by: Client) -> int:
        return by.post("/subscribe/", {"file": BytesIO(b"x" * 1_001)}).status_code

    assert sent(client) == 400
    assert sent(admin_client) == 422
