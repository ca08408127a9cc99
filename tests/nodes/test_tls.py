"""Connections to the database over TLS, as its URI asks for them."""

import datetime
import ipaddress
import os
import pathlib
import urllib.parse
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from databases import KINDS, POSTGRESQL, Database, OwnServer, own_server, shared
from serving import Server, serving
from test_uris import refuses_to_start, works

VERIFIED = {
    POSTGRESQL: lambda authority: {"sslmode": "verify-full", "sslrootcert": authority},
    "mysql": lambda authority: {
        "ssl_ca": authority,
        "ssl_verify_cert": "true",
        "ssl_verify_identity": "true",
    },
}
ENCRYPTED = {POSTGRESQL: {"sslmode": "require"}, "mysql": {"ssl_mode": "REQUIRED"}}


class Authority:
    """One that certifies, with its certificate in a file."""

    def __init__(self, folder: pathlib.Path, name: str):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        constraints = [(x509.BasicConstraints(ca=True, path_length=None), True)]
        self.file.write_bytes(self._certificate(self.name, self.key.public_key(), constraints))

    def certify(self, folder: pathlib.Path, address: str) -> None:
        """Writes `server.pem` and `server.key` for a server at the address."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "database")])
        (folder / "server.pem").write_bytes(self._certificate(subject, key.public_key(), [(names, False)]))
        (folder / "server.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def _certificate(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, extensions: list) -> bytes:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory) -> tuple[Authority, Authority]:
    """The one that certified the database server, and another."""
    folder = tmp_path_factory.mktemp("authorities")
    return Authority(folder, "authority"), Authority(folder, "another")


@pytest.fixture(scope="module", params=KINDS)
def server(request, authorities) -> Iterator[OwnServer]:
    """A database server with a certificate, which takes no connection without TLS."""

    def with_certificate(folder: pathlib.Path) -> str:
        authorities[0].certify(folder, "127.0.0.1")
        owner = folder.stat()
        for name in ("server.pem", "server.key"):
            os.chown(folder / name, owner.st_uid, owner.st_gid)
            (folder / name).chmod(0o600)
        certificate, key = folder / "server.pem", folder / "server.key"
        if request.param == POSTGRESQL:
            (folder / "data/pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
            return f"ssl = on\nssl_cert_file = '{certificate}'\nssl_key_file = '{key}'\n"
        return f"ssl_cert = {certificate}\nssl_key = {key}\nrequire_secure_transport = on\n"

    with own_server(request.param, with_certificate) as server:
        yield server


@pytest.fixture
def database(server) -> Iterator[Database]:
    with server.database.another() as database:
        yield database


def asking(database: Database, parameters: dict) -> str:
    return f"{database.uri}?{urllib.parse.urlencode(parameters)}"


@pytest.mark.parametrize("verified", [True, False], ids=["verified", "encrypted"])
def test_the_connections_are_encrypted(database, authorities, verified, tmp_path):
    parameters = VERIFIED[database.kind](authorities[0].file) if verified else ENCRYPTED[database.kind]
    uri = asking(database, parameters)
    with serving(tmp_path / "server", tracking=uri, users=uri) as node:
        works(node)


def test_a_certificate_of_another_authority_is_refused(database, authorities, tmp_path):
    uri = asking(database, VERIFIED[database.kind](authorities[1].file))
    said = refuses_to_start(Server(tmp_path / "server", tracking=uri))
    assert "certificate" in said.lower()
    assert database.tables() == set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verified", [True, False], ids=["verified", "encrypted"])
def test_a_server_without_tls_is_refused_where_it_was_asked_for(kind, verified, authorities, tmp_path):
    with shared(kind).another() as database:
        parameters = VERIFIED[kind](authorities[0].file) if verified else ENCRYPTED[kind]
        said = refuses_to_start(Server(tmp_path / "server", tracking=asking(database, parameters)))
        assert "tls" in said.lower() or "ssl" in said.lower()
        assert database.tables() == set()
