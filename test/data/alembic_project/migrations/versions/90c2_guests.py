"""guests pay on the spot"""

import sqlalchemy as sa
from alembic import op

revision = "90c2b2c3d4e5"
down_revision = "80b2b2c3d4e5"
branch_labels = None
depends_on = "events"


def upgrade():
    op.add_column("events", sa.Column("guests", sa.Integer, server_default="0", nullable=False))
    with op.batch_alter_table("fines") as batch:
        batch.add_column(sa.Column("event", sa.BigInteger))
        batch.create_foreign_key("fines_event", "events", ["event"], ["id"])
        batch.alter_column("amount", new_column_name="sum", existing_type=sa.Numeric(6, 2))


def downgrade():
    with op.batch_alter_table("fines") as batch:
        batch.alter_column("sum", new_column_name="amount", existing_type=sa.Numeric(6, 2))
        batch.drop_constraint("fines_event", type_="foreignkey")
        batch.drop_column("event")
    op.drop_column("events", "guests")
