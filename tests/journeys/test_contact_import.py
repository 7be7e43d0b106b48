"""A large file goes from upload to report on a real worker."""

from pathlib import Path

import pytest
from celery.app.base import Celery
from django.utils import timezone

from audiences.models import Contact, ContactImport
from audiences.services import imports, uploads
from tests.processes import wait_for

State = ContactImport.State


@pytest.mark.slow(reason="starts a Celery worker on the real broker")
def test_a_large_file_is_looked_at_and_imported_by_a_worker(
    real_worker: Celery, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    people = imports.SMALL * 2
    file.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(people)))
    one = uploads.take(
        source=file, name=file.name, terms=uploads.Terms(), by=None, now=timezone.now()
    )

    def has_become(state: State) -> bool:
        one.refresh_from_db()
        return one.state == state

    imports.look(contact_import=one, now=timezone.now())
    wait_for(lambda: has_become(State.PREVIEWED))
    imports.start(contact_import=one, by=None)
    wait_for(lambda: has_become(State.DONE))

    assert one.report["counts"]["created"] == Contact.objects.count() == people
