from messaging.views.health import live, ready, scrape, sending
from messaging.views.unsubscribe import unsubscribe

__all__ = ["live", "ready", "scrape", "sending", "unsubscribe"]
