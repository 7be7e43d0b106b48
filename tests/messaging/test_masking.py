import pytest

from messaging.masking import MASK, masked
from messaging.models import Broadcast
from messaging.services import links


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("550 5.1.1 <ana@example.com> unknown", f"550 5.1.1 <{MASK}> unknown"),
        ("to m.müller+x@exämple.co.uk, please", f"to {MASK}, please"),
        (
            "GET /Messages?To=%2B4917139200001&q=ana%40example.com",
            f"GET /Messages?To={MASK}&q={MASK}",
        ),
        ("The 'To' number +4917139200001 is not valid", f"The 'To' number {MASK} is not valid"),
        ("Not Found: /u/abc-DEF/", f"Not Found: /u/{MASK}/"),
        ("POST /f/abc", f"POST /f/{MASK}"),
        ("redis://klartext:p@ss@broker:6379/0 away", f"redis://{MASK}@broker:6379/0 away"),
        ("refused for 8.8.8.8 and 2001:4860:4860::8888", f"refused for {MASK} and {MASK}"),
        (
            "DETAIL:  Failing row contains (1, Ana (A.) Weber, t).\nMore",
            f"DETAIL:  Failing row contains {MASK}.\nMore",
        ),
        ("Key (name)=(Ana Weber) already exists.", f"Key {MASK} already exists."),
    ],
)
def test_what_names_or_admits_a_person_is_masked(text, clean):
    assert masked(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "Task messaging.tasks.sweep[8f14e45f-ceea-467f-a9b1-0242ac120002] succeeded in 0.01s",
        "sending@web1 ready.",
        "delivery 1234567 at 2026-03-02T12:30:45.123456Z, 12:30:45 +0100",
        "connection to 10.0.0.5:5432 and [::1]:6379 refused",
        "GET /incidents/slow-logins/ 404, SID SM0123456789abcdef0123456789abcdef, code 5.7.1",
        "/admin/messaging/delivery/?broadcast=12",
    ],
)
def test_ids_and_our_own_machines_stay_readable(text):
    assert masked(text) == text


@pytest.mark.parametrize("number", [1, 2**29 - 1])
def test_a_personal_link_is_known_by_itself(number):
    token = links.token_of(contact=number, broadcast=Broadcast(), channel="sms")

    assert masked(f"token {token}.") == f"token {MASK}."
