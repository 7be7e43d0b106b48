import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audiences import languages
from incidents.management.people import named
from incidents.services import plan_checks, plan_drafts, plan_files, plan_versions


class Command(BaseCommand):
    help = "Make a draft of a plan from a YAML file (- reads standard input)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--by", metavar="USERNAME", help="owns it if the file names no owner")
        parser.add_argument(
            "--replace", action="store_true", help="take the place of a draft that is there"
        )
        parser.add_argument("--language", choices=languages.codes(), default=settings.LANGUAGE_CODE)

    def handle(
        self,
        *args: object,
        file: str,
        by: str | None,
        replace: bool,
        language: str,
        **options: object,
    ) -> None:
        now = timezone.now()
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
            raw = plan_files.parse(text)
            document = plan_files.read(raw, by=named(by), now=now, language=language)
            plan_drafts.check_new(document=document)
            draft = plan_drafts.store(document=document, replaces_draft=replace)
        except plan_drafts.NothingNew as same:
            self.stdout.write(str(same))
            return
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        except plan_files.BadPlanFile as error:
            raise CommandError(f"Nothing was saved of {file}:\n{error}") from error
        except plan_drafts.DraftInTheWay as draft_in_the_way:
            raise CommandError(
                f"{draft_in_the_way} is a draft already; --replace takes its place."
            ) from draft_in_the_way
        self.stdout.write(f"{draft} is a draft now. Activate it in the admin.")
        if active := plan_versions.active(slug=draft.slug):
            for difference in plan_versions.compare(before=active, after=draft):
                self.stdout.write(f"  {difference.section} {difference.item}: {difference}")
        for finding in plan_checks.check(plan=draft, now=now):
            self.stdout.write(f"  {finding.level}: {finding}")
