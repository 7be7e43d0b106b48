import base64
import hashlib
from email import message_from_bytes, policy

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging import colours, pictures
from messaging.channels import mime
from messaging.channels.merged import Merged
from messaging.models import Brand, BroadcastContent, Logo
from messaging.services import brand, rendering
from tests.factories import (
    BroadcastContentFactory,
    BroadcastFactory,
    DeliveryFactory,
    TemplateVariantFactory,
)
from tests.messaging.test_rendering import FACTS, TestComposition
from tests.pictures import jpeg, png

PAGE = "admin:messaging_brand_change"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 0xFFFFFF))
def test_text_can_be_read_on_every_colour(number):
    colour = f"#{number:06x}"

    assert colours.contrast(colour, colours.text_on(colour)) >= colours.LEAST_CONTRAST


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#ffffff", "#000000", 21), ("#777777", "#ffffff", 4.48), ("#0b5cad", "#0b5cad", 1)],
)
def test_contrast_is_what_the_guidelines_say(one, other, ratio):
    assert colours.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert colours.contrast(other, one) == colours.contrast(one, other)


@pytest.mark.parametrize("value", ["blue", "#fff", "#0b5cad;", "#0B5CAD", "#0b5cad\n", "url(x)"])
def test_only_six_digits_are_a_colour(value):
    with pytest.raises(ValidationError):
        colours.validate(value)


@pytest.mark.parametrize(
    ("data", "picture"),
    [
        (png(width=176, height=44), pictures.Picture("png", 176, 44)),
        (jpeg(width=300, height=20), pictures.Picture("jpeg", 300, 20)),
    ],
)
def test_a_picture_is_known_by_its_bytes(data, picture):
    assert pictures.read(data) == picture


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + bytes(20),
        png()[:-5],
        png() + b"<script>",
        png().replace(b"IHDR", b"IHDX"),
        png().replace(b"\x1a\x1a", b"\x1b\x1a") + b"x",
        png(width=2_001),
        png(height=0),
        png(padding=50_000),
        jpeg()[:-1],
        jpeg()[:12] + b"\xff\xd9",
        b"\xff\xd8\xff\xd9",
        jpeg(width=0),
    ],
)
def test_what_is_no_whole_small_picture_is_refused(data):
    with pytest.raises(pictures.NoPicture):
        pictures.read(data)


@pytest.fixture
def logo(db):
    logo = brand.keep_logo(data=png(width=352, height=88))
    Brand.objects.create(pk=1, colour="#ffcc00", imprint={"en": "1 Sample Way"}, logo=logo)
    return logo


@pytest.mark.django_db
class TestLook:
    def test_it_is_plain_until_somebody_says_otherwise(self):
        assert brand.design() == brand.PLAIN

    def test_a_logo_fits_into_the_header(self, logo):
        shown = brand.design().logo

        assert (shown.width, shown.height) == (176, 44)

    def test_there_is_one(self, logo):
        with pytest.raises(IntegrityError):
            Brand.objects.create(pk=2)

    def test_the_same_picture_is_kept_once(self, logo):
        assert brand.keep_logo(data=png(width=352, height=88)) == logo
        assert Logo.objects.count() == 1


@pytest.mark.django_db
class TestPages:
    def test_a_page_has_the_colours_of_now_and_its_policy_allows_no_other_style(self, client):
        for colour in ("#ffcc00", "#7a1f6b"):
            Brand.objects.update_or_create(pk=1, defaults={"colour": colour})

            answer = client.get(reverse("status"))

            style = answer.content.decode().partition("<style>")[2].partition("</style>")[0]
            seal = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
            assert f"--brand:{colour};" in style
            assert f"style-src 'self' 'sha256-{seal}';" in answer["Content-Security-Policy"]

    def test_the_logo_comes_from_ourselves(self, client, logo):
        path = brand.design().logo.path
        page = client.get(reverse("status")).content.decode()

        answer = client.get(path)
        assert f'src="{path}"' in page
        assert "1 Sample Way" in page
        assert (answer["Content-Type"], answer.content) == ("image/png", bytes(logo.picture))

    def test_another_picture_is_not_there(self, client):
        assert client.get(reverse("brand-logo", args=["f" * 32])).status_code == 404


@pytest.mark.django_db
class TestMails:
    def composed(self, contact):
        rendered = rendering.render(
            TemplateVariantFactory.build(body="{{ update }}"), FACTS, "notice", brand.design()
        )
        broadcast = BroadcastFactory()
        BroadcastContentFactory(broadcast=broadcast, html=rendered.html, text=rendered.text)
        return DeliveryFactory(broadcast=broadcast, contact=contact, language="en")

    def test_a_mail_keeps_the_logo_it_was_laid_out_with(self, ana, logo):
        delivery = self.composed(ana)
        Brand.objects.update(logo=brand.keep_logo(data=png(width=20)))

        message = TestComposition().message(delivery)

        assert message.content.picture.data == bytes(logo.picture)

    def test_without_a_logo_nothing_travels(self, ana):
        message = TestComposition().message(self.composed(ana))

        assert message.content.picture is None
        assert "<img" not in message.html
        assert b"multipart/related" not in mime.compose(message)

    def test_all_that_have_a_picture_share_its_bytes(self, ana, bo, logo):
        one, other = (TestComposition().message(self.composed(who)) for who in (ana, bo))

        skeletons = [mime.skeleton(each.content, tuple(each.headers)) for each in (one, other)]
        assert skeletons[0] is not skeletons[1]
        assert skeletons[0]._end()[0] is skeletons[1]._end()[0]

    def test_it_means_the_same_for_a_server_of_ascii_only(self, ana, logo):
        message = TestComposition().message(self.composed(ana))

        eight, seven = (
            message_from_bytes(raw, policy=policy.default)
            for raw in (mime.compose(message), mime.compose_7bit(message))
        )
        assert [part.get_content_type() for part in eight.walk()] == [
            *("multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"),
        ]
        for one, other in zip(eight.walk(), seven.walk(), strict=True):
            assert one.get_payload(decode=True) == other.get_payload(decode=True)

    def test_a_provider_is_given_the_picture_as_part_of_the_mail(self, ana, logo):
        message = TestComposition().message(self.composed(ana))

        mail = Merged.of(message).as_mail().message()

        (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
        assert picture["Content-ID"] == f"<{brand.design().logo.cid}>"
        assert picture.get_content_disposition() == "inline"

    def test_on_a_page_of_ours_it_is_shown_from_our_address(self, ana, logo):
        self.composed(ana)
        html = brand.on_page(BroadcastContent.objects.get().html)

        assert f'src="{brand.design().logo.path}"' in html
        assert "cid:" not in html


class TestAdmin:
    def post(self, client, **changes):
        data = {"colour": "#0b5cad", "imprint_de": "Musterweg 1", "imprint_en": ""} | changes
        return client.post(reverse("admin:messaging_brand_add"), data)

    def test_the_menu_leads_to_the_one_there_is(self, lead_client, logo):
        answer = lead_client.get(reverse("admin:messaging_brand_changelist"), follow=True)

        assert answer.redirect_chain == [(reverse(PAGE, args=[1]), 302)]
        assert "contrast 13.8 to 1" in answer.content.decode()

    def test_a_logo_and_a_colour_are_kept(self, lead_client):
        file = SimpleUploadedFile("logo.png", png())

        self.post(lead_client, colour="#FFCC00", new_logo=file)

        row = Brand.objects.get()
        assert (row.pk, row.colour, row.imprint) == (1, "#ffcc00", {"de": "Musterweg 1"})
        assert bytes(row.logo.picture) == png()

    @pytest.mark.parametrize("data", [b"<svg/>", png(padding=50_000)])
    def test_a_bad_file_is_refused_with_the_reason(self, lead_client, data):
        answer = self.post(lead_client, new_logo=SimpleUploadedFile("logo.png", data))

        assert answer.context["adminform"].form.errors.keys() == {"new_logo"}
        assert not Brand.objects.exists()

    def test_the_name_can_take_the_logo_s_place_again(self, lead_client, logo):
        data = {"colour": "#ffcc00", "imprint_de": "", "imprint_en": "", "no_logo": "on"}

        lead_client.post(reverse(PAGE, args=[1]), data)

        assert Brand.objects.get().logo is None
