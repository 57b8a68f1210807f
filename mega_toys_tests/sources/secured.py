"""TLS and SASL before a broker that has neither: a server that lets in who signs in rightly."""

import hashlib
import hmac
import secrets
import socket
import ssl
import struct
import subprocess
import threading
from base64 import b64decode, b64encode
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_HANDSHAKE, _AUTHENTICATE, _API_VERSIONS = 17, 36, 18
_REFUSED, _ROUNDS = 58, 4096
_HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}
_MECHANISMS = ("PLAIN", *_HASHES)
_NOTHING = b"\xff\xff"
_Signing = Generator[tuple[bytes | None, str], bytes, None]  # what is said, and who is let in


@dataclass
class Secured:
    """Where the broker is reached by TLS, by whom, and who was let in, how."""

    port: int
    certificates: Path
    users: dict[str, str]
    let_in: list[tuple[str, str]] = field(default_factory=list)


def certified(folder: Path) -> Path:
    """A folder with an authority, `ca.pem`, that certifies this machine and a client."""
    new = "-newkey rsa:2048 -nodes"
    _openssl(folder, f"req -x509 {new} -days 2 -subj /CN=a -keyout ca.key -out ca.pem")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for name in ("server", "client"):
        made = f"req {new} -subj /CN={name} -keyout {name}.key -out {name}.csr"
        _openssl(folder, made)
        by = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names"
        _openssl(folder, f"x509 -req -in {name}.csr -out {name}.pem {by}")
    return folder


def _openssl(folder: Path, words: str) -> None:
    subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)


@contextmanager
def secured(
    broker: int, port: int, folder: Path, users: dict[str, str], *, asks_client: bool = False
) -> Iterator[Secured]:
    """The broker behind TLS; where there are users, they sign in by SASL.

    Where it `asks_client`, who comes shows a certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    if asks_client:
        context.load_verify_locations(folder / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
    told = Secured(port, folder, users)
    with socket.create_server(("127.0.0.1", port)) as listening:
        threading.Thread(
            target=_listen, args=(listening, context, broker, told), daemon=True
        ).start()
        yield told
        listening.shutdown(socket.SHUT_RDWR)


def _listen(listening: socket.socket, context: ssl.SSLContext, broker: int, told: Secured) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:  # it was closed
            return
        threading.Thread(target=_serve, args=(client, context, broker, told), daemon=True).start()


def _serve(client: socket.socket, context: ssl.SSLContext, broker: int, told: Secured) -> None:
    with ExitStack() as opened, suppress(OSError, EOFError):
        opened.enter_context(client)
        tls = opened.enter_context(context.wrap_socket(client, server_side=True))
        behind = opened.enter_context(socket.create_connection(("127.0.0.1", broker)))
        if told.users and not _signs_in(tls, behind, told):
            return
        while frame := _frame(tls):
            behind.sendall(frame)
            tls.sendall(_frame(behind))


def _frame(of: socket.socket) -> bytes:
    """A request or an answer, with its length."""
    head = _exactly(of, 4)
    return head + _exactly(of, struct.unpack(">i", head)[0])


def _exactly(of: socket.socket, many: int) -> bytes:
    found = b""
    while len(found) < many:
        more = of.recv(many - len(found))
        if not more:
            raise EOFError
        found += more
    return found


def _signs_in(tls: socket.socket, behind: socket.socket, told: Secured) -> bool:
    """Whether who comes signs in; nothing but what the broker can do is told before."""
    mechanism, signing = "", _plain(told)
    while True:
        frame = _frame(tls)
        kind, version, number = struct.unpack(">hhi", frame[4:12])
        body = frame[14 + max(struct.unpack(">h", frame[12:14])[0], 0) :]
        if kind == _API_VERSIONS:
            behind.sendall(frame)
            tls.sendall(_frame(behind))
        elif kind == _HANDSHAKE:
            mechanism = body[2:].decode()
            signing = _scram(told, _HASHES[mechanism]) if mechanism in _HASHES else _plain(told)
            next(signing)
            known = struct.pack(">hi", 0, len(_MECHANISMS)) + b"".join(map(_text, _MECHANISMS))
            _answer(tls, number, known)
        elif kind == _AUTHENTICATE:
            said, who = signing.send(body[4:])
            why = _NOTHING if said is not None else _text("Authentication failed")
            words = said or b""
            code = struct.pack(">h", 0 if said is not None else _REFUSED)
            ending = struct.pack(">q", 0) if version else b""
            _answer(tls, number, code + why + struct.pack(">i", len(words)) + words + ending)
            if who or said is None:
                told.let_in += [(who, mechanism)] if who else []
                return bool(who)
        else:
            return False


def _answer(tls: socket.socket, number: int, body: bytes) -> None:
    tls.sendall(struct.pack(">ii", len(body) + 4, number) + body)


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def _plain(told: Secured) -> _Signing:
    words = yield None, ""
    _, user, password = words.decode().split("\0")
    yield (b"", user) if told.users.get(user) == password else (None, "")


def _scram(told: Secured, name: str) -> _Signing:
    """RFC 5802, the side of the server."""

    def mac(key: bytes, text: bytes) -> bytes:
        return hmac.new(key, text, name).digest()

    first = (yield None, "")[3:]
    asked = dict(part.split("=", 1) for part in first.decode().split(","))
    salt, number = secrets.token_bytes(16), asked["r"] + secrets.token_hex(8)
    offered = f"r={number},s={b64encode(salt).decode()},i={_ROUNDS}".encode()
    last = yield offered, ""
    without, _, proof = last.rpartition(b",p=")
    password = told.users.get(asked["n"], secrets.token_hex())
    salted = hashlib.pbkdf2_hmac(name, password.encode(), salt, _ROUNDS)
    both = b",".join((first, offered, without))
    key = mac(salted, b"Client Key")
    signature = mac(hashlib.new(name, key).digest(), both)
    rightly = bytes(a ^ b for a, b in zip(key, signature, strict=True))
    if without.partition(b"r=")[2].decode() != number or b64decode(proof) != rightly:
        yield None, ""
    yield b"v=" + b64encode(mac(mac(salted, b"Server Key"), both)), asked["n"]
