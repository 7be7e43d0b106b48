from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from audiences import languages
from incidents.management.people import named
from incidents.services import plan_library


class Command(BaseCommand):
    help = (
        "Create the plans, templates and surveys that come with the product; what is there stays"
        " as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", metavar="USERNAME", help="owns and leads them")
        parser.add_argument("--deputy", metavar="USERNAME", action="append", default=[])
        parser.add_argument("--activate", action="store_true", help="put them in force")
        parser.add_argument(
            "--language",
            choices=languages.codes(),
            default=settings.LANGUAGE_CODE,
            help="of the names and instructions; what customers read is in every language",
        )

    def handle(
        self,
        *args: object,
        by: str | None,
        deputy: list[str],
        activate: bool,
        language: str,
        **options: object,
    ) -> None:
        lead = named(by)
        duties = [lead.get_username(), *(named(one).get_username() for one in deputy)]
        loaded = plan_library.load(
            by=lead, duties=duties, activates=activate, now=timezone.now(), language=language
        )
        for one in loaded:
            state = one.plan.get_status_display() if one.is_new else "was there, left as it is"
            self.stdout.write(f"{one.plan} ({one.plan.slug}): {state}")
            for finding in one.findings:
                self.stdout.write(f"  {finding.level}: {finding}")
