-- Writing, registering, stamping and repairing revisions from a client.
SET client_min_messages = warning;
SET whisper_migrate.script_location = '';
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION outcome(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
    RETURN QUERY EXECUTE format($q$SELECT trim(BOTH '()"' FROM r::text) FROM (%s) r$q$, command);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || message;
    -- When and by whom something was applied is never the same.
    IF detail <> '' THEN
        RETURN NEXT 'detail: ' || replace(regexp_replace(detail, '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*', 'SOME DAY', 'g'),
                                          quote_ident(current_user), 'me');
    END IF;
    IF hint <> '' THEN RETURN NEXT 'hint: ' || hint; END IF;
END $$;
CREATE FUNCTION register(content text, tier text DEFAULT NULL, name text DEFAULT NULL) RETURNS SETOF text
    LANGUAGE sql AS $$
    SELECT outcome(format('SELECT whisper_register(%L, %L, %L)', content, tier, name)) $$;
CREATE FUNCTION registered() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s/%s after %s, needs %s, labels %s: %s', tier, revision, down_revisions, depends_on, branch_labels,
                  message) FROM whisper.revision ORDER BY registration $$;

-- An empty registry.
SELECT * FROM whisper_current();
SELECT * FROM whisper_heads();
SELECT * FROM whisper_history();
SELECT * FROM whisper_branches();
SELECT * FROM whisper_log();
SELECT outcome('SELECT * FROM whisper_show(''head'')');
SELECT outcome('SELECT * FROM whisper_show(''nosuch'')');
SELECT check_name, subject, ok, detail FROM whisper_verify();
SELECT outcome('SELECT whisper_merge(''{heads}'')');

-- whisper_revision: every part of it.
SELECT whisper_revision('an id of its own') ~ '^[0-9a-f]{12}$';
SELECT count(DISTINCT whisper_revision('and another')) FROM generate_series(1, 5);
SELECT bool_and(is_head = (number = 6)), max(number) FROM
    (SELECT is_head, 7 - row_number() OVER () AS number FROM whisper_history()) h;
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
SELECT whisper_revision('the first', revision_id => 'first1', up => 'CREATE TABLE first1 (a int)',
                        down => 'DROP TABLE first1', verify => 'SELECT count(*) = 0 FROM first1', branch_label => 'trunk');
SELECT whisper_revision('the second', revision_id => 'second', up => 'SELECT 2', down => '');
SELECT whisper_revision('the third', revision_id => 'third3', head => 'second', depends_on => '{first1}');
SELECT whisper_revision('another root', revision_id => 'other1', head => 'base', branch_label => 'other');
SELECT whisper_revision('by label', revision_id => 'other2', head => 'other@head');
SELECT whisper_revision('by prefix', revision_id => 'third4', head => 'thir');
SELECT registered();
SELECT outcome($$SELECT whisper_revision('not a head', revision_id => 'branch', head => 'second')$$);
SELECT whisper_revision('spliced', revision_id => 'branch', head => 'second', splice => true);
SELECT outcome($$SELECT whisper_revision('which head')$$);
SELECT outcome($$SELECT whisper_revision('no such head', head => 'nosuch')$$);
SELECT outcome($$SELECT whisper_revision('taken', revision_id => 'first1', head => 'other2')$$);
SELECT outcome($$SELECT whisper_revision('taken label', branch_label => 'trunk', head => 'other2', revision_id => 'label2')$$);
SELECT outcome($$SELECT whisper_revision('no such tier', tier => 'nosuch')$$);
SELECT outcome($$SELECT whisper_revision('bad id', revision_id => 'a b', head => 'base')$$);
SELECT outcome($$SELECT whisper_revision('bad id', revision_id => 'head', head => 'base')$$);
SELECT outcome($$SELECT whisper_revision('bad id', revision_id => '', head => 'base')$$);
SELECT regexp_replace(outcome(format('SELECT whisper_revision(''long id'', revision_id => %L, head => ''base'')', repeat('x', 256))), 'x+', 'x…');
SELECT outcome($$SELECT whisper_revision('bad label', branch_label => 'a,b', head => 'base', revision_id => 'label3')$$);
SELECT outcome($$SELECT whisper_revision('bad dependency', depends_on => '{"a b"}', head => 'base', revision_id => 'dep3')$$);
SELECT outcome($$SELECT whisper_revision('no dependency', depends_on => '{nosuch}', head => 'base', revision_id => 'nodep')$$);
SELECT outcome($$SELECT whisper_revision('unterminated', up => E'SELECT 1;\nSELECT ''x', head => 'base', revision_id => 'noend')$$);
SELECT outcome($$SELECT whisper_revision('unterminated', down => '/* x', head => 'base', revision_id => 'noend')$$);
SELECT outcome($$SELECT whisper_revision('psql', verify => '\copy x', head => 'base', revision_id => 'copies')$$);
SELECT outcome($$SELECT whisper_revision(NULL)$$);
SELECT outcome($$SELECT whisper_revision('null', up => NULL)$$);
SELECT outcome($$SELECT whisper_revision('null', head => NULL)$$);
SELECT count(*) FROM whisper_history();
-- Texts come back as they were written, whatever is in them; a last line gets its end.
SELECT whisper_revision(E'message: with a colon -- and "quotes"', revision_id => 'texts', head => 'other2',
    up => E'SELECT ''-- migrate:down'';\n/* -- migrate:down */ SELECT $$;\n-- migrate:verify\n$$;\r\n  -- a remark',
    down => E'\n\nSELECT 1', verify => 'SELECT true;;');
SELECT rtrim(up_sql, E'\n') =
           E'SELECT ''-- migrate:down'';\n/* -- migrate:down */ SELECT $$;\n-- migrate:verify\n$$;\r\n  -- a remark',
       rtrim(down_sql, E'\n') = E'\n\nSELECT 1', rtrim(verify_sql, E'\n') = 'SELECT true;;', message
    FROM whisper_show('texts');
-- A text cannot make itself another section or header.
SELECT outcome($q$SELECT whisper_revision('smuggled', up => E'SELECT 1;\n-- migrate:down\nDROP TABLE x', head => 'base',
                                          revision_id => 'smuggled')$q$);
SELECT outcome($q$SELECT whisper_revision(E'a line\n-- branch_labels: smuggled', head => 'base', revision_id => 'smuggled')$q$);
SELECT message, branch_labels FROM whisper_history() WHERE revision = 'smuggled';
SELECT outcome($q$SELECT whisper_revision('id', head => 'base', revision_id => E'x\n-- message: y')$q$);

-- whisper_show: one revision, or each that a target names.
SELECT revision, tier, down_revisions, depends_on, branch_labels, message, file, length(checksum), applied, applied_at,
       applied_by, up_sql, down_sql, verify_sql FROM whisper_show('first1');
SELECT revision, down_sql IS NULL, verify_sql IS NULL FROM whisper_show('third3');
SELECT revision FROM whisper_show('heads');
SELECT revision FROM whisper_show('other@head');
SELECT revision FROM whisper_show('first1:third3');
SELECT revision FROM whisper_show('third4-1');
SELECT revision FROM whisper_show('base');
SELECT outcome('SELECT * FROM whisper_show(''head'')');
SELECT outcome('SELECT * FROM whisper_show(''thi'')');
SELECT outcome('SELECT * FROM whisper_show(NULL)');

-- whisper_merge.
SELECT outcome($$SELECT whisper_merge('{third4}')$$);
SELECT outcome($$SELECT whisper_merge('{}')$$);
SELECT outcome($$SELECT whisper_merge('{third4,third4}')$$);
SELECT outcome($$SELECT whisper_merge('{third4,nosuch}')$$);
SELECT outcome($$SELECT whisper_merge(NULL)$$);
SELECT whisper_merge('{third4,branch}') ~ '^[0-9a-f]{12}$';
SELECT message, down_revisions, up_sql, down_sql FROM whisper_show('trunk@head');
SELECT whisper_merge('{heads}', 'all of them') ~ '^[0-9a-f]{12}$';
SELECT message, array_length(down_revisions, 1), is_merge_point FROM whisper_history() WHERE is_head;
SELECT count(*) FROM whisper_upgrade();
SELECT message, is_head FROM whisper_current();
SELECT revision, children FROM whisper_branches();
SELECT check_name, subject, ok, detail, hint FROM whisper_verify();
SELECT outcome($$SELECT step, revision FROM whisper_downgrade('second')$$);

-- whisper_register: a file sent by a client.
SELECT count(*) FROM whisper_stamp('base');
DROP TABLE first1;
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
SELECT register($$-- revision: file1
-- branch_labels: files
-- message: the first file
-- migrate:up
CREATE TABLE file1 (a int);
-- migrate:down
DROP TABLE file1;
-- migrate:verify
SELECT true;
$$);
-- The id may come from the name, the edge from the tier's head; without markers all of it is the way up.
SELECT register('CREATE TABLE file2 (a int);', name => 'file2_the_second.sql');
SELECT register(E'CREATE TABLE file3 (a int);\n', name => 'file3.sql', tier => 'fresh');
SELECT registered();
-- The same again changes nothing; neither do comments, white space and line ends.
SELECT register('CREATE TABLE file2 (a int);', name => 'file2_the_second.sql', tier => 'main');
SELECT checksum AS before FROM whisper_show('file2') \gset
SELECT register(E'-- a remark\r\nCREATE   TABLE file2(a int) /* here */;\r\n', name => 'file2_the_second.sql', tier => 'main');
SELECT checksum = :'before' FROM whisper_show('file2');
SELECT count(*) FROM whisper_history();
-- As long as it is not applied, it may change.
SELECT register('CREATE TABLE file2 (a bigint);', name => 'file2_the_second.sql', tier => 'main');
SELECT up_sql, checksum = :'before' FROM whisper_show('file2');
SELECT revision FROM whisper_upgrade('main@head');
-- Afterwards only what is not run may.
SELECT register(E'-- a remark\nCREATE TABLE file2 (a bigint)\n;', name => 'file2_the_second.sql', tier => 'main');
SELECT register('CREATE TABLE file2 (a text);', name => 'file2_the_second.sql', tier => 'main');
SELECT up_sql FROM whisper_show('file2');
SELECT revision FROM whisper_upgrade('main@head');
-- Where nothing gives an id, or a wrong one.
SELECT register('SELECT 1', 'main');
SELECT register('SELECT 1', 'main', '');
SELECT register('SELECT 1', 'main', '.sql');
SELECT register('SELECT 1', 'main', 'a b.sql');
SELECT register('SELECT 1', 'bad tier', 'x1.sql');
SELECT register(NULL, 'main');
SELECT register('SELECT 1', name => 'which_tier.sql');
-- A header or section that cannot be understood, with its line.
SELECT register(E'-- revision: one\n-- revision: two\n', 'main');
SELECT register(E'-- revision: bad id\n', 'main');
SELECT register(E'-- revision:\n', 'main');
SELECT register(E'-- revision: base\n', 'main');
SELECT register(E'-- revision: h1\n-- down_revision: a,,b\n', 'main');
SELECT register(E'-- revision: h1\n-- down_revision: file1, file1\n', 'main');
SELECT register(E'-- revision: h1\n-- branch_labels: a b\n', 'main');
SELECT register(E'-- revision: h1\n-- rerun: always\n', 'main');
SELECT register(E'-- revision: h1\nSELECT 1;\n-- migrate:up\nSELECT 2;', 'main');
SELECT register(E'-- revision: h1\n-- migrate:sideways\nSELECT 2;', 'main');
SELECT register(E'-- revision: h1\n-- migrate:up\n-- migrate:up\nSELECT 2;', 'main');
SELECT register(E'-- revision: h1\n-- migrate:up transaction:maybe\nSELECT 2;', 'main');
SELECT register(E'-- revision: h1\n-- migrate:up transaction:false transaction:false\nSELECT 2;', 'main');
SELECT register(E'-- revision: h1\n-- migrate:up\nSELECT ''x', 'main');
SELECT register(E'-- revision: h1\n-- down_revision: nosuch\n', 'main');
SELECT register(E'-- revision: h1\n-- depends_on: nosuch\n', 'main');
SELECT register(E'-- revision: h1\n-- branch_labels: files\n', 'main');
-- What is applied cannot become something else.
SELECT register(E'-- revision: file1\nCREATE TABLE file1 (a int);\n', 'fresh');
SELECT registered();


-- whisper_repair: accepting a text that changed after it had been applied. Registering refuses such a text, so that it
-- takes a hand in the catalog to get there.
SELECT outcome('SELECT * FROM whisper_repair(''file2'')');
SELECT outcome('SELECT * FROM whisper_repair(''file3'')');
SELECT outcome('SELECT * FROM whisper_repair(''nosuch'')');
SELECT outcome('SELECT * FROM whisper_repair(''file'')');
SELECT outcome('SELECT * FROM whisper_repair(NULL)');
-- (a superuser's; nobody else may write there)
UPDATE whisper.applied SET checksum = sha256('something else') WHERE revision = 'file2';
SELECT outcome('SELECT * FROM whisper_upgrade()');
SELECT outcome('SELECT * FROM whisper_downgrade(''base'')');
SELECT check_name, subject, ok, detail, hint FROM whisper_verify() WHERE NOT ok;
SELECT * FROM whisper_repair('file2');
SELECT * FROM whisper_repair('file2');
SELECT revision FROM whisper_upgrade();
SELECT direction, revision, statements FROM whisper_log();

-- whisper_stamp: records alone.
SELECT * FROM whisper_stamp('file1');
SELECT revision, applied FROM whisper_history();
SELECT to_regclass('file2') IS NOT NULL;
SELECT * FROM whisper_stamp('file1');
SELECT * FROM whisper_stamp('heads');
SELECT * FROM whisper_stamp('head');
SELECT * FROM whisper_stamp('main@base');
SELECT * FROM whisper_stamp('base');
SELECT * FROM whisper_stamp('file1, file3');
SELECT * FROM whisper_stamp('main@+1');
SELECT outcome('SELECT * FROM whisper_stamp(''nosuch'')');
SELECT outcome('SELECT * FROM whisper_stamp('''')');
SELECT outcome('SELECT * FROM whisper_stamp(''file'')');
SELECT outcome('SELECT * FROM whisper_stamp(''file1,,file2'')');
SELECT outcome('SELECT * FROM whisper_stamp(NULL)');
SELECT outcome('SELECT * FROM whisper_stamp(''base'', purge => NULL)');
SELECT revision, origin FROM whisper.applied ORDER BY 1;
-- Purging forgets what nobody has registered, too.
INSERT INTO whisper.applied SELECT 'unknown1', tier, run, applied_by, applied_at, elapsed, statements, checksum, origin
    FROM whisper.applied LIMIT 1;
SELECT tier, revision, is_head, message FROM whisper_current();
SELECT check_name, subject, detail, hint FROM whisper_verify() WHERE subject = 'unknown1';
SELECT * FROM whisper_stamp('base');
SELECT revision FROM whisper.applied;
SELECT * FROM whisper_stamp('file1', purge => true);
SELECT revision FROM whisper.applied;
SELECT * FROM whisper_stamp('base', purge => true);
SELECT revision FROM whisper.applied;
SELECT run > 0, step, direction, tier, revision, statements, message FROM whisper_log() LIMIT 3;
SELECT count(*) = count(DISTINCT (run, step)) FROM whisper_log();
SELECT direction, tier, revision FROM whisper_log() WHERE revision = 'unknown1';

-- A revision stays in its tier, and follows revisions of its tier.
SELECT count(*) FROM whisper_stamp('file1');
SELECT register($$-- revision: file1
-- branch_labels: files
-- message: the first file
-- migrate:up
CREATE TABLE file1 (a int);
-- migrate:down
DROP TABLE file1;
$$, 'fresh');
SELECT register(E'-- revision: h1\n-- down_revision: file3\n', 'main');
SELECT tier, revision FROM whisper_history();
-- A NULL among names is no name.
SELECT outcome($$SELECT whisper_revision('null dependency', depends_on => '{NULL}', tier => 'main', revision_id => 'nulldep')$$);
SELECT outcome($$SELECT whisper_merge('{file2,NULL}')$$);

-- Every function says what it is for.
SELECT p.proname FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'whisper_migrate' AND obj_description(p.oid, 'pg_proc') NOT LIKE '%Result:%';

DROP TABLE file1, file2, file3;
DROP FUNCTION outcome, register, registered;
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
