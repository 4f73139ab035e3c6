"""fines"""

import sqlalchemy as sa
from alembic import op

revision = "70a2b2c3d4e5"
down_revision = "30c1b2c3d4e5"
branch_labels = ("fines",)
depends_on = None


def upgrade():
    op.create_table("fines", sa.Column("id", sa.Integer, primary_key=True), sa.Column("amount", sa.Numeric(6, 2)))
    op.create_table_comment("fines", "in € and ¢")
    op.alter_column("fines", "amount", nullable=False, server_default="0.50")


def downgrade():
    op.drop_table("fines")
