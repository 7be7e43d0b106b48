import pytest

from audiences.models import Contact
from audiences.prepared import NotPreparable, Prepared
from tests.factories import NOON, AccountFactory, ContactFactory


def by(account: int, name: str):
    found = Contact.objects.filter(account=account, name=name).select_related("account")
    return found.only("name", "attributes", "created_at", "account__name").order_by("pk")


@pytest.fixture
def account(db: None):
    return AccountFactory(name="North")


def test_what_was_prepared_finds_what_its_query_set_finds(account, django_assert_num_queries):
    prepared = Prepared(by, int, str)
    for name in ("Ana", "Bo", "Bo"):
        ContactFactory(account=account, name=name, attributes={"floor": [2]}, created_at=NOON)

    assert prepared.all(account.pk, "Ana") == list(by(account.pk, "Ana"))
    assert prepared.all(account.pk, "Bo") == list(by(account.pk, "Bo"))
    assert prepared.first(account.pk + 1, "Ana") is None

    with django_assert_num_queries(1):
        ana = prepared.first(account.pk, "Ana")
        assert (ana.attributes, ana.created_at) == ({"floor": [2]}, NOON)
        assert ana.account.name == "North"
    with django_assert_num_queries(1):
        assert ana.email


def test_a_value_that_the_database_is_told_otherwise_cannot_be_prepared(account):
    contains = Prepared(lambda word: Contact.objects.filter(name__contains=word), str)

    with pytest.raises(NotPreparable):
        contains.all("Ana")
