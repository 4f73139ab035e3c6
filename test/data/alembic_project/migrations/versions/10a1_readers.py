"""readers and their kinds"""

import sqlalchemy as sa
from alembic import op

revision = "10a1b2c3d4e5"
down_revision = None
branch_labels = ("lending",)
depends_on = None


def upgrade():
    op.create_table(
        "readers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, comment="as on the card: \"first\" 'last'"),
        sa.Column("kind", sa.Enum("child", "adult", "staff's", name="reader_kind"), nullable=False, server_default="adult"),
        sa.Column("discount", sa.String(10), server_default="10%"),
        sa.Column("home", sa.String(40), server_default="C:\\tab\there"),
        sa.Column("joined", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.CheckConstraint("name NOT LIKE '%@%' AND name <> ''", name="readers_name_check"),
        comment="who borrows; 100% of them",
    )
    op.create_index("readers_name_idx", "readers", [sa.text("lower(name)")])


def downgrade():
    op.drop_index("readers_name_idx", table_name="readers")
    op.drop_table("readers")
    sa.Enum(name="reader_kind").drop(op.get_bind())
