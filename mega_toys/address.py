"""Where a system is reached, which is a secret."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from mega_toys.declared.errors import SettingsError, SourceError

SOURCE, _FILE = "MEGA_TOYS_SOURCE_", "_PASSWORD_FILE"
KINDS = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "cockroachdb": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "mssql": "mssql",
    "sqlserver": "mssql",
    "mongodb": "mongodb",
    "mongodb+srv": "mongodb",
    "kafka": "kafka",
}  # by the scheme of an address


@dataclass(frozen=True)
class Address:
    """An address such as `postgresql://reader@host/database`; its scheme tells the kind.

    Raises SettingsError, without the address, where it is none.
    """

    url: str = field(repr=False)
    password_file: Path | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        try:
            parts, hosts = self._parts, self.hosts
        except ValueError:  # no port, or brackets that do not match
            parts, hosts = urlsplit(""), []
        if parts.scheme not in KINDS or not hosts:
            schemes = ", ".join(f"{scheme}://" for scheme in KINDS)
            raise SettingsError(
                f"it must be an address that begins with one of {schemes}; a password in it is "
                "percent-encoded, or stands in the file that …_PASSWORD_FILE names"
            )
        if parts.password and self.password_file:
            raise SettingsError("its password stands in it and in a file: say it once")

    @property
    def kind(self) -> str:
        """The kind of the system."""
        return KINDS[self._parts.scheme]

    @property
    def hosts(self) -> list[tuple[str, int | None]]:
        """The hosts, several with commas between them, each with its port where that is told."""
        told = self._parts.netloc.rpartition("@")[2].split(",")
        found = [urlsplit(f"//{one}") for one in told]
        return [(one.hostname, one.port) for one in found if one.hostname]

    @property
    def user(self) -> str:
        """Who asks; empty where nobody is named."""
        return unquote(self._parts.username or "")

    @property
    def options(self) -> dict[str, str]:
        """What it tells after the `?`."""
        return dict(parse_qsl(self._parts.query))

    @property
    def scheme(self) -> str:
        """The scheme."""
        return self._parts.scheme

    def password(self) -> str | None:
        """The password, of the file as it is now. Raises SourceError where that is not there."""
        if self.password_file is None:
            return unquote(self._parts.password) if self._parts.password else None
        return password_in(self.password_file)

    def with_password(self, scheme: str) -> str:
        """The whole address, as a driver takes it."""
        parts, password = self._parts, self.password()
        host = parts.netloc.rpartition("@")[2]
        user = parts.netloc.rpartition("@")[0].partition(":")[0]
        who = user if password is None else f"{user}:{quote(password, safe='')}"
        return parts._replace(scheme=scheme, netloc=f"{who}@{host}" if who else host).geturl()

    def without_secrets(self, text: str) -> str:
        """A text of a driver as one line, without the password, however it is written."""
        found = " ".join(text.split())
        try:
            password = self.password()
        except SourceError:
            password = None
        told = [value for name, value in self.options.items() if "password" in name]
        told += [urlsplit(value).password or "" for value in self.options.values()]
        secrets = (self.url, self._parts.password, password, password and quote(password), *told)
        for secret in filter(None, secrets):
            found = found.replace(secret, "…")
        return found

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)


def password_in(file: Path) -> str:
    """The password of a file as it is now. Raises SourceError where that is not there."""
    try:
        return file.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise SourceError(f"its password cannot be read from {file}: {why}") from None


def named_systems(named: Iterable[str]) -> list[str]:
    """The systems of which variables speak, declared or not."""
    told = (name.removeprefix(SOURCE) for name in named if name.startswith(SOURCE))
    return sorted({name.removesuffix(_FILE).lower() for name in told})


def variable_of(system: str) -> str:
    """The variable that says where a system is reached."""
    return f"{SOURCE}{system.upper()}"


def variables_of(system: str) -> tuple[str, str]:
    """The variables that a system may have."""
    return variable_of(system), variable_of(system) + _FILE


def address_of(system: str, named: Mapping[str, str]) -> Address | None:
    """Where a system is reached; none where that is not told."""
    variable, of_file = variables_of(system)
    url, file = named.get(variable), named.get(of_file)
    if url is None and file is None:
        return None
    if url is None:
        raise SettingsError(f"{of_file} is set, and {variable}, the address, is not.")
    try:
        return Address(url, Path(file) if file else None)
    except SettingsError as error:
        raise SettingsError(f"{variable}: {error}") from None
