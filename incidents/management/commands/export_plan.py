from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from incidents.models import Plan
from incidents.services import plan_files


class Command(BaseCommand):
    help = "Write a plan as a YAML file: its active version, or else its newest."

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        # Django's own --version says which Django this is.
        return super().create_parser(*args, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--version", type=int, metavar="N", dest="number")

    def handle(self, *args: object, slug: str, number: int | None, **options: object) -> None:
        versions = list(Plan.objects.filter(slug=slug).order_by("version"))
        if not versions:
            known = ", ".join(sorted(set(Plan.objects.values_list("slug", flat=True)))) or "none"
            raise CommandError(f"There is no plan {slug!r}; known are: {known}.")
        active = [one for one in versions if one.status == Plan.Status.ACTIVE]
        wanted = [one for one in versions if one.version == number]
        if number is not None and not wanted:
            known = ", ".join(str(one.version) for one in versions)
            raise CommandError(f"{slug!r} has no version {number}; there are: {known}.")
        self.stdout.write(plan_files.write((wanted or active or versions)[-1]), ending="")
