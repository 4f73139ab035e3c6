package WhisperCatalog;

# Everything that the system catalogs say of the extension, and everything that its own tables hold, as text to compare.
# Nothing here knows what the extension has.

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);

our @EXPORT_OK = qw(extension_in_catalogs contents_query catalog_contents differences);

my $members = q{
	WITH RECURSIVE extension AS (SELECT * FROM pg_extension WHERE extname = 'whisper_migrate'),
	member (classid, objid) AS (
		SELECT d.classid, d.objid FROM pg_depend AS d, extension AS e
			WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
		UNION
		SELECT d.classid, d.objid FROM member AS m JOIN pg_depend AS d ON d.refclassid = m.classid AND d.refobjid = m.objid
			WHERE d.deptype IN ('a', 'i', 'P', 'S')),
	named AS (
		SELECT m.*, format('%s %s', i.type, i.identity) AS name
			FROM member AS m, pg_identify_object(m.classid, m.objid, 0) AS i WHERE i.identity !~ '^pg_toast\.'),
	relation AS (SELECT c.*, n.name FROM named AS n JOIN pg_class AS c ON c.oid = n.objid AND n.classid = 'pg_class'::regclass),
	acl (name, kind, items) AS (
		SELECT name, 'privileges', relacl FROM relation
		UNION ALL SELECT format('%s.%s', r.name, a.attname), 'privileges', a.attacl
			FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
		UNION ALL SELECT n.name, 'privileges', p.proacl
			FROM named AS n JOIN pg_proc AS p ON p.oid = n.objid AND n.classid = 'pg_proc'::regclass
		UNION ALL SELECT n.name, 'privileges', s.nspacl
			FROM named AS n JOIN pg_namespace AS s ON s.oid = n.objid AND n.classid = 'pg_namespace'::regclass
		UNION ALL SELECT n.name, 'privileges', t.typacl
			FROM named AS n JOIN pg_type AS t ON t.oid = n.objid AND n.classid = 'pg_type'::regclass
		UNION ALL SELECT format('%s %s', n.name, p.objsubid), 'initial privileges', p.initprivs
			FROM named AS n JOIN pg_init_privs AS p ON p.objoid = n.objid AND p.classoid = n.classid)};

# One query for each kind of fact: name, what is said of it.
my @facts = (
	q{SELECT e.extname::text, concat_ws(' ', 'extension', e.extversion, e.extowner::regrole, e.extnamespace::regnamespace,
		e.extrelocatable) FROM extension AS e},
	q{SELECT c.oid::regclass::text, format('dumped where "%s"', c.condition)
		FROM extension AS e, unnest(e.extconfig, e.extcondition) AS c (oid, condition)},
	q{SELECT n.name, format('depends on %s %s (%s)', i.type, i.identity, d.deptype)
		FROM named AS n JOIN pg_depend AS d ON d.classid = n.classid AND d.objid = n.objid,
			pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) AS i WHERE i.identity !~ '^pg_toast\.'},
	q{SELECT n.name, format('shared dependency on %s %s (%s)', i.type, i.identity, d.deptype)
		FROM named AS n JOIN pg_shdepend AS d ON d.classid = n.classid AND d.objid = n.objid
			AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()),
			pg_identify_object(d.refclassid, d.refobjid, 0) AS i},
	q{SELECT a.name, format('%s: %s', a.kind, item.text) FROM acl AS a, unnest(a.items) AS i (item),
			LATERAL (SELECT i.item::text) AS item (text)},
	q{SELECT n.name, format('comment: %s %s', d.objsubid, d.description)
		FROM named AS n JOIN pg_description AS d ON d.classoid = n.classid AND d.objoid = n.objid},
	q{SELECT n.name, format('label: %s', l.label)
		FROM named AS n JOIN pg_seclabel AS l ON l.classoid = n.classid AND l.objoid = n.objid},
	q{SELECT name, concat_ws(' ', 'relation', relkind, relpersistence, relowner::regrole, relreplident, relrowsecurity,
		relforcerowsecurity, relispartition, reloptions, (SELECT amname FROM pg_am WHERE oid = relam)) FROM relation},
	q{SELECT r.name, concat_ws(' ', 'column', row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum), a.attname,
			format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attstorage,
			a.attcollation::regcollation, a.attstattarget, pg_get_expr(d.adbin, d.adrelid),
			-- some servers count there how often the column was changed
			(SELECT array_agg(o ORDER BY o) FROM unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg\_attver=%'))
		FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
			LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum},
	q{SELECT name, pg_get_indexdef(oid) FROM relation WHERE relkind = 'i'},
	q{SELECT name, pg_get_viewdef(oid) FROM relation WHERE relkind IN ('v', 'm')},
	q{SELECT r.name, concat_ws(' ', 'sequence', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax, s.seqmin,
		s.seqcache, s.seqcycle) FROM relation AS r JOIN pg_sequence AS s ON s.seqrelid = r.oid},
	q{SELECT n.name, concat_ws(' ', pg_get_constraintdef(c.oid), c.convalidated)
		FROM named AS n JOIN pg_constraint AS c ON c.oid = n.objid AND n.classid = 'pg_constraint'::regclass},
	q{SELECT n.name, pg_get_triggerdef(t.oid)
		FROM named AS n JOIN pg_trigger AS t ON t.oid = n.objid AND n.classid = 'pg_trigger'::regclass},
	q{SELECT n.name, pg_get_ruledef(r.oid)
		FROM named AS n JOIN pg_rewrite AS r ON r.oid = n.objid AND n.classid = 'pg_rewrite'::regclass},
	q{SELECT n.name, concat_ws(' ', pg_get_functiondef(p.oid), p.proowner::regrole)
		FROM named AS n JOIN pg_proc AS p ON p.oid = n.objid AND n.classid = 'pg_proc'::regclass AND p.prokind <> 'a'},
	q{SELECT n.name, concat_ws(' ', 'type', t.typtype, t.typowner::regrole, format_type(t.typbasetype, t.typtypmod),
			t.typnotnull, t.typdefault, (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum
				WHERE enumtypid = t.oid))
		FROM named AS n JOIN pg_type AS t ON t.oid = n.objid AND n.classid = 'pg_type'::regclass},
	q{SELECT n.name, concat_ws(' ', 'schema', s.nspowner::regrole)
		FROM named AS n JOIN pg_namespace AS s ON s.oid = n.objid AND n.classid = 'pg_namespace'::regclass},
	q{SELECT n.name, format('is a member of it, or depends on one') FROM named AS n});

# A line for each fact, sorted.
sub extension_in_catalogs
{
	my ($node, $dbname) = @_;
	return $node->safe_psql($dbname, "$members SELECT replace(concat(name, ': ', fact), E'\\n', ' ') COLLATE \"C\" AS line FROM ("
		. join(' UNION ALL ', map { "($_)" } @facts) . ') AS facts (name, fact) ORDER BY line');
}

# A query for every row of the extension's tables, and where its sequences stand: (name, contents).
sub contents_query
{
	my ($node, $dbname) = @_;
	return $node->safe_psql($dbname, q{
		SELECT string_agg(CASE c.relkind
				WHEN 'r' THEN format('(SELECT %L, to_jsonb(t)::text FROM %s AS t)', c.relname, c.oid::regclass)
				ELSE format('SELECT %L, jsonb_build_array(last_value, is_called)::text FROM %s', c.relname,
					c.oid::regclass) END,
			' UNION ALL ' ORDER BY c.relname)
		FROM pg_depend AS d JOIN pg_class AS c ON c.oid = d.objid
		WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
			AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'whisper_migrate')
			AND c.relkind IN ('r', 'S')});
}

# What that query gives, sorted.
sub catalog_contents
{
	my ($node, $dbname) = @_;
	return $node->safe_psql($dbname, 'SELECT name, contents COLLATE "C" FROM (' . contents_query($node, $dbname)
		. ') AS t (name, contents) ORDER BY 1, 2');
}

# The lines that only one of two texts has; '' when they are the same.
sub differences
{
	my ($got, $expected) = @_;
	my (%got, %expected);
	$got{$_}++ for split /\n/, $got;
	$expected{$_}++ for split /\n/, $expected;
	return join '', map({ "+$_\n" } grep { ($expected{$_} // 0) < $got{$_} } sort keys %got),
		map({ "-$_\n" } grep { ($got{$_} // 0) < $expected{$_} } sort keys %expected);
}

1;
