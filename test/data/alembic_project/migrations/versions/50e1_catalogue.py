"""search by title, while others read"""

from alembic import op

revision = "50e1b2c3d4e5"
down_revision = "40d1b2c3d4e5"
branch_labels = None
depends_on = None


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE reader_kind ADD VALUE IF NOT EXISTS 'guest'")
        op.create_index("books_title_idx", "books", ["title"], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("books_title_idx", table_name="books", postgresql_concurrently=True)
