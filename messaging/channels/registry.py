from messaging.channels import Channel
from messaging.channels.email import EmailChannel
from messaging.channels.sms import SmsChannel

_CHANNELS: dict[str, Channel] = {"email": EmailChannel(), "sms": SmsChannel()}


def get(name: str) -> Channel:
    return _CHANNELS[name]


def names() -> list[str]:
    return list(_CHANNELS)
