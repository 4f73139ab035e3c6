"""Linear packs: every revision makes a table with an identity key, an index and a comment. The same SQL for everybody."""

from pathlib import Path


def up_sql(n):
    table = f"bench_{n:06}"
    return (
        f"CREATE TABLE {table} (\n"
        "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
        "    name text NOT NULL,\n"
        "    created_at timestamptz NOT NULL DEFAULT now()\n"
        ");\n"
        f"CREATE INDEX {table}_name ON {table} (name);\n"
        f"COMMENT ON TABLE {table} IS 'table {n} of a linear pack';\n"
    )


def down_sql(n):
    return f"DROP TABLE bench_{n:06};\n"


def revision(n):
    return f"r{n:06}"


def write_native(directory, count):
    """Files with headers, and a verify section each."""
    directory.mkdir(parents=True)
    for n in range(1, count + 1):
        before = revision(n - 1) if n > 1 else "base"
        (directory / f"{n:06}_table.sql").write_text(
            f"-- revision: {revision(n)}\n-- down_revision: {before}\n-- message: table {n}\n\n"
            f"-- migrate:up\n{up_sql(n)}-- migrate:down\n{down_sql(n)}"
            f"-- migrate:verify\nSELECT to_regclass('bench_{n:06}') IS NOT NULL;\n"
        )


def write_plain(directory, count):
    """What psql runs: up.sql and down.sql."""
    directory.mkdir(parents=True)
    (directory / "up.sql").write_text("".join(up_sql(n) for n in range(1, count + 1)))
    (directory / "down.sql").write_text("".join(down_sql(n) for n in range(count, 0, -1)))


def write_dbmate(directory, count):
    directory.mkdir(parents=True)
    for n in range(1, count + 1):
        (directory / f"{n:06}_table.sql").write_text(f"-- migrate:up\n{up_sql(n)}\n-- migrate:down\n{down_sql(n)}")


def write_node_pg_migrate(directory, count):
    directory.mkdir(parents=True)
    for n in range(1, count + 1):
        # Its file names begin with a timestamp of 17 digits.
        (directory / f"{20250101000000000 + n}_table.sql").write_text(
            f"-- Up Migration\n{up_sql(n)}\n-- Down Migration\n{down_sql(n)}"
        )


ALEMBIC_ENV = '''\
import os
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(os.environ["BENCH_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
'''


def write_alembic(directory, count):
    """All revisions in one transaction, as Alembic's own template has it."""
    versions = directory / "migrations" / "versions"
    versions.mkdir(parents=True)
    (directory / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (directory / "migrations" / "env.py").write_text(ALEMBIC_ENV)
    for n in range(1, count + 1):
        before = repr(revision(n - 1)) if n > 1 else None
        statements = "".join(f"    op.execute({s.strip()!r})\n" for s in up_sql(n).split(";\n") if s.strip())
        (versions / f"{revision(n)}_table.py").write_text(
            f'"""table {n}"""\nfrom alembic import op\n\n'
            f"revision = {revision(n)!r}\ndown_revision = {before}\nbranch_labels = None\ndepends_on = None\n\n\n"
            f"def upgrade():\n{statements}\n\ndef downgrade():\n    op.execute({down_sql(n).strip()!r})\n"
        )


WRITERS = {
    "native": write_native,
    "plain": write_plain,
    "dbmate": write_dbmate,
    "node_pg_migrate": write_node_pg_migrate,
    "alembic": write_alembic,
}


def make(root: Path, kind, count):
    """The pack's directory, made when it is not there yet."""
    directory = root / f"{kind}_{count}"
    if not directory.exists():
        WRITERS[kind](directory, count)
    return directory
