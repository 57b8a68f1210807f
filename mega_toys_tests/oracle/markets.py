"""Markets: the countries and products that the shop and the back office trade in."""

from mega_toys_tests.oracle.senders import Season

MARKETS = {
    "DE": ("EUR", "Europe/Berlin", 1.0),
    "GB": ("GBP", "Europe/London", 0.86),
    "US": ("USD", "America/New_York", 1.08),
    "MX": ("MXN", "America/Mexico_City", 18.7),
    "IN": ("INR", "Asia/Kolkata", 91.5),
    "JP": ("JPY", "Asia/Tokyo", 162.3),
    "CH": ("CHF", "Europe/Zurich", 0.95),
}
RATED_LATE, NEVER_RATED = "INR", "CHF"
SKUS = 12


def sku_of(season: Season) -> str:
    """A product, now and then one that no catalogue and no cost has."""
    return f"TOY-{season.rng.randrange(SKUS + 1):04}"
