"""Lists that stay quick with hundreds of thousands of rows: no count goes on without end, and a
search asks only what an index answers."""

from typing import Any, ClassVar

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audiences.models import Contact
from audiences.services import lookup

# So many rows are counted; whoever looks for one among more than that searches or filters.
MOST = 10_000
# A search that names more people than this shows what belongs to some of them.
MOST_PEOPLE = 500
BEGINNINGS = gettext_lazy("What a name, an e-mail address or a phone number begins with.")


class MoreThan(int):
    """A number that was not counted to its end, and says so wherever it is shown."""

    def __str__(self) -> str:
        return _("more than %(count)s") % {"count": f"{int(self):,}"}

    # Templates would write out the digits of any other number.
    __html__ = __str__


class CappedPaginator(Paginator[Any]):
    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        counted = rows.order_by().values("pk")[: MOST + 1].count()
        return MoreThan(MOST) if counted > MOST else counted


class CappedListMixin:
    """For a ModelAdmin: counts no further than it has to, and never shows all of them."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_max_show_all = 0
    list_per_page: ClassVar[int] = 50


class QuickListMixin(CappedListMixin):
    """For a ModelAdmin: `matches()` says what a search means."""

    def matches(self, words: str) -> Q:
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest | None, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(self.matches(search_term)), False


class ByPersonMixin(QuickListMixin):
    """A search names people; what is listed is theirs, which an index finds by the contact."""

    search_fields = ("contact__name", "contact__email", "contact__phone")
    search_help_text = BEGINNINGS

    def get_search_results(
        self, request: HttpRequest | None, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        # Read first: joined, a database would rather go through what belongs to everybody.
        people = Contact.objects.filter(lookup.matching(search_term)).order_by("-pk")
        ids = list(people.values_list("pk", flat=True)[: MOST_PEOPLE + 1])
        if request and len(ids) > MOST_PEOPLE:
            few = _("Shown is what belongs to the newest %(count)d of many people: type more.")
            messages.warning(request, few % {"count": MOST_PEOPLE})
        return queryset.filter(contact__in=ids[:MOST_PEOPLE]), False
