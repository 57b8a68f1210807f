"""The factory floor: what the systems of manufacturing and safety send."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mega_toys_tests.oracle.senders import LATE, SOON, Row, Season

FACTORIES = {
    "F-NUE": ("Nürnberg, \"Süd\"", "DE", "Europe/Berlin", "EUR"),
    "F-SZX": ("深圳", "CN", "Asia/Shanghai", "CNY"),
    "F-MTY": ("Monterrey", "MX", "America/Monterrey", "MXN"),
    "F-PNQ": ("Pune", "IN", "Asia/Kolkata", "INR"),
    "F-NYC": ("New York", "US", "America/New_York", "USD"),
    "F-KIR": ("Kiritimati", "KI", "Pacific/Kiritimati", "AUD"),
    "F-GHOST": ("Nowhere", "XX", "Africa/Nairobi", "KES"),
}  # fmt: skip
UNKNOWN_AT_FIRST, UNKNOWN_FOREVER = "F-KIR", "F-GHOST"
UNKNOWN_MACHINES = ("M-NUE-01", "M-GHOST", "M-GHOST-00")
SHIFTS = {"early": (6, 14), "late": (13.5, 22), "night": (22, 30.5)}
STATUSES = ("producing",) * 6 + ("setup", "idle", "down", "off")
GAPS_S = (0, 1.5, 10, 29.999, 30, 59.999, 60, 60.001, 61, 300)


def zone_of(factory_id: str) -> str:
    """The factory's time zone."""
    return FACTORIES[factory_id][2]


def factories(season: Season) -> None:
    """Master data: some in versions A, B and A again, one late, one never."""
    for factory_id, (name, country, zone, currency) in FACTORIES.items():
        if factory_id == UNKNOWN_FOREVER:
            continue
        since = season.day(2 if factory_id == UNKNOWN_AT_FIRST else -2)
        record = {
            "factory_id": factory_id,
            "name": name,
            "country": country,
            "time_zone": zone,
            "currency": currency,
        }
        for number in range(season.rng.randint(1, 4)):
            updated = datetime.combine(
                since + timedelta(days=number), time(season.rng.randrange(12)), UTC
            )
            version = record | {"updated_at": updated, "name": name + " (new)" * (number % 2)}
            season.send("manufacturing/factories", version, updated, SOON)


def machines(season: Season) -> dict[str, str]:
    """Master data of machines; returns the factory of each, also of the one that nobody knows."""
    found: dict[str, str] = {}
    for factory_id in FACTORIES:
        for number in range(1 if factory_id == UNKNOWN_FOREVER else 2):
            machine_id = f"M-{factory_id[2:]}-{number:02}"
            found[machine_id] = factory_id
            since = season.day(season.rng.choice((-2, -2, -2, -2, 1)))
            if machine_id in UNKNOWN_MACHINES and factory_id != UNKNOWN_FOREVER:
                continue  # only its readings and orders will speak of it
            commissioned = season.day(season.rng.choice((-700, -700, 2)))
            record = {"machine_id": machine_id, "factory_id": factory_id, "line_id": f"L{number}"}
            for version in range(season.rng.randint(1, 4)):
                updated = datetime.combine(since + timedelta(days=version), time(3), UTC)
                model = f"Mold {number}, {'refit' if version % 2 else 'new'}"
                moved = {"factory_id": "F-NYC"} if machine_id == "M-MTY-01" and version == 2 else {}
                more = {"model": model, "commissioned_on": commissioned, "updated_at": updated}
                season.send("manufacturing/machines", record | more | moved, updated, SOON)
    return found


def telemetry(season: Season, machine_id: str, factory_id: str, day: date) -> None:
    """Bursts of readings, the counter restarting now and then."""
    counter = season.rng.randrange(50)
    for burst in range(1) if machine_id in UNKNOWN_MACHINES else season.many(4):
        ts = season.moment(day, zone_of(factory_id)).astimezone(UTC)
        for number in range(season.rng.randint(4, 14)):
            counter = 0 if season.chance(0.03) else counter + season.rng.randrange(4)
            record = {
                "event_id": f"{day:%m%d}-{machine_id}-{burst}-{number}",
                "factory_id": "F-SZX" if season.chance(0.01) else factory_id,
                "machine_id": machine_id,
                "ts": ts.astimezone(ZoneInfo(zone_of(factory_id))),
                "temperature_c": round(season.rng.uniform(-40, 250), 2),
                "vibration_mm_s": None
                if season.chance(0.1)
                else round(season.rng.uniform(0, 200), 3),
                "power_kw": None if season.chance(0.05) else round(season.rng.uniform(0, 60), 3),
                "cycle_count": None if season.chance(0.1) else counter,
                "status": season.rng.choice(STATUSES),
            }
            season.send("manufacturing/machine_telemetry", record, ts)
            ts += timedelta(seconds=season.rng.choice(GAPS_S))


def shifts(season: Season, factory_id: str, day: date) -> None:
    """Overlapping shifts, some changed afterwards."""
    zone = ZoneInfo(zone_of(factory_id))
    midnight = datetime.combine(day, time(), zone)
    for shift, (start, end) in SHIFTS.items():
        if season.chance(0.2):
            continue
        planned = datetime.combine(day, time(), UTC) - timedelta(days=season.rng.choice((1, 2)))
        for updated in season.versions(planned, 3):
            later = timedelta(minutes=season.rng.choice((0, 0, 30)))
            times = {
                "starts_at": midnight + timedelta(hours=start),
                "ends_at": midnight + timedelta(hours=end) + later,
            }
            record = {
                "factory_id": factory_id,
                "day": day,
                "shift": shift,
                **times,
                "updated_at": updated,
            }
            season.send("manufacturing/shifts", record, updated)


def downtimes(season: Season, machine_id: str, factory_id: str, day: date) -> None:
    """A stop, first open, then mostly ended; planned ones may stay open."""
    started = season.moment(day, zone_of(factory_id))
    kind = season.rng.choice(("planned", "malfunction", "minor_stop"))
    ended = started.astimezone(UTC) + timedelta(
        seconds=season.rng.choice((90, 3600, 40000, 200000))
    )
    ends = (
        [None] if season.chance(0.15) else [None, ended.astimezone(ZoneInfo(zone_of(factory_id)))]
    )
    for end in ends:
        updated = (end or started).astimezone(UTC) + timedelta(seconds=30)
        record = {
            "downtime_id": f"DT-{day:%m%d}-{machine_id}",
            "factory_id": factory_id,
            "machine_id": machine_id,
            "kind": kind,
            "reason": season.rng.choice((None, "tool, worn", "5\" mold")),
            "started_at": started,
            "ended_at": end,
            "updated_at": updated,
        }  # fmt: skip
        season.send("manufacturing/downtimes", record, updated)


def production_orders(season: Season, machine_id: str, factory_id: str, day: date) -> None:
    """An order, started and mostly ended, and the lots that went into its lot."""
    started = season.moment(day, zone_of(factory_id))
    produced, scrap, rework = (
        season.rng.randrange(900),
        season.rng.randrange(20),
        season.rng.randrange(20),
    )
    name = f"{day:%m%d}-{machine_id}-{season.rng.randrange(10**6)}"
    record: Row = {
        "order_id": f"PO-{name}",
        "factory_id": factory_id,
        "machine_id": machine_id,
        "sku": f"TOY-{season.rng.randrange(12):04}",
        "lot_id": f"LOT-{name}",
        "planned_run_time_per_item_s": round(season.rng.uniform(1, 30), 2),
        "started_at": started,
        "ended_at": None,
        "produced_quantity": 0,
        "good_quantity": 0,
        "scrap_quantity": 0,
        "rework_quantity": 0,
    }
    season.send(
        "manufacturing/production_orders", record | {"updated_at": started.astimezone(UTC)}, started
    )
    ended = started.astimezone(UTC) + timedelta(hours=season.rng.randint(1, 30))
    made = {
        "ended_at": ended.astimezone(ZoneInfo(zone_of(factory_id))),
        "produced_quantity": produced + scrap + rework,
        "good_quantity": produced,
        "scrap_quantity": scrap,
        "rework_quantity": rework,
    }
    for updated in season.versions(ended, 2):
        if season.chance(0.9):
            season.send(
                "manufacturing/production_orders", record | made | {"updated_at": updated}, updated
            )
    lot_events(season, factory_id, day, record["lot_id"], started)


def lot_events(season: Season, factory_id: str, day: date, lot_id: str, at: datetime) -> None:
    """Components into a sub-assembly, the sub-assembly into the lot; now and then a rework loop."""
    number = (day - season.first_day).days
    sub = f"SUB-{factory_id[2:]}-{number}-{season.rng.randrange(2)}"
    parts = [
        f"C-{max(0, number - 1)}-{season.rng.randrange(4)}" for _ in range(season.rng.randint(1, 3))
    ]
    whole = season.chance(0.7)
    steps: list[tuple[str, list[str], list[str]]] = [(f"T-{sub}", parts, [sub])]
    steps += (
        [(f"T-{lot_id}", [sub], [lot_id])]
        if whole
        else [(f"T-{lot_id}", [sub], []), (f"T-{lot_id}", [], [lot_id])]
    )
    if season.chance(0.1):
        steps.append((f"T-REWORK-{sub}", [lot_id], [sub]))
    for order, (transformation_id, taken, made) in enumerate(steps):
        moment = (at.astimezone(UTC) + timedelta(minutes=order)).astimezone(
            ZoneInfo(zone_of(factory_id))
        )
        record = {
            "event_id": f"E-{lot_id}-{order}",
            "event_time": moment,
            "factory_id": factory_id,
            "transformation_id": transformation_id,
            "input_quantity_list": quantities(season, taken),
            "output_quantity_list": quantities(season, made),
        }
        season.send("safety/lot_events", record, moment, LATE)


def quantities(season: Season, lots: list[str]) -> list[Row]:
    """Lots with quantities."""
    return [{"lot_id": lot, "quantity": round(season.rng.uniform(0, 500), 1)} for lot in lots]


def send_factory_floor(season: Season) -> None:
    """Everything that manufacturing and safety send in a season."""
    factories(season)
    of_machines = machines(season) | {"M-GHOST": "F-NUE"}
    for day in season.days:
        for factory_id in FACTORIES:
            shifts(season, factory_id, day)
        for machine_id, factory_id in of_machines.items():
            telemetry(season, machine_id, factory_id, day)
            production_orders(season, machine_id, factory_id, day)
            if season.chance(0.4):
                downtimes(season, machine_id, factory_id, day)
