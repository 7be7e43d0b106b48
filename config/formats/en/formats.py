# A moment without its zone is no promise; the day comes first, as in most of the world.
DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "D j M Y, H:i T"
