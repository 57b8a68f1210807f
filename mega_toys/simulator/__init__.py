"""The toy company itself: it fills a landing zone, seeded, with faults at will.

It knows no lake and no declared table; the databases that it fills belong in `toy_systems/`.
"""

from mega_toys.simulator.live import live, start_beside
from mega_toys.simulator.simulate import simulate
from mega_toys.simulator.state import LandingZoneError
from mega_toys.simulator.truth import BrokenFile, Fault, Ignored, Truth

__all__ = [
    "BrokenFile",
    "Fault",
    "Ignored",
    "LandingZoneError",
    "Truth",
    "live",
    "simulate",
    "start_beside",
]
