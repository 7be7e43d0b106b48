"""Where a request comes from, behind the proxies that are ours."""

from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from audiences.services.sign_ups import Colleague, Visitor


def network_address(request: HttpRequest) -> str | None:
    """The visitor's address: what the outermost of our own proxies saw, None where it is unknown.

    Each proxy appends whom it heard; what stands before our own was written by anybody.
    """
    heard = [request.META.get("REMOTE_ADDR", "")]
    if settings.TRUSTED_PROXIES:
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")
        heard = forwarded[-settings.TRUSTED_PROXIES :]
    try:
        found = ip_address(heard[0].strip())
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def visitor(request: HttpRequest, language: str = "") -> Visitor:
    return Visitor(
        language=language or request.LANGUAGE_CODE,
        network_address=network_address(request),
        colleague=_colleague(request),
    )


def _colleague(request: HttpRequest) -> Colleague | None:
    user = request.user
    if not (isinstance(user, User) and user.is_active and user.is_staff):
        return None
    return Colleague(
        name=user.get_username(),
        email=user.email,
        may_subscribe_others=user.has_perm("audiences.add_subscription"),
    )
