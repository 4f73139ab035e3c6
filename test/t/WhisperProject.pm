package WhisperProject;

# One small project, which the formats of migration tools are tried with: what its migrations do, and how they are
# counted. A format is a hash of
#   name, files (name => content), steps (what the tool runs, in its order), has_down,
#   tables (its own, which this engine makes), histories ([title, SQL that makes and fills the tool's table], ...).

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
our @EXPORT_OK = qw(new_format steps filled_steps stamp rows_of);

my $create = <<'SQL';
CREATE TABLE accounts (
    id serial PRIMARY KEY,
    email text NOT NULL UNIQUE,   -- a semicolon; in a comment
    balance integer NOT NULL DEFAULT 0
);
INSERT INTO accounts (email, balance) VALUES ('a;b@example.org', 10), ('it''s -- no comment', 20);
SQL
my $function = <<'SQL';
CREATE FUNCTION doubled(amount integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    IF amount IS NULL THEN RETURN 0; END IF;
    RETURN amount * 2;
END;
$$;
SQL
my $view = "CREATE VIEW rich AS SELECT email FROM accounts WHERE doubled(balance) > 30;\n";

# The last one cannot run in a transaction. The third needs the second, only writes rows, and writes others when it
# runs twice.
my @steps = (
	{ n => 1, name => 'create_accounts', up => $create, down => "DROP TABLE accounts;\n" },
	{ n => 9, name => 'add_function', body => $function, rest => $view, up => $function . $view,
		down => "DROP VIEW rich;\nDROP FUNCTION doubled(integer);\n" },
	{ n => 10, name => 'double_balances', up => "UPDATE accounts SET balance = doubled(balance) + 1;\n",
		down => "UPDATE accounts SET balance = (balance - 1) / 2;\n" },
	{ n => 11, name => 'index_accounts', alone => 1, up => "CREATE INDEX CONCURRENTLY accounts_lower ON accounts (lower(email));\n",
		down => "DROP INDEX CONCURRENTLY accounts_lower;\n" });

sub steps { return @steps }

# For tools that count without gaps.
sub filled_steps
{
	return ($steps[0], map({ { n => $_, name => "note_$_", up => "COMMENT ON TABLE accounts IS 'note $_';\n",
		down => "COMMENT ON TABLE accounts IS NULL;\n" } } 2 .. 8), @steps[ 1 .. 3 ]);
}

sub stamp { my ($step) = @_; return sprintf '202401%02d120000', $step->{n} }

# A FROM clause: what the function gives of each step as v, and its place as n.
sub rows_of
{
	my ($version) = @_;
	return "unnest('{" . join(',', map { '"' . $version->($_) . '"' } @steps) . "}'::text[]) WITH ORDINALITY AS u (v, n)";
}

# $write gives the files of a step.
sub new_format
{
	my ($name, $write, $histories, %more) = @_;
	my $steps = $more{steps} // \@steps;
	return { name => $name, has_down => 1, tables => [], %more, steps => $steps, histories => $histories,
		files => { map({ $write->($_) } @$steps), %{ $more{others} // {} } } };
}

1;
