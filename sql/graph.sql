-- Revisions, branches, merges, and every way to name a target. Nothing here runs any SQL of its own.
SET client_min_messages = warning;
SET whisper_migrate.script_location = '';
\pset format unaligned
\pset tuples_only on

-- The outcome of a command: SQLSTATE, message, detail and hint, or its rows in a line each.
CREATE FUNCTION outcome(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
    RETURN QUERY EXECUTE format($q$SELECT trim(BOTH '()"' FROM r::text) FROM (%s) r$q$, command);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT SQLSTATE || ': ' || message;
    IF detail <> '' THEN RETURN NEXT 'detail: ' || detail; END IF;
    IF hint <> '' THEN RETURN NEXT 'hint: ' || hint; END IF;
END $$;
-- A plan in a line: + goes up, - goes down. A target that fails gives its outcome.
CREATE FUNCTION plan(target text, direction text DEFAULT 'upgrade') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT * FROM outcome(format(
        $q$SELECT coalesce(string_agg(CASE direction WHEN 'up' THEN '+' WHEN 'down' THEN '-' ELSE direction || ' ' END
                                      || revision, ' ' ORDER BY step), 'nothing to do')
           FROM whisper_plan(%L, direction => %L)$q$, target, direction));
$$;
CREATE FUNCTION up(target text) RETURNS SETOF text LANGUAGE sql AS $$ SELECT plan(target) $$;
CREATE FUNCTION down(target text) RETURNS SETOF text LANGUAGE sql AS $$ SELECT plan(target, 'downgrade') $$;
-- Make the database stand exactly where the targets say.
CREATE FUNCTION stand(targets text) RETURNS text LANGUAGE sql AS $$
    SELECT count(*) || ' changed' FROM whisper_stamp(targets, purge => true);
    SELECT coalesce(string_agg(revision, ' ' ORDER BY revision), 'base') FROM whisper_current();
$$;
CREATE FUNCTION add(id text, head text, label text DEFAULT NULL, depends_on text[] DEFAULT NULL,
                    tier text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT whisper_revision('the revision ' || id, '', '', head => head, revision_id => id, branch_label => label,
                            depends_on => depends_on, tier => tier, splice => true);
$$;

-- With nothing registered there is nothing to do, whatever direction.
SELECT up('head');
SELECT up('heads');
SELECT down('base');
SELECT up('+1');
SELECT down('-1');
SELECT up('nosuch');
SELECT count(*) FROM whisper_upgrade();

-- A line of four.
SELECT add('line1', 'base'), add('line2', 'head'), add('line3', 'head'), add('line4', 'head');
SELECT * FROM whisper_history();
SELECT * FROM whisper_heads();
SELECT step, tier, revision, direction, transactional, message FROM whisper_plan();
SELECT up('head');
SELECT up('heads');
SELECT up('line2');
SELECT up('line');
SELECT up('lin');
SELECT up('line9');
SELECT up('+1');
SELECT up('+4');
SELECT up('+5');
SELECT up('line1+2');
SELECT up('line4-1');
SELECT up('line4-4');
SELECT up('line4-5');
SELECT up('head-2');
SELECT up('main@head');
SELECT up('main@line2');
SELECT up('main@+2');
SELECT up('base:line2');
SELECT up('line1:line3');
SELECT up('line2:line1');
SELECT up('base');
SELECT up('-1');
SELECT down('base');
SELECT down('-1');

SELECT stand('line2');
SELECT up('head');
SELECT up('+1');
SELECT up('line2+1');
SELECT up('line2:head');
SELECT up('line1:head');
SELECT up('line1');
SELECT down('-1');
SELECT down('-2');
SELECT down('-3');
SELECT down('base');
SELECT down('line1');
SELECT down('line2');
SELECT down('line3');
SELECT down('main@base');
SELECT down('main@-1');
SELECT down('line2-1');
SELECT down('line2:line1');
SELECT down('line2:base');
SELECT down('+1');
SELECT down('head');

-- What no target looks like.
SELECT up('');
SELECT up('@');
SELECT up('main@');
SELECT up('@head');
SELECT up('+0');
SELECT up('+99999999999999999999');
SELECT up(':');
SELECT up('line1:line2:line3');
SELECT up('nosuch@head');
SELECT up('main@nosuch');
SELECT up('main');
SELECT outcome($$SELECT 1 FROM whisper_plan(NULL)$$);
SELECT outcome($$SELECT 1 FROM whisper_plan('head', direction => 'sideways')$$);
SELECT outcome($$SELECT 1 FROM whisper_plan('head', direction => NULL)$$);
SELECT outcome($$SELECT 1 FROM whisper_plan('head', profile => 'nosuch')$$);

-- Two branches with labels: line2 is their branch point now.
SELECT add('left1', 'line2', 'left'), add('left2', 'left1'), add('left3', 'left@head');
SELECT * FROM whisper_branches();
SELECT revision, branch_labels, applied FROM whisper_heads();
SELECT up('head');
SELECT up('heads');
SELECT up('main@heads');
SELECT up('main@head');
SELECT up('left@head');
SELECT up('left@left2');
SELECT up('left@+1');
SELECT up('left@+2');
SELECT up('left@line4');
SELECT up('+1');
SELECT up('line4@+1');
SELECT up('line3, left2');
SELECT stand('line4, left3');
SELECT down('-1');
SELECT down('left@-1');
SELECT down('left@-2');
SELECT down('line4@-1');
SELECT down('left@base');
SELECT down('line2');
SELECT down('left@line2');
SELECT down('line3@line2');
SELECT down('left3:line2');
SELECT down('left1');
SELECT down('base');
SELECT up('head');
SELECT up('heads');

-- A merge: one head again.
SELECT outcome($$SELECT whisper_merge('{left3}')$$);
SELECT outcome($$SELECT whisper_merge('{left3,nosuch}')$$);
SELECT length(whisper_merge('{heads}', 'join them')) AS id_length;
SELECT down_revisions, is_head, is_merge_point, message FROM whisper_history() WHERE is_merge_point;
SELECT whisper_revision('the tail', '', '', revision_id => 'tail1');
-- Its id is random, so that it is left out of what is shown.
CREATE FUNCTION hide(line text) RETURNS text LANGUAGE sql AS $$
    SELECT regexp_replace(line, '\m[0-9a-f]{12}\M', 'MERGE', 'g') $$;
SELECT hide(up('head'));
SELECT hide(up('+1'));
SELECT hide(up('+2'));
SELECT stand('tail1');
SELECT down('-1');
SELECT hide(down('-2'));
SELECT hide(down('-3'));
SELECT hide(down('left3'));
SELECT hide(down('left2'));
SELECT hide(down('tail1-2'));
SELECT down('base') LIKE '%-line1' AS root_comes_last;
-- Standing on a merge, -1 undoes the merge and leaves both parents as heads.
SELECT count(*) FROM whisper_downgrade('-1');
SELECT hide(down('-1'));
SELECT direction, statements FROM whisper_downgrade('-1');
SELECT revision, is_head FROM whisper_current();
SELECT count(*) FROM whisper_downgrade('base');
SELECT count(*) FROM whisper_current();

-- A merge with a redundant parent leaves one head.
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
SELECT add('grand', 'base'), add('parent', 'head');
SELECT whisper_register($$-- revision: redundant
-- down_revision: grand, parent
-- migrate:up
-- migrate:down
$$);
SELECT up('head');
SELECT count(*) FROM whisper_upgrade();
SELECT revision, is_head FROM whisper_current();
SELECT down('-1');
SELECT count(*) FROM whisper_downgrade('-1');
SELECT revision, is_head FROM whisper_current();
SELECT down('grand');

-- depends_on: what is needed comes first, and goes last.
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
SELECT add('core1', 'base', 'core'), add('core2', 'core1'), add('core3', 'core2');
SELECT add('extra1', 'base', 'extra'), add('extra2', 'extra1', depends_on => '{core2}'), add('extra3', 'extra2');
SELECT revision, depends_on, is_head FROM whisper_history();
SELECT up('extra1');
SELECT up('extra2');
SELECT up('extra@head');
SELECT up('heads');
SELECT up('head');
SELECT stand('heads');
SELECT down('core1');
SELECT down('core2');
SELECT down('core@base');
SELECT down('extra@base');
SELECT down('extra1');
SELECT down('base');
SELECT outcome($$SELECT add('extra4', 'extra3', depends_on => '{nosuch}')$$);
SELECT outcome($$SELECT add('extra4', 'extra3', depends_on => '{extra4}')$$);

-- A second tier: bare targets take the tiers in order.
SELECT whisper_register($$-- revision: report1
-- depends_on: core3
-- migrate:up
-- migrate:down
$$, tier => 'reports');
SELECT whisper_register($$-- revision: report2
-- migrate:up
-- migrate:down
$$, tier => 'reports');
SELECT stand('base');
SELECT tier, revision, down_revisions FROM whisper_heads() JOIN whisper_history() USING (tier, revision);
SELECT up('head');
SELECT up('heads');
SELECT up('reports@head');
SELECT up('reports@report1');
SELECT up('reports@+1');
SELECT up('main@heads');
SELECT up('+1');
SELECT stand('heads');
SELECT down('reports@base');
SELECT down('reports@-1');
SELECT down('main@base');
SELECT down('-1');
SELECT down('base');

-- Graphs that do not hold together are refused, and leave the registry as it was.
SELECT outcome($$SELECT add('core4', 'core3')$$);
SELECT outcome($$SELECT add('core4', 'core3', tier => 'nosuch')$$);
SELECT outcome($$SELECT add('core1', 'core3', tier => 'main')$$);
SELECT outcome($$SELECT add('core4', 'core3', 'extra', tier => 'main')$$);
SELECT outcome($$SELECT add('core4', 'core3', 'core1', tier => 'main')$$);
SELECT outcome($$SELECT add('core', 'core3', tier => 'main')$$);
SELECT outcome($$SELECT add('core4', 'report1', tier => 'main')$$);
SELECT outcome($$SELECT whisper_register(E'-- revision: orphan\n-- down_revision: nosuch\n', 'main')$$);
SELECT outcome($$SELECT whisper_register(E'-- revision: self\n-- down_revision: self\n', 'main')$$);
SELECT stand('base');
SELECT outcome($$SELECT whisper_register(E'-- revision: core1\n-- down_revision: core3\n', 'main')$$);
SELECT outcome($$SELECT whisper_register(E'-- revision: core1\n-- depends_on: extra2\n', 'main')$$);
SELECT outcome($$SELECT whisper_merge('{core3,report1}')$$);
SELECT count(*), string_agg(revision, ' ' ORDER BY registration) FROM whisper.revision;

-- A prefix that several share, and one that a whole id settles.
SELECT add('abcd1', 'base', tier => 'main'), add('abcd12', 'abcd1', tier => 'main'), add('abcd2', 'abcd12', tier => 'main');
SELECT up('abcd');
SELECT up('abcd1');
SELECT up('abcd12');
SELECT up('abc');

-- The same path in 300 revisions.
DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
DO $$ BEGIN
    FOR i IN 1..300 LOOP PERFORM add('step' || i, 'head'); END LOOP;
END $$;
SELECT count(*), min(step), max(step), bool_and(revision = 'step' || step) AS in_order FROM whisper_plan();
SELECT count(*), bool_and(revision = 'step' || step) AS in_order FROM whisper_upgrade();
SELECT count(*), bool_and(revision = 'step' || 301 - step) AS in_order FROM whisper_downgrade('base');

DROP EXTENSION whisper_migrate;
CREATE EXTENSION whisper_migrate;
DROP FUNCTION outcome, plan, up, down, stand, add, hide;
