import uuid

import pytest
from django.db import IntegrityError, transaction

from audiences.models import Contact
from audiences.services import table_writes

pytestmark = pytest.mark.django_db
COLUMNS = ("key", "email", "name", "attributes")


def _row(email: str, name: str = "", **attributes: str) -> tuple[object, ...]:
    return (uuid.uuid4(), email, name, attributes)


def test_rows_arrive_as_they_were_given():
    awkward = 'Tab\there, back\\slash, "quotes", \\N and {braces},\nline'

    table_writes.insert(
        Contact, COLUMNS, [_row("ana@example.com", awkward, plan="a\\tb"), _row("bo@example.com")]
    )

    ana = Contact.objects.get(email="ana@example.com")
    assert (ana.name, ana.attributes) == (awkward, {"plan": "a\\tb"})
    assert (ana.language, ana.email_from, ana.account) == ("", 0, None)
    assert Contact.objects.get(email="bo@example.com").name == ""


def test_no_rows_are_no_mistake():
    table_writes.insert(Contact, COLUMNS, [])

    assert not Contact.objects.exists()


def test_a_refused_row_takes_the_whole_batch_along_and_says_so_in_djangos_words():
    table_writes.insert(Contact, COLUMNS, [_row("ana@example.com")])

    with pytest.raises(IntegrityError), transaction.atomic():
        table_writes.insert(Contact, COLUMNS, [_row("bo@example.com"), _row("ana@example.com")])

    assert Contact.objects.count() == 1
