"""fines join the lending branch"""

revision = "80b2b2c3d4e5"
down_revision = ("50e1b2c3d4e5", "70a2b2c3d4e5")
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
