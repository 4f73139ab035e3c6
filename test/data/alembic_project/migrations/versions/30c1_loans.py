"""loans, and a function that counts them"""

import sqlalchemy as sa
from alembic import op

revision = "30c1b2c3d4e5"
down_revision = "20b1b2c3d4e5"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "loans",
        sa.Column("book", sa.Integer, sa.ForeignKey("books.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("reader", sa.Integer, sa.ForeignKey("readers.id"), primary_key=True),
        sa.Column("due", sa.Date, nullable=False),
    )
    op.execute("""
        CREATE FUNCTION loans_report(wanted integer) RETURNS text LANGUAGE plpgsql AS $body$
        DECLARE
        	answer text;	-- tabs; a semicolon; and a 'quote
        BEGIN
            SELECT format('%s%% of %I: it''s due', count(*), 'loans') INTO answer
            FROM loans WHERE reader = wanted AND due < now()\\:\\:date;
            RETURN $x$;$x$ || answer;
        END
        $body$;
        COMMENT ON FUNCTION loans_report(integer) IS 'the answer is in %';
    """)


def downgrade():
    op.execute("DROP FUNCTION loans_report(integer)")
    op.drop_table("loans")
