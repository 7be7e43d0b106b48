"""The interface speaks German as completely as English.

After a change of words: manage.py makemessages -l de --no-location --ignore=.venv --ignore=var
--ignore=tests, translate what is new, then manage.py compilemessages --ignore=.venv.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import unfold
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils.translation import override

from tests.architecture import catalogues, tree

PO_FILES = [Path(folder) / "de/LC_MESSAGES/django.po" for folder in settings.LOCALE_PATHS]
OURS = PO_FILES[0]

# What a text needs to have in every language: values to fill in, and HTML.
PLACES = re.compile(r"%(?:\(\w+\))?[srd]|\{\{.*?\}\}|</?\w+[^>]*>")

each_catalogue = pytest.mark.parametrize("po", PO_FILES, ids=lambda po: po.parts[-4])


@each_catalogue
def test_every_text_is_translated(po: Path):
    entries = catalogues.entries(po)

    assert entries
    assert [entry.id for entry in entries if not all(catalogues.forms(entry.string))] == []
    assert [entry.id for entry in entries if entry.fuzzy] == []
    assert catalogues.obsolete(po) == []


@each_catalogue
def test_every_translation_fills_in_the_same_values(po: Path):
    for entry in catalogues.entries(po):
        for original, translated in zip(
            catalogues.forms(entry.id), catalogues.forms(entry.string), strict=True
        ):
            assert sorted(PLACES.findall(translated)) == sorted(PLACES.findall(original)), original


@each_catalogue
def test_the_compiled_catalogue_is_up_to_date(po: Path):
    assert catalogues.compiled(po.with_suffix(".mo")) == catalogues.as_compiled(po)


@pytest.mark.slow(reason="reads every source")
def test_the_catalogue_holds_what_the_sources_say_and_nothing_else():
    sources = (path for path in tree.files() if _is_said(path))

    said = catalogues.said(sources)

    assert said == {catalogues.key(entry) for entry in catalogues.entries(OURS)}


@pytest.mark.slow(reason="reads every source")
def test_no_text_hides_from_makemessages():
    """In an f-string, or behind another name than gettext's own, it is never translated."""
    sources = [path for path in tree.files() if path.suffix == ".py" and _is_said(path)]

    seen = {text for _context, said in catalogues.said(sources) for text in catalogues.forms(said)}

    assert {text for path in sources for text in catalogues.called(path)} - seen == set()


def test_the_search_for_hidden_texts_finds_them(tmp_path: Path):
    file = tmp_path / "hidden.py"
    file.write_text(
        "from django.utils.translation import gettext as _\n"
        "from django.utils.translation import ngettext as many\n"
        "from django.utils import translation\n"
        "said = f\"{_('in a text')} {many('one', 'more', 2)}\" + _('plain') + _(said)\n"
    )

    assert catalogues.called(file) == {"in a text", "one", "more", "plain"}


def test_the_look_of_the_admin_speaks_german():
    said = catalogues.said(
        path
        for part in ("templates", "contrib/filters", "contrib/inlines")
        for path in (Path(unfold.__file__).parent / part).rglob("*.*")
    )

    assert said
    assert {catalogues.compiled_name(key) for key in said} - catalogues.loaded() == set()


def test_days_are_declined():
    two_days, now = timedelta(days=2, minutes=1), datetime.now(UTC)

    with override("de"):
        assert naturaltime(now - two_days).startswith("vor 2\xa0Tagen")
        assert naturaltime(now + two_days).startswith("in 2\xa0Tagen")


def _is_said(path: Path) -> bool:
    return "tests" not in path.relative_to(tree.ROOT).parts
