"""A mail as the product sends it."""

from email.message import EmailMessage


def letter(
    to: str, subject: str = "Slow logins", text: str = "We are looking into it.\n"
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Status <status@status.example>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = "<1@status.example>"
    message.set_content(text)
    return message
