CREATE FUNCTION whisper_plan(
    target text DEFAULT 'head', profile text DEFAULT NULL, direction text DEFAULT 'upgrade',
    OUT step integer, OUT tier text, OUT revision text, OUT direction text,
    OUT transactional boolean, OUT message text)
RETURNS SETOF record LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'whisper_plan';
COMMENT ON FUNCTION whisper_plan(text, text, text) IS
'The steps that whisper_upgrade or whisper_downgrade would take from here, without taking them.

Parameters:
  target, profile: as for whisper_upgrade and whisper_downgrade.
  direction: upgrade or downgrade.
Result: a row per step, in order; a step with direction "deferred" is left out until the tier it waits for is brought up, its message says which; transactional is false for a step that cannot run inside a transaction.
Errors: as for a target of whisper_upgrade and whisper_downgrade; 22023 for another direction.';
