from messaging.views.brand import brand_logo
from messaging.views.confirm import confirm
from messaging.views.health import live, ready, scrape, sending
from messaging.views.preferences import preferences
from messaging.views.subscribe import lost_link, lost_link_sent, subscribe, subscribe_sent
from messaging.views.unsubscribe import unsubscribe

__all__ = [
    "brand_logo",
    "confirm",
    "live",
    "lost_link",
    "lost_link_sent",
    "preferences",
    "ready",
    "scrape",
    "sending",
    "subscribe",
    "subscribe_sent",
    "unsubscribe",
]
