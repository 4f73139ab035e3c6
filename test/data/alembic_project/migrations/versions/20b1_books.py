"""Books: "the" catalogue's first form, 100% of it"""

import sqlalchemy as sa
from alembic import op

revision = "20b1b2c3d4e5"
down_revision = "10a1b2c3d4e5"
branch_labels = None
depends_on = None


def upgrade():
    books = op.create_table(
        "books",
        sa.Column("id", sa.Integer, sa.Identity(start=100), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("price", sa.Numeric(8, 2)),
        sa.Column("available", sa.Boolean, nullable=False, server_default=sa.true()),
    )
    op.bulk_insert(books, [
        {"id": 1, "title": "It's 50% off: the \"best\" of C:\\books", "price": 9.5, "available": True},
        {"id": 2, "title": "tab\there, :colon and %(percent)s", "price": None, "available": False},
    ])
    op.execute("UPDATE books SET title = title || ' \\:id 100%' WHERE title LIKE '%off%' -- no semicolon")


def downgrade():
    op.drop_table("books")
