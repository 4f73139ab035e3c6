"""every table knows when it was touched"""

import datetime

import sqlalchemy as sa
from alembic import op

revision = "40d1b2c3d4e5"
down_revision = "30c1b2c3d4e5"
branch_labels = None
depends_on = None

TABLES = ("books", "loans", "readers")


def upgrade():
    connection = op.get_bind()
    inspector = sa.inspect(connection)
    for table in sorted(inspector.get_table_names()):
        if table in TABLES and "touched" not in [column["name"] for column in inspector.get_columns(table)]:
            op.add_column(table, sa.Column("touched", sa.DateTime(timezone=True)))
    readers = sa.table("readers", *(sa.column(name) for name in ("name", "kind", "touched")))
    if connection.execute(sa.text("SELECT count(*) FROM readers")).scalar() == 0:
        first = datetime.datetime(2024, 5, 1, 12, 30, tzinfo=datetime.timezone.utc)
        connection.execute(readers.insert(), [{"name": "O'Hara 100%", "kind": "staff's", "touched": first},
                                              {"name": "back\\slash", "kind": "child", "touched": None}])
    connection.execute(sa.text("INSERT INTO readers (name) VALUES (:name)"), {"name": ":name"})
    connection.execute(sa.text("SELECT setval('readers_id_seq', 1000)"))
    with connection.begin_nested() as attempt:
        connection.execute(sa.text("DELETE FROM books"))
        attempt.rollback()
    with connection.connection.cursor() as cursor:   # past SQLAlchemy
        cursor.execute("UPDATE books SET touched = %s WHERE title LIKE '%%off%%'", (first,))


def downgrade():
    for table in TABLES:
        if "touched" in [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]:
            op.drop_column(table, "touched")
    op.execute("DELETE FROM readers")
