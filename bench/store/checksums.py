"""Checksums of the stored rows: a changed bit is found on reading, wherever SQLite itself does not notice it.

Temporary triggers on every connection of this program keep one checksum per owner of rows: a trial owns its epochs, and
every other row is its own owner. The checksum is the sum of the rows' digests, so it does not depend on their order.
A checksum protects against damage, not against somebody who writes a matching one.
"""

import hashlib
import sqlite3
import struct
from collections.abc import Iterable, Iterator

from bench.errors import StudyError

OWNERS = {
    "rounds": "number",
    "images": "row",
    "folds": "seed",
    "networks": "id",
    "protocols": "id",
    "environments": "id",
    "trials": "id",
    "results": "trial_id",
    "epochs": "trial_id",
    "predictions": "trial_id",
    "measurements": "id",
    "audit": "id",
}
"""By table, the column that names the owner of a row."""

_MODULUS = 2**63


def seal_writes(connection: sqlite3.Connection) -> None:
    """Keep the checksums of everything that this connection writes from now on."""
    connection.create_function("row_digest", -1, digest, deterministic=True)
    connection.create_function("add_digests", 2, lambda one, other: (one + other) % _MODULUS, deterministic=True)
    for table, owner in OWNERS.items():
        new = f"'{table}', NEW.{owner}, row_digest({_columns(connection, table, 'NEW.')})"
        total = "add_digests(total, excluded.total)" if table == "epochs" else "excluded.total"
        connection.execute(
            f"CREATE TEMP TRIGGER seal_{table} AFTER INSERT ON main.{table} BEGIN INSERT INTO checksums VALUES ({new}) "
            f"ON CONFLICT (name, owner) DO UPDATE SET total = {total}; END"
        )
        connection.execute(
            f"CREATE TEMP TRIGGER unseal_{table} AFTER DELETE ON main.{table} BEGIN "
            f"DELETE FROM checksums WHERE name = '{table}' AND owner = OLD.{owner}; END"
        )


def seal_all(connection: sqlite3.Connection) -> None:
    """Store the checksums of all rows as they are, after a migration."""
    connection.execute("DELETE FROM checksums")
    for table in OWNERS:
        rows = [(table, owner, total) for owner, total in _totals(connection, table, "").items()]
        connection.executemany("INSERT INTO checksums VALUES (?, ?, ?)", rows)


def verify(connection: sqlite3.Connection, tables: Iterable[str], owners: Iterable[int] | None = None) -> None:
    """Compare rows with their checksums.

    Args:
        connection: of a store of the current version.
        tables: names of ``OWNERS``.
        owners: only the rows of these; by default all.

    Raises:
        StudyError: a row was changed, added or removed by something other than this program.
    """
    only = "" if owners is None else ",".join(str(int(owner)) for owner in owners)
    for table in tables:
        condition = f" WHERE {OWNERS[table]} IN ({only})" if owners is not None else ""
        found = _totals(connection, table, condition)
        limit = f" AND owner IN ({only})" if owners is not None else ""
        stored: dict[int, int] = dict(
            connection.execute(f"SELECT owner, total FROM checksums WHERE name = ?{limit}", (table,))
        )
        if found != stored:
            wrong = sorted(owner for owner in found.keys() | stored.keys() if found.get(owner) != stored.get(owner))
            raise StudyError(
                f"a study's store keeps its records as they were written; of {table}, {len(wrong)} were changed, added "
                f"or lost (the first has number {wrong[0]}); restore it from a copy, or remove it and run again"
            )


def digest(*values: object) -> int:
    """The digest of a row's values, in [0, 2^63); values of different types differ."""
    hashed = hashlib.blake2b(digest_size=8)
    for value in values:
        content = _bytes(value)
        hashed.update(f"{type(value).__name__} {len(content)} ".encode())
        hashed.update(content)
    return int.from_bytes(hashed.digest(), "little") % _MODULUS


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, float):
        return struct.pack("<d", value)
    return str(value).encode("utf-8", "surrogatepass")


def _totals(connection: sqlite3.Connection, table: str, condition: str) -> dict[int, int]:
    totals: dict[int, int] = {}
    for owner, *values in _rows(connection, table, condition):
        totals[owner] = (totals.get(owner, 0) + digest(*values)) % _MODULUS
    return totals


def _rows(connection: sqlite3.Connection, table: str, condition: str) -> Iterator[tuple[int, ...]]:
    columns = _columns(connection, table, "")
    yield from connection.execute(f"SELECT {OWNERS[table]}, {columns} FROM {table}{condition}")


def _columns(connection: sqlite3.Connection, table: str, prefix: str) -> str:
    names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    return ", ".join(f"{prefix}{name}" for name in names)
