"""Our own people are people too: what is known of how they are called goes with them."""

import pytest

from audiences.services import erasure, merging, personal_data
from incidents.models import Responder
from tests.factories import NOON, ContactFactory, ResponderFactory

pytestmark = pytest.mark.django_db


def test_whoever_is_erased_is_called_no_more():
    responder = ResponderFactory()

    erasure.erase(contact=responder.contact, by=None, now=NOON)

    assert not Responder.objects.exists()


def test_whoever_is_merged_goes_on_being_called(lead):
    responder = ResponderFactory()
    kept = ContactFactory(name="The same")

    merging.merge(keep=kept, gone=responder.contact, from_gone=[], by=lead, now=NOON)

    assert Responder.objects.get().contact == kept


def test_they_are_shown_that_they_are_called():
    responder = ResponderFactory()

    assert str(responder) in personal_data.collected(contact=responder.contact)["on call"]
