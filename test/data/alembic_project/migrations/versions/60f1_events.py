"""events have a history of their own"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "60f1b2c3d4e5"
down_revision = None
branch_labels = ("events",)
depends_on = ("lending", "30c1b2c3d4e5")

state = postgresql.ENUM("planned", "over", name="event_state", create_type=False)


def upgrade():
    state.create(op.get_bind(), checkfirst=True)
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("state", state, nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text), server_default="{}"),
        sa.Column("detail", postgresql.JSONB, server_default=sa.text("'{\"a\": 1}'::jsonb")),
        sa.Column("host", sa.Integer, sa.ForeignKey("readers.id", name="events_host")),
    )


def downgrade():
    op.drop_table("events")
    state.drop(op.get_bind(), checkfirst=True)
