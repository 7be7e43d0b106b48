"""The part of a measurement that lives in a Django of its own, with django-post_office."""

import django

django.setup()
