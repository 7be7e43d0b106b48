from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.i18n import set_language

from incidents import overview
from incidents.models import Incident
from incidents.services import following
from messaging.public_pages import shared_page

# A token would need a cookie on pages that everybody shares; a language is no secret to guard.
language = csrf_exempt(set_language)


@require_safe
@shared_page(seconds=15)
def status(request: HttpRequest) -> HttpResponse:
    page = overview.status_page(now=timezone.now())
    return render(request, "incidents/status.html", {"page": page})


@require_safe
@shared_page(seconds=15)
def incident(request: HttpRequest, key: str) -> HttpResponse:
    now = timezone.now()
    try:
        story = overview.story(key=key, now=now)
    except Incident.DoesNotExist as error:
        raise Http404 from error
    context = {
        "story": story,
        "support": overview.reach(now=now),
        "can_be_followed": following.can_be_followed(incident=story.incident, now=now),
    }
    return render(request, "incidents/incident.html", context)


@require_safe
@shared_page(seconds=3600)
def icon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here where a page, like an answer in JSON, names none."""
    return redirect(static("favicon.svg"))
