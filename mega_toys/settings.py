"""What differs between a laptop and production; every field is one MEGA_TOYS_… variable."""

import datetime as dt
import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Annotated, Self, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationError,
)

from mega_toys.address import Address, address_of, named_systems, variables_of
from mega_toys.declared.errors import SettingsError
from mega_toys.declared.source import System
from mega_toys.lake.store.place import Place, place_of

PREFIX = "MEGA_TOYS_"
_BUCKET = re.compile(r"(s3|gs|az)://[a-z0-9][a-z0-9.-]+(/[^/?#]+)*/?")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/|.*://")  # also one that lacks a slash
Model = TypeVar("Model", bound=BaseModel)


def _url(text: str) -> str:
    """An address of the web; an error does not name it, for it may hold a secret."""
    try:
        parts = urlsplit(text)
        is_plain = text.isprintable() and " " not in text
        if is_plain and parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return text
    except ValueError:  # no port, or brackets that do not match
        pass
    raise ValueError("it must be an address that begins with http:// or https://")


def _secret_url(text: SecretStr) -> SecretStr:
    _url(text.get_secret_value())
    return text


Url = Annotated[str, AfterValidator(_url)]


def _folder(root: object) -> object:
    if _ADDRESS.match(str(root)):
        raise ValueError("a folder is wanted, and no address such as a bucket's")
    return root


Folder = Annotated[Path, BeforeValidator(_folder)]


def _place(root: object) -> Place:
    if _ADDRESS.match(address := str(root)) and not _BUCKET.fullmatch(address):
        raise ValueError("a folder is wanted, or a bucket as s3://<bucket>/<prefix>")
    return place_of(address)


def _address(root: object) -> object:
    return root if _place(root).folder else str(root).rstrip("/")


class Settings(BaseModel):
    """Each field is one environment variable: `lake_root` is `MEGA_TOYS_LAKE_ROOT`."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    landing_root: Annotated[Place, PlainValidator(_place)] = Field(
        ".mega_toys/landing",
        validate_default=True,
        description="Folder in which delivered files arrive, or a bucket: `s3://<bucket>/<prefix>`.",
    )
    lake_root: Annotated[str, BeforeValidator(_address)] = Field(
        ".mega_toys/lake",
        description="Folder that holds every table, or a bucket: `s3://<bucket>/<prefix>`.",
    )
    first_day: dt.date | None = Field(
        None,
        description="First day that Dagster shows as a partition; by default the first one that "
        "the landing zone has records of.",
    )
    dagster_home: Folder = Field(
        Path(".mega_toys/dagster"), description="Folder in which Dagster keeps its events."
    )
    memory_mb: int = Field(
        1000,
        ge=200,
        description="Memory that a build or a query may take, in MB; bounds the rows per batch.",
    )
    alert_webhook: Annotated[SecretStr, AfterValidator(_secret_url)] | None = Field(
        None, description="Address that is told of failed runs and checks."
    )
    ui_url: Url | None = Field(
        None, description="Address by which people reach the UI; alerts link to it."
    )
    export_root: Path = Field(
        Path(".mega_toys/exports"), description="Folder in which jobs write and read files."
    )
    catalog_root: Folder = Field(
        Path(".mega_toys/catalog"), description="Folder of the catalog's pages."
    )
    catalog_url: Url | None = Field(
        None, description="Address by which people reach the catalog; tables' pages link to it."
    )
    code_url: str | None = Field(
        None,
        description="Address of a line of the code, with `{file}` and `{line}`, to which the pages "
        "of the tables link; by default they name the file on this machine.",
    )
    kill_at: str | None = Field(
        None, description="Step at which the process kills itself, `name` or `name:nth`."
    )
    step_log: Path | None = Field(
        None, description="File that is told the name of every step a process passes."
    )
    sources: Mapping[str, Address] = Field(
        default_factory=dict,
        description="Where each system is reached whose records are pulled, by its name: its "
        "variables are `MEGA_TOYS_SOURCE_<SYSTEM>` and `…_PASSWORD_FILE`.",
    )

    @classmethod
    def load(
        cls, environment: Mapping[str, str] | None = None, *, trusts_systems: bool = False
    ) -> Self:
        """Read the environment and below it `.env`. A misspelt variable is an error.

        Whether a system is declared is not asked where that is known to have been asked before.
        """
        if environment is None:
            _tell_of_the_store(_from_env_file())
        named = variables(environment)
        systems = named_systems(named)
        if systems and not trusts_systems:
            systems = _systems()
        known = [
            *_variables(cls),
            *(name for one in systems for name in variables_of(one)),
        ]
        if named.keys() - known:
            _refuse_unknown(named, known)
        sources = {one: found for one in systems if (found := address_of(one, named))}
        return _validated(cls, named, sources=sources)

    def make_default_landing_root(self) -> None:
        """Make the landing root where nobody chose one; one that was chosen may be unmounted."""
        if "landing_root" not in self.model_fields_set and self.landing_root.folder:
            self.landing_root.folder.mkdir(parents=True, exist_ok=True)

    @property
    def rows_at_once(self) -> int:
        """Rows that a batch may have; a row being judged takes about a kilobyte."""
        return self.memory_mb * 500


def _systems() -> list[str]:
    """The systems that datasets declare to be pulled from."""
    from mega_toys.declared.catalog import tables_in  # which takes a while, most set none

    bronze = tables_in(import_module(f"{__package__}.domains")).bronze
    declared = [table.dataset.source for table in bronze]
    return sorted({one.system for one in declared if isinstance(one, System) and one.new})


def _tell_of_the_store(values: Mapping[str, str]) -> None:
    """What `.env` says of the store of objects holds for the libraries that reach it, too."""
    for name, text in values.items():
        if name.startswith("AWS_"):
            os.environ.setdefault(name, text)


class DomainSettings(BaseModel):
    """The settings of a domain, declared in its `settings.py`, each a variable as those of all."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def load(cls) -> Self:
        """Read the environment and below it `.env`."""
        return _validated(cls, variables())


def variables(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that are set, of an environment or of this process and below it `.env`."""
    values = _from_env_file() | dict(os.environ) if environment is None else environment
    return {name: text for name, text in values.items() if name.startswith(PREFIX)}


def _variables(model: type[BaseModel]) -> dict[str, str]:
    """The variable of each field; addresses have one a system."""
    return {f"{PREFIX}{name.upper()}": name for name in model.model_fields if name != "sources"}


def _refuse_unknown(named: Mapping[str, str], fields: Iterable[str]) -> None:
    """Raise SettingsError of a variable that is none, or of a domain and wrong."""
    of_domains = _of_domains()
    for model in of_domains:
        _validated(model, named)
    known = [*fields, *(name for model in of_domains for name in _variables(model))]
    for name in named:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            raise SettingsError(f"No setting `{name}`.{hint} There are: {', '.join(known)}.")


def _of_domains() -> list[type[DomainSettings]]:
    """What domains let be set; their files are found by their place."""
    for file in Path(__file__).parent.glob("domains/*/settings.py"):
        import_module(f"{__package__}.domains.{file.parent.name}.settings")
    return DomainSettings.__subclasses__()


def _validated(model: type[Model], named: Mapping[str, str], **made: object) -> Model:
    """The settings that these variables make, beside those that are made already."""
    fields = _variables(model)
    found = {fields[name]: text for name, text in named.items() if name in fields}
    try:
        return model.model_validate(found | made)
    except ValidationError as error:
        raise SettingsError(_said(error)) from None


def _from_env_file() -> dict[str, str]:
    return {name: text for name, text in dotenv_values(".env").items() if text is not None}


def _said(error: ValidationError) -> str:
    """What is wrong, without the value, which may be a secret."""
    lines = [
        f"{PREFIX}{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors()
    ]
    return "\n".join(lines)
