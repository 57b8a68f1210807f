"""What the process that decodes files is asked for."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mega_toys.declared.field import Sent
from mega_toys.declared.sent_as import BY_DEFAULT, Declared
from mega_toys.ingestion.landing_file import LandingFile


@dataclass(frozen=True)
class Request:
    """Files of one dataset, and the prefix of the paths of the Arrow files that get their rows."""

    files: Sequence[LandingFile]
    fields: Mapping[str, Sent]
    at: dt.datetime
    prefix: str
    sent_as: Declared = BY_DEFAULT

    def piece(self, number: int) -> Path:
        """The path of one of the files with rows."""
        return Path(f"{self.prefix}{number}.arrow")
