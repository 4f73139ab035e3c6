"""seats of an event"""

import sqlalchemy as sa
from alembic import op

revision = "a0d2b2c3d4e5"
down_revision = "60f1b2c3d4e5"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("seats", sa.Column("event", sa.BigInteger, sa.ForeignKey("events.id"), primary_key=True),
                    sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False))
    op.execute(sa.text("CREATE VIEW seats_left AS SELECT event, :most - count(*) AS left_over FROM seats GROUP BY event")
               .bindparams(most=120))


def downgrade():
    op.execute("DROP VIEW seats_left")
    op.drop_table("seats")
