"""Where the toys are made and sold: factories, markets, time zones, currencies."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Factory:
    """A factory and the shifts it works: `two` or `three` a working day, or `seven` days."""

    factory_id: str
    name: str
    country: str
    time_zone: str
    currency: str
    pattern: str


@dataclass(frozen=True)
class Market:
    """A country in which the web shops sell, with its share of the orders."""

    country: str
    time_zone: str
    currency: str
    share: float
    warehouse: str
    city: str


FACTORIES = (
    Factory("F-NUE", "Nuremberg", "DE", "Europe/Berlin", "EUR", "two"),
    Factory("F-SZX", "Shenzhen", "CN", "Asia/Shanghai", "CNY", "three"),
    Factory("F-MTY", "Monterrey", "MX", "America/Monterrey", "MXN", "two"),
    Factory("F-ORD", "Chicago", "US", "America/Chicago", "USD", "two"),
    Factory("F-SGN", "Ho Chi Minh City", "VN", "Asia/Ho_Chi_Minh", "VND", "three"),
    Factory("F-PNQ", "Pune", "IN", "Asia/Kolkata", "INR", "two"),
    Factory("F-LCJ", "Lodz", "PL", "Europe/Warsaw", "PLN", "two"),
    Factory("F-BLL", "Billund", "DK", "Europe/Copenhagen", "DKK", "seven"),
    Factory("F-CGK", "Jakarta", "ID", "Asia/Jakarta", "IDR", "three"),
    Factory("F-VCP", "Campinas", "BR", "America/Sao_Paulo", "BRL", "two"),
    Factory("F-NGO", "Nagoya", "JP", "Asia/Tokyo", "JPY", "two"),
    Factory("F-BRQ", "Brno", "CZ", "Europe/Prague", "CZK", "two"),
    Factory("F-CAN", "Guangzhou", "CN", "Asia/Shanghai", "CNY", "three"),
    Factory("F-BHX", "Birmingham", "GB", "Europe/London", "GBP", "two"),
    Factory("F-ADL", "Adelaide", "AU", "Australia/Adelaide", "AUD", "two"),
    Factory("F-BKK", "Bangkok", "TH", "Asia/Bangkok", "THB", "three"),
    Factory("F-TIJ", "Tijuana", "MX", "America/Tijuana", "MXN", "seven"),
    Factory("F-OPO", "Porto", "PT", "Europe/Lisbon", "EUR", "two"),
    Factory("F-IST", "Istanbul", "TR", "Europe/Istanbul", "TRY", "two"),
    Factory("F-YUL", "Montreal", "CA", "America/Toronto", "CAD", "two"),
)
MARKETS = (
    Market("US", "America/New_York", "USD", 0.30, "W-US", "Albany"),
    Market("DE", "Europe/Berlin", "EUR", 0.19, "W-EU", "Ulm"),
    Market("GB", "Europe/London", "GBP", 0.14, "W-EU", "Leeds"),
    Market("FR", "Europe/Paris", "EUR", 0.11, "W-EU", "Lyon"),
    Market("JP", "Asia/Tokyo", "JPY", 0.07, "W-ASIA", "Osaka"),
    Market("CA", "America/Toronto", "CAD", 0.06, "W-US", "Ottawa"),
    Market("IT", "Europe/Rome", "EUR", 0.05, "W-EU", "Turin"),
    Market("PL", "Europe/Warsaw", "PLN", 0.04, "W-EU", "Gdynia"),
    Market("AU", "Australia/Sydney", "AUD", 0.04, "W-ASIA", "Newcastle"),
)
WAREHOUSES = tuple(sorted({market.warehouse for market in MARKETS}))
UNITS_PER_EUR = {
    "AUD": 1.65, "BRL": 5.9, "CAD": 1.48, "CNY": 7.8, "CZK": 25.1, "DKK": 7.46, "GBP": 0.85,
    "IDR": 17_200.0, "INR": 90.5, "JPY": 162.0, "MXN": 19.8, "PLN": 4.3, "THB": 38.4, "TRY": 38.0,
    "USD": 1.09, "VND": 27_400.0,
}  # fmt: skip


@cache
def offset_s(time_zone: str, day: dt.date) -> int:
    """Seconds that the zone is ahead of UTC, at noon of the day."""
    noon = dt.datetime.combine(day, dt.time(12), ZoneInfo(time_zone))
    offset = noon.utcoffset()
    return int(offset.total_seconds()) if offset else 0


@cache
def instant_s(time_zone: str, day: dt.date, hour: int) -> int:
    """The instant of an hour on the zone's clock, in seconds since 1970; 24 is midnight."""
    days, hours = divmod(hour, 24)
    on = dt.datetime.combine(day + dt.timedelta(days), dt.time(hours), ZoneInfo(time_zone))
    return int(on.timestamp())
