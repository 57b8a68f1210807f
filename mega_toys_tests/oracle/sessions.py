"""Sessions: visits to the web shop, from its accepted events."""

from datetime import timedelta
from itertools import groupby
from typing import Any

Row = dict[str, Any]
SILENCE = timedelta(minutes=30)
COUNTED = ("page_view", "view_item", "add_to_cart", "begin_checkout", "purchase")


def sessions(events: list[Row]) -> list[Row]:
    """One row a visit, on the business day of its first event."""
    ordered = sorted(events, key=lambda e: (e["client_id"], e["ts"], e["event_id"], e["day"]))
    found: list[Row] = []
    for _, of_client in groupby(ordered, key=lambda e: e["client_id"]):
        visit: list[Row] = []
        for event in of_client:
            if visit and event["ts"] - visit[-1]["ts"] > SILENCE:
                found.append(session(visit))
                visit = []
            visit.append(event)
        found.append(session(visit))
    return found


def session(visit: list[Row]) -> Row:
    """The row of one visit's events, in their order."""
    first, last = visit[0], visit[-1]
    names = [event["event_name"] for event in visit]
    return {
        "client_id": first["client_id"],
        "started_at": first["ts"],
        "ended_at": last["ts"],
        "duration_s": (last["ts"] - first["ts"]).total_seconds(),
        "day": first["day"],
        "device": first["device"],
        "events": len(visit),
        **{f"{name}s": names.count(name) for name in COUNTED},
    }
