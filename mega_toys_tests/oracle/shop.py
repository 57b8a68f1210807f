"""The shop: what the systems of commerce send."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mega_toys_tests.oracle.markets import MARKETS, SKUS, sku_of
from mega_toys_tests.oracle.senders import SOON, Row, Season, cents

CHANNELS = ("web", "app", "marketplace")
PATHS = (
    ("placed", "paid", "shipped", "delivered"),
    ("placed", "paid", "cancelled"),
    ("placed", "paid", "shipped", "delivered", "returned"),
)
EVENT_NAMES = (
    "page_view", "page_view", "view_item_list", "select_item", "view_item", "view_item",
    "add_to_cart",
    "remove_from_cart", "view_cart", "begin_checkout", "add_shipping_info",
    "add_payment_info", "purchase",
)  # fmt: skip
SILENCES_S = (0, 0.001, 4, 9, 11, 60, 600, 1799.999, 1800, 1800.001, 4000)


def products(season: Season) -> None:
    """A full export every day, in which little changes."""
    names = {
        f"TOY-{number:04}": [f"Toy {number}", f'\u00a0Toy "{number}", big', "Spiel\nzeug"][
            number % 3
        ]
        for number in range(SKUS)
    }
    state: dict[str, Row] = {}
    for day in season.days:
        morning = datetime.combine(day, time(2), UTC)
        for number, (sku, name) in enumerate(names.items()):
            record = state.get(sku) or {
                "sku": sku,
                "name": name,
                "category": "Dolls, plush",
                "age_min": number,
                "list_price_eur": cents(9.99 + number),
                "launched_on": date(2024, 5, 1),
                "discontinued_on": None,
                "updated_at": morning - timedelta(days=40),
            }
            if season.chance(0.15):
                price = cents(9.99 + number + season.rng.randrange(2))
                gone = season.rng.choice((None, None, day))
                record = record | {
                    "updated_at": morning,
                    "list_price_eur": price,
                    "discontinued_on": gone,
                }
            state[sku] = record
            season.send("commerce/products", record, morning, SOON)


def customers(season: Season) -> None:
    """People, who move to and fro."""
    for number in season.many(25):
        country = season.rng.choice(list(MARKETS))
        signed_up = season.moment(season.day(-40), MARKETS[country][1])
        record: Row = {
            "customer_id": f"CU-{number:06}",
            "full_name": season.rng.choice(("Zoë Ångström", "O'Neil, \"Bo\"", "李小龙")),
            "phone": season.rng.choice((None, "+49 911 12", "491112345")),
            "birth_date": season.rng.choice((None, date(1990, 2, 28), date(2000, 2, 29))),
            "country": country,
            "signed_up_at": signed_up,
        }  # fmt: skip
        for step, updated in enumerate(
            season.versions(season.moment(season.rng.choice(season.days), "UTC"), 4)
        ):
            contact = {
                "email": f"kid{number}@example.{'net' if step % 2 else 'org'}",
                "marketing_consent": step % 2 == 0,
            }
            season.send("commerce/customers", record | contact | {"updated_at": updated}, updated)


def items(season: Season, rate: float) -> list[Row]:
    """The lines of an order."""
    lines = []
    for number in range(season.rng.randint(1, 4)):
        quantity, price = season.rng.randint(1, 5), cents(season.rng.uniform(1, 90) * rate)
        off = season.rng.choice(
            (None, None, cents(float(price) * quantity * 0.1), price * quantity)
        )
        line = {
            "line_no": number + 1,
            "sku": sku_of(season),
            "quantity": quantity,
            "unit_price": price,
            "discount": off,
        }
        lines.append(line)
    return lines


def orders(season: Season, day: date) -> None:
    """Web orders on their way from placed to delivered, cancelled or returned."""
    for number in season.many(14):
        country = season.rng.choice(list(MARKETS))
        currency, zone, rate = MARKETS[country]
        placed = season.moment(day, zone)
        shipping = {
            "full_name": "Zoë Å",
            "street": 'Main St 1, "rear"',
            "postcode": "12345",
            "city": "Ulm",
            "country": country,
        }
        record: Row = {
            "order_id": f"WO-{day:%m%d}-{number:05}",
            "customer_id": f"CU-{season.rng.randrange(len(season.many(25))):06}",
            "placed_at": placed,
            "currency": currency,
            "country": country,
            "channel": season.rng.choice(CHANNELS),
            "items": items(season, rate),
            "shipping": None if season.chance(0.1) else shipping,
            "payment": season.rng.choice(
                (None, {"method": "card", "card_last4": "4242"}, {"method": "invoice"})
            ),
        }
        for status, updated in zip(
            season.rng.choice(PATHS), season.versions(placed, 5), strict=False
        ):
            season.send(
                "commerce/orders", record | {"status": status, "updated_at": updated}, updated
            )


def web_events(season: Season, day: date) -> None:
    """Clicks of visits, some over midnight, some with silences around half an hour."""
    for visit in season.many(40):
        country = season.rng.choice(list(MARKETS))
        currency, zone, _ = MARKETS[country]
        ts = season.moment(day, zone).astimezone(UTC)
        client = season.rng.randrange(len(season.many(60)))
        for number in range(season.rng.randint(1, 14)):
            name = season.rng.choice(EVENT_NAMES)
            bought = name == "purchase"
            record = {
                "event_id": f"WE-{day:%m%d}-{visit}-{number}",
                "client_id": f"CL-{client:06}",
                "customer_id": season.rng.choice((None, "CU-000001")),
                "ts": ts.astimezone(ZoneInfo(zone)),
                "event_name": name,
                "page": '/p?a="b",c',
                "sku": sku_of(season) if "item" in name else None,
                "quantity": 1 if "cart" in name else None,
                "value": cents(season.rng.uniform(1, 99)) if bought else None,
                "currency": currency if bought else None,
                "transaction_id": f"WO-{day:%m%d}-00000" if bought else None,
                "device": ("desktop", "mobile", "tablet")[client % 3 if season.chance(0.95) else 0],
                "utm_source": season.rng.choice((None, "news")),
            }
            season.send("commerce/web_events", record, ts)
            ts += timedelta(seconds=season.rng.choice(SILENCES_S))


def send_shop(season: Season) -> None:
    """Everything that commerce sends in a season."""
    products(season)
    customers(season)
    for day in season.days:
        orders(season, day)
        web_events(season, day)
