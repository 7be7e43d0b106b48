"""The part of a measurement that lives inside the product's own Django."""

import django

django.setup()
