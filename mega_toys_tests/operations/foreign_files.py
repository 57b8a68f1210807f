"""Small files of the shapes that the world sends, with how many records each has."""

import datetime as dt
import json

from mega_toys_tests.ingestion.formats.workbooks import workbook

RETAIL = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,Country\r\n" + "".join(
    f"{536365 + n},{85123 + n}{'A' if n % 2 else ''},{n - 1},12/{n + 11}/2010 8:26,2.{n}5,£land\r\n"
    for n in range(5)
)
RATES = (
    "Date,USD,JPY,CYP,CZK,DKK,\n2026-03-10,1.1,160,N/A,25.1,7.46,\n2026-03-09,1.2,161,N/A,25,N/A,"
)
WEATHER = "date,station,temp,rain\n2026/03/10,SEA,NA,0.5\n2026/03/10,PDX,12.8,NA\n"
QUAKES = {
    "type": "FeatureCollection",
    "features": [
        {"id": f"q{n}", "properties": {"mag": 1.5 + n, "time": 1773162000000 + n, "tz": None},
         "geometry": {"type": "Point", "coordinates": [10.5, 20, n]}}
        for n in range(3)
    ],
}  # fmt: skip
RIDES = (
    "Auszug\n\nFahrt-Nr;Straße;Beginn;Preis;bezahlt\n"
    "0012;Königstraße;10.03.2026 10:05;1.250,50;ja\n0013;Weg;11.03.2026 11:05;2,00;nein\n"
)
ORDERS = [
    ["Export"],
    ["Nr", "Menge", "Bestellt am", "day"],
    *[[f"B{n}", n, dt.datetime(2026, 3, 10, 9, n), dt.datetime(2026, 3, 10)] for n in range(3)],  # noqa: DTZ001
]
ITEMS = '{"id": 7, "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": null}], "tags": ["x"]}\n'
LARGE = QUAKES | {"bbox": [0] * 360_000}  # an object whose beginning is none
STOCKS = "symbol,date,price\nMSFT,Jan 1 2000,39.81\nMSFT,Feb 1 2000,36.35\nIBM,Feb 1 2000,92.11\n"
PENGUINS = "name,sex,mass\nN1A1,MALE,3750\nN1A2,NA,NA\nN2A1,FEMALE,3250\n"
STRIKES = "airport,species,day,cost,speed\n" + "".join(
    f"A{n % 2},{'gull' if n % 3 else 'crow'},1990-01-0{1 + n % 3},{n // 2},\n" for n in range(8)
)
TAGGED = [
    {"id": f"t-{at}", "a": {"tags": ["x", "y"][:at], "sizes": [at + 0.5] * (at + 2)}}
    for at in range(3)
]


def quoted(*cells: object) -> str:
    return ",".join(f'"{cell}"' for cell in cells) + ",\n"


YEARS = range(1960, 1966)
POPULATION = (
    f"\ufeff{quoted('Data Source', 'Indicators')}\n{quoted('Last Updated Date', '2026-10-07')}\n"
    + quoted("Country Name", "Country Code", *YEARS)
    + quoted("Aruba", "ABW", *(54000 + year for year in YEARS))
)
CASES = (
    "Province/State,Country/Region,Lat,Long,1/29/20,1/30/20,1/31/20,2/1/20,2/2/20\n"
    ",Japan,36.2,138.3,0,1,2,3,5\nHubei,China,30.9,112.2,1,0,4,4,4\n"
)
FILES: dict[str, tuple[bytes, int]] = {
    "online_retail.csv": (RETAIL.encode("cp1252"), 5),
    "eurofxref-hist.csv": (RATES.encode(), 7),
    "population.csv": (POPULATION.encode(), 6),
    "cases.csv": (CASES.encode(), 10),
    "weather.csv": (WEATHER.encode(), 2),
    "quakes.json": (json.dumps(QUAKES).encode(), 3),
    "rides.csv": (RIDES.encode("latin-1"), 2),
    "orders.xlsx": (workbook({"Orders": ORDERS}), 3),
    "shop.ndjson": (ITEMS.encode(), 1),
    "tags.json": (json.dumps({"data": TAGGED}).encode(), 3),
    "quakes_large.json": (json.dumps(LARGE).encode(), 3),
    "stocks.csv": (STOCKS.encode(), 3),
    "penguins.csv": (PENGUINS.encode(), 3),
    "dump.csv": (b"1\ta\\tb\\\nc\t2.5\n2\t\\N\t\\N\n3\td\t1.5\n", 3),
    "bare.txt.csv": (b"1|a|2026-03-10 10:00\n2|b|2026-03-10 11:00\n", 2),
}
