-- revision: a1b2c3d4e5f6
-- down_revision: 5891d5443712
-- message: comments on the character, user and configuration tables

-- migrate:up
COMMENT ON TABLE users IS
    'People who talk to the bots, one row per platform account';
COMMENT ON COLUMN users.user_id IS 'Identifier that the chat platform gave the account';
COMMENT ON COLUMN users.message_count IS 'Messages received from the user so far';
COMMENT ON COLUMN users.preferences IS 'JSON document of settings the user chose, kept as text';
COMMENT ON COLUMN users.privacy_settings IS 'JSON document of what may be remembered and shared, kept as text';

COMMENT ON TABLE characters IS
    'AI characters: the root that every table of character details refers to';
COMMENT ON COLUMN characters.normalized_name IS
    'Name in lower case without special characters; what the bots look a character up by';
COMMENT ON COLUMN characters.archetype IS
    'real-world, fantasy or narrative-ai: how openly the character says that it is an AI';
COMMENT ON COLUMN characters.allow_full_roleplay IS
    'Whether the character may stay in its role when asked about its nature';
COMMENT ON COLUMN characters.is_active IS 'Whether bots may run the character';
COMMENT ON COLUMN characters.created_date IS 'Creation time as the character editor shows it, without time zone';
COMMENT ON COLUMN characters.updated_date IS 'Last change to the character or to one of its detail rows';
COMMENT ON COLUMN characters.emoji_frequency IS 'How many emoji the character uses';
COMMENT ON COLUMN characters.emoji_style IS 'Kind of emoji that suits the character';
COMMENT ON COLUMN characters.emoji_combination IS 'How emoji and words go together in a reply';
COMMENT ON COLUMN characters.emoji_placement IS 'Where in a reply the emoji stand';
COMMENT ON COLUMN characters.emoji_age_demographic IS 'Generation whose emoji habits the character shares';
COMMENT ON COLUMN characters.emoji_cultural_influence IS 'Culture that colours the choice of emoji';

COMMENT ON TABLE character_identity IS
    'Who a character is: names, age, occupation';
COMMENT ON COLUMN character_identity.nicknames IS 'Other names the character answers to';
COMMENT ON COLUMN character_identity.description IS 'Summary of the character in a paragraph';

COMMENT ON TABLE character_attributes IS
    'Short descriptive statements about a character, grouped by category';
COMMENT ON COLUMN character_attributes.category IS 'What the statement is about, such as fears, dreams or quirks';
COMMENT ON COLUMN character_attributes.importance IS 'Weight of the statement in words';
COMMENT ON COLUMN character_attributes.display_order IS 'Position within the category; smaller comes first';
COMMENT ON COLUMN character_attributes.active IS 'Inactive statements stay out of prompts';

COMMENT ON TABLE character_communication IS
    'How a character talks in general';
COMMENT ON COLUMN character_communication.tone IS 'Overall tone of voice';
COMMENT ON COLUMN character_communication.conversation_pacing IS 'How fast and at what length the character answers';

COMMENT ON TABLE user_relationships IS
    'How close one user and one bot have become';
COMMENT ON COLUMN user_relationships.bot_name IS 'Normalized name of the character behind the bot';
COMMENT ON COLUMN user_relationships.affection IS 'Warmth of the relationship';
COMMENT ON COLUMN user_relationships.trust IS 'How much the user relies on the bot';
COMMENT ON COLUMN user_relationships.attunement IS 'How well the bot reads the user';
COMMENT ON COLUMN user_relationships.interaction_count IS 'Exchanges between the two so far';

COMMENT ON TABLE user_facts IS
    'Single facts a bot has learned about a user';
COMMENT ON COLUMN user_facts.bot_name IS 'Normalized name of the character that learned the fact';
COMMENT ON COLUMN user_facts.fact_type IS 'Kind of fact, such as hobby or family';
COMMENT ON COLUMN user_facts.confidence IS 'How certain the fact is, from 0 to 1';
COMMENT ON COLUMN user_facts.source IS 'Where the fact came from';

COMMENT ON TABLE character_interest_topics IS
    'Keywords that catch a character''s interest';
COMMENT ON COLUMN character_interest_topics.boost_weight IS 'Added to the score of a topic when the keyword occurs';
COMMENT ON COLUMN character_interest_topics.gap_type_preference IS
    'Kind of missing knowledge the character likes to ask about for this topic';

COMMENT ON TABLE character_entity_categories IS
    'How a character classes the entities users mention';
COMMENT ON COLUMN character_entity_categories.entity_keyword IS 'Word by which the entity is recognised';
COMMENT ON COLUMN character_entity_categories.category_type IS 'Category the entity falls into';
COMMENT ON COLUMN character_entity_categories.question_preference IS
    'Kind of question the character asks about such entities';
COMMENT ON COLUMN character_entity_categories.priority_level IS 'Order among competing categories';

COMMENT ON TABLE character_question_templates IS
    'Questions a character may ask to learn more about a user';
COMMENT ON COLUMN character_question_templates.gap_type IS 'Kind of missing knowledge the question fills';
COMMENT ON COLUMN character_question_templates.template_text IS 'The question, with placeholders in braces';
COMMENT ON COLUMN character_question_templates.personality_style IS 'Manner in which the question is put';
COMMENT ON COLUMN character_question_templates.priority_order IS
    'Order among the questions for the same gap; smaller comes first';
COMMENT ON COLUMN character_question_templates.keywords IS 'Words in a conversation that make the question fit';

COMMENT ON TABLE character_conversation_modes IS
    'Modes of conversation a character switches between';
COMMENT ON COLUMN character_conversation_modes.energy_level IS 'Liveliness of the mode';
COMMENT ON COLUMN character_conversation_modes.approach IS 'How the character conducts itself in the mode';
COMMENT ON COLUMN character_conversation_modes.transition_style IS 'How the character moves into and out of the mode';

COMMENT ON TABLE character_llm_config IS
    'Language model and sampling settings of a character';
COMMENT ON COLUMN character_llm_config.llm_client_type IS 'Client library or provider that is called';
COMMENT ON COLUMN character_llm_config.llm_chat_api_key IS
    'Secret: key for the API; readable by whoever may read the table';
COMMENT ON COLUMN character_llm_config.llm_temperature IS 'Sampling temperature; higher is more varied';
COMMENT ON COLUMN character_llm_config.llm_top_p IS 'Share of probability from which tokens are sampled';
COMMENT ON COLUMN character_llm_config.is_active IS 'At most one active and one inactive row per character';

COMMENT ON TABLE character_discord_config IS
    'Discord account and behaviour of a character''s bot';
COMMENT ON COLUMN character_discord_config.discord_bot_token IS
    'Secret: token the bot logs in with; readable by whoever may read the table';
COMMENT ON COLUMN character_discord_config.discord_guild_id IS 'Server the bot belongs to';
COMMENT ON COLUMN character_discord_config.max_message_length IS 'Longest message the bot posts, in characters';
COMMENT ON COLUMN character_discord_config.typing_delay_seconds IS
    'Pause before a reply, while the bot shows as typing';
COMMENT ON COLUMN character_discord_config.is_active IS 'At most one active and one inactive row per character';
COMMENT ON COLUMN character_discord_config.enable_discord IS 'Whether the character is on Discord at all';
COMMENT ON COLUMN character_discord_config.discord_guild_restrictions IS
    'JSON list of the servers the bot answers in; null means all';
COMMENT ON COLUMN character_discord_config.discord_channel_restrictions IS
    'JSON list of the channels the bot answers in; null means all';
COMMENT ON COLUMN character_discord_config.discord_status IS 'Presence shown next to the bot, such as online or idle';

COMMENT ON TABLE bot_deployments IS
    'Containers in which characters run as bots, at most one per character';
COMMENT ON COLUMN bot_deployments.port IS 'Port on the host at which the bot answers health checks';
COMMENT ON COLUMN bot_deployments.status IS 'Stage of the deployment, from deploying to running, stopped or failed';
COMMENT ON COLUMN bot_deployments.config IS 'Settings the container was started with';
COMMENT ON COLUMN bot_deployments.error_message IS 'Why the deployment failed';

-- migrate:down
COMMENT ON COLUMN bot_deployments.error_message IS NULL;
COMMENT ON COLUMN bot_deployments.config IS NULL;
COMMENT ON COLUMN bot_deployments.status IS NULL;
COMMENT ON COLUMN bot_deployments.port IS NULL;
COMMENT ON TABLE bot_deployments IS NULL;
COMMENT ON COLUMN character_discord_config.discord_status IS NULL;
COMMENT ON COLUMN character_discord_config.discord_channel_restrictions IS NULL;
COMMENT ON COLUMN character_discord_config.discord_guild_restrictions IS NULL;
COMMENT ON COLUMN character_discord_config.enable_discord IS NULL;
COMMENT ON COLUMN character_discord_config.is_active IS NULL;
COMMENT ON COLUMN character_discord_config.typing_delay_seconds IS NULL;
COMMENT ON COLUMN character_discord_config.max_message_length IS NULL;
COMMENT ON COLUMN character_discord_config.discord_guild_id IS NULL;
COMMENT ON COLUMN character_discord_config.discord_bot_token IS NULL;
COMMENT ON TABLE character_discord_config IS NULL;
COMMENT ON COLUMN character_llm_config.is_active IS NULL;
COMMENT ON COLUMN character_llm_config.llm_top_p IS NULL;
COMMENT ON COLUMN character_llm_config.llm_temperature IS NULL;
COMMENT ON COLUMN character_llm_config.llm_chat_api_key IS NULL;
COMMENT ON COLUMN character_llm_config.llm_client_type IS NULL;
COMMENT ON TABLE character_llm_config IS NULL;
COMMENT ON COLUMN character_conversation_modes.transition_style IS NULL;
COMMENT ON COLUMN character_conversation_modes.approach IS NULL;
COMMENT ON COLUMN character_conversation_modes.energy_level IS NULL;
COMMENT ON TABLE character_conversation_modes IS NULL;
COMMENT ON COLUMN character_question_templates.keywords IS NULL;
COMMENT ON COLUMN character_question_templates.priority_order IS NULL;
COMMENT ON COLUMN character_question_templates.personality_style IS NULL;
COMMENT ON COLUMN character_question_templates.template_text IS NULL;
COMMENT ON COLUMN character_question_templates.gap_type IS NULL;
COMMENT ON TABLE character_question_templates IS NULL;
COMMENT ON COLUMN character_entity_categories.priority_level IS NULL;
COMMENT ON COLUMN character_entity_categories.question_preference IS NULL;
COMMENT ON COLUMN character_entity_categories.category_type IS NULL;
COMMENT ON COLUMN character_entity_categories.entity_keyword IS NULL;
COMMENT ON TABLE character_entity_categories IS NULL;
COMMENT ON COLUMN character_interest_topics.gap_type_preference IS NULL;
COMMENT ON COLUMN character_interest_topics.boost_weight IS NULL;
COMMENT ON TABLE character_interest_topics IS NULL;
COMMENT ON COLUMN user_facts.source IS NULL;
COMMENT ON COLUMN user_facts.confidence IS NULL;
COMMENT ON COLUMN user_facts.fact_type IS NULL;
COMMENT ON COLUMN user_facts.bot_name IS NULL;
COMMENT ON TABLE user_facts IS NULL;
COMMENT ON COLUMN user_relationships.interaction_count IS NULL;
COMMENT ON COLUMN user_relationships.attunement IS NULL;
COMMENT ON COLUMN user_relationships.trust IS NULL;
COMMENT ON COLUMN user_relationships.affection IS NULL;
COMMENT ON COLUMN user_relationships.bot_name IS NULL;
COMMENT ON TABLE user_relationships IS NULL;
COMMENT ON COLUMN character_communication.conversation_pacing IS NULL;
COMMENT ON COLUMN character_communication.tone IS NULL;
COMMENT ON TABLE character_communication IS NULL;
COMMENT ON COLUMN character_attributes.active IS NULL;
COMMENT ON COLUMN character_attributes.display_order IS NULL;
COMMENT ON COLUMN character_attributes.importance IS NULL;
COMMENT ON COLUMN character_attributes.category IS NULL;
COMMENT ON TABLE character_attributes IS NULL;
COMMENT ON COLUMN character_identity.description IS NULL;
COMMENT ON COLUMN character_identity.nicknames IS NULL;
COMMENT ON TABLE character_identity IS NULL;
COMMENT ON COLUMN characters.emoji_cultural_influence IS NULL;
COMMENT ON COLUMN characters.emoji_age_demographic IS NULL;
COMMENT ON COLUMN characters.emoji_placement IS NULL;
COMMENT ON COLUMN characters.emoji_combination IS NULL;
COMMENT ON COLUMN characters.emoji_style IS NULL;
COMMENT ON COLUMN characters.emoji_frequency IS NULL;
COMMENT ON COLUMN characters.updated_date IS NULL;
COMMENT ON COLUMN characters.created_date IS NULL;
COMMENT ON COLUMN characters.is_active IS NULL;
COMMENT ON COLUMN characters.allow_full_roleplay IS NULL;
COMMENT ON COLUMN characters.archetype IS NULL;
COMMENT ON COLUMN characters.normalized_name IS NULL;
COMMENT ON TABLE characters IS NULL;
COMMENT ON COLUMN users.privacy_settings IS NULL;
COMMENT ON COLUMN users.preferences IS NULL;
COMMENT ON COLUMN users.message_count IS NULL;
COMMENT ON COLUMN users.user_id IS NULL;
COMMENT ON TABLE users IS NULL;

-- migrate:verify
SELECT count(*) = 14
FROM unnest(ARRAY[
    'users', 'characters', 'character_identity', 'character_attributes', 'character_communication',
    'user_relationships', 'user_facts', 'character_interest_topics', 'character_entity_categories',
    'character_question_templates', 'character_conversation_modes', 'character_llm_config',
    'character_discord_config', 'bot_deployments'
]) AS commented (table_name)
JOIN pg_catalog.pg_description ON classoid = 'pg_catalog.pg_class'::regclass AND objoid = to_regclass(table_name)
    AND objsubid = 0;
