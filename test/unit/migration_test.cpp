#include "script/migration.hpp"

#include "script/splitter.hpp"
#include "script_test_support.hpp"

namespace whisper::script {
namespace {

migration parse(std::string_view content, std::string_view file = "001_first.sql",
                tier_kind kind = tier_kind::versioned) {
    return parse_migration(content, file, kind);
}

TEST(migration, reads_header_and_sections) {
    migration const m = parse(
        "-- revision: abc-1.2\n"
        "-- an ordinary comment\n"
        "--down_revision: one, two\n"
        "  --   depends_on :three\n"
        "-- branch_labels: left,right\n"
        "-- message: tracks bots: all of them\n"
        "-- author: unknown keys are comments\n"
        "\n"
        "-- migrate:up transaction:false\n"
        "CREATE TABLE t ();\n"
        "-- revision: no header any more\n"
        "-- migrate:down\n"
        "DROP TABLE t;\n"
        "\n"
        "-- migrate:verify\n"
        "SELECT true");
    EXPECT_EQ(m.id, "abc-1.2");
    EXPECT_TRUE(m.id_from_header);
    EXPECT_TRUE(m.has_down_revision);
    EXPECT_EQ(m.down_revisions, (strings{"one", "two"}));
    EXPECT_EQ(m.depends_on, (strings{"three"}));
    EXPECT_EQ(m.branch_labels, (strings{"left", "right"}));
    EXPECT_EQ(m.message, "tracks bots: all of them");
    EXPECT_EQ(m.rerun, rerun_mode::changed);
    EXPECT_TRUE(m.up.present && m.down.present && m.verify.present);
    EXPECT_FALSE(m.up.transactional);
    EXPECT_TRUE(m.down.transactional);
    EXPECT_EQ(m.up.text, "CREATE TABLE t ();\n-- revision: no header any more\n");
    EXPECT_EQ(m.up.line, 10);
    EXPECT_EQ(m.down.text, "DROP TABLE t;\n\n");
    EXPECT_EQ(m.down.line, 13);
    EXPECT_EQ(m.verify.text, "SELECT true");
    EXPECT_EQ(m.verify.line, 16);
}

TEST(migration, takes_the_whole_file_without_markers) {
    std::string_view const content = "-- message: all of it\nSELECT 1;\n-- message: no header\n";
    migration const m = parse(content);
    EXPECT_EQ(m.id, "001");
    EXPECT_FALSE(m.id_from_header);
    EXPECT_FALSE(m.has_down_revision);
    EXPECT_EQ(m.message, "all of it");
    EXPECT_TRUE(m.up.present);
    EXPECT_EQ(m.up.text, content);
    EXPECT_EQ(m.up.line, 1);
    EXPECT_FALSE(m.down.present || m.verify.present);
}

TEST(migration, takes_the_id_from_the_file_name) {
    EXPECT_EQ(parse("", "20240101_add_users.sql").id, "20240101");
    EXPECT_EQ(parse("", "20240101.sql").id, "20240101");
    EXPECT_EQ(parse("", "010_identity_more.sql", tier_kind::repeatable).id, "010_identity_more");
    EXPECT_EQ(parse("-- revision: x", "010_identity.sql", tier_kind::repeatable).id, "x");
    for (std::string_view const file : {"_first.sql", ".sql", "head_x.sql", "a b_c.sql"}) {
        failure const f = failure_of([&] { parse("", file); });
        EXPECT_EQ(f.state, sqlstate::invalid_pack) << file;
        EXPECT_NE(f.message.find(file), std::string::npos);
    }
}

TEST(migration, knows_roots_and_empty_lists) {
    for (std::string_view const root : {"-- down_revision: base", "-- down_revision:", "-- down_revision:   \r\n"}) {
        migration const m = parse(root);
        EXPECT_TRUE(m.has_down_revision) << root;
        EXPECT_TRUE(m.down_revisions.empty()) << root;
    }
    migration const m = parse("-- depends_on:\n-- branch_labels: \n-- message:\n");
    EXPECT_TRUE(m.depends_on.empty() && m.branch_labels.empty() && m.message.empty());
}

TEST(migration, reads_rerun_in_repeatable_tiers) {
    EXPECT_EQ(parse("-- rerun: always", "a.sql", tier_kind::repeatable).rerun, rerun_mode::always);
    EXPECT_EQ(parse("-- rerun: never", "a.sql", tier_kind::repeatable).rerun, rerun_mode::never);
    EXPECT_EQ(parse("-- rerun: changed", "a.sql", tier_kind::repeatable).rerun, rerun_mode::changed);
}

TEST(migration, accepts_markers_as_dbmate_writes_them) {
    for (std::string_view const up : {"-- migrate:up\n", "--migrate:up\n", "  --\tmigrate:up  \n", "-- migrate:up\r\n",
                                      "-- migrate:up transaction:true\n", "\xEF\xBB\xBF-- migrate:up\n"}) {
        migration const m = parse(std::string(up) + "SELECT 1;\n--migrate:down transaction:false\nSELECT 2");
        EXPECT_EQ(m.up.text, "SELECT 1;\n") << up;
        EXPECT_TRUE(m.up.transactional) << up;
        EXPECT_EQ(m.down.text, "SELECT 2") << up;
        EXPECT_FALSE(m.down.transactional) << up;
    }
}

TEST(migration, leaves_markers_inside_literals_and_data_alone) {
    for (std::string_view const inside : {"SELECT 'a\n-- migrate:down\n';\n", "SELECT $$\n-- migrate:down\n$$;\n",
                                          "/*\n-- migrate:down\n*/ SELECT 1;\n", "SELECT \"\n-- migrate:down\n\";\n",
                                          "COPY t FROM stdin;\n-- migrate:down\n\\.\n", "SELECT 1; -- migrate:down\n",
                                          "SELECT E'\\'\n-- migrate:down\n';\n"}) {
        migration const m = parse("-- migrate:up\n" + std::string(inside) + "-- migrate:verify\n");
        EXPECT_EQ(m.up.text, inside);
        EXPECT_FALSE(m.down.present) << inside;
        EXPECT_TRUE(m.verify.present) << inside;
        EXPECT_EQ(m.verify.text, "") << inside;
    }
}

TEST(migration, starts_a_new_statement_in_every_section) {
    migration const m = parse(
        "-- migrate:up\nCOPY t FROM stdin\n-- migrate:down\nSELECT (1\n-- migrate:verify\n"
        "COPY t FROM stdin;\n-- migrate:up\n\\.\n");
    EXPECT_EQ(m.up.text, "COPY t FROM stdin\n");
    EXPECT_EQ(m.down.text, "SELECT (1\n");
    EXPECT_EQ(m.verify.text, "COPY t FROM stdin;\n-- migrate:up\n\\.\n");
}

TEST(migration, reads_documentation_revisions) {
    for (std::string_view const content :
         {"", "-- message: only words\n", "-- migrate:up\n-- migrate:down\n", "\xEF\xBB\xBF"}) {
        migration const m = parse(content);
        EXPECT_TRUE(m.up.present) << content;
        EXPECT_TRUE(split(m.up.text).empty()) << content;
    }
}

TEST(migration, accepts_crlf) {
    migration const m = parse("\xEF\xBB\xBF-- revision: a\r\n-- depends_on: b, c\r\n-- migrate:up\r\nSELECT 1;\r\n");
    EXPECT_EQ(m.id, "a");
    EXPECT_EQ(m.depends_on, (strings{"b", "c"}));
    EXPECT_EQ(m.up.text, "SELECT 1;\r\n");
    EXPECT_EQ(m.up.line, 4);
}

struct error_case {
    std::string_view content, message;
    std::string_view state = sqlstate::invalid_pack;
};

TEST(migration, says_what_is_wrong_and_where) {
    for (auto const &[content, message, state] :
         {error_case{"\n-- migrate:upp\n", "unknown section \"upp\" at line 2 of file \"001_first.sql\""},
          {"-- migrate: up\n", "unknown section \"\" at line 1 of file \"001_first.sql\""},
          {"-- Migrate:Up\n", "unknown section \"Up\" at line 1 of file \"001_first.sql\""},
          {"-- migrate:up now\n", "unknown section option \"now\" at line 1 of file \"001_first.sql\""},
          {"-- migrate:up transaction:no\n",
           "unknown section option \"transaction:no\" at line 1 of file \"001_first.sql\""},
          {"-- migrate:up transaction:false transaction:false\n",
           "section option \"transaction\" given twice at line 1 of file \"001_first.sql\""},
          {"-- migrate:up\n\n-- migrate:up\n", "section given twice at line 3 of file \"001_first.sql\""},
          {"\nSELECT 1;\n\nSELECT 2;\n-- migrate:up\n",
           "statement before the first section marker at line 2 of file \"001_first.sql\""},
          {"\\restrict x\n-- migrate:up\n",
           "statement before the first section marker at line 1 of file \"001_first.sql\""},
          {"-- revision: a\n-- revision: a\n",
           "header key \"revision\" given twice at line 2 of file \"001_first.sql\""},
          {"-- revision: base\n", "invalid name \"base\" for revision at line 1 of file \"001_first.sql\""},
          {"-- revision:\n", "invalid name \"\" for revision at line 1 of file \"001_first.sql\""},
          {"-- revision: a@b\n", "invalid name \"a@b\" for revision at line 1 of file \"001_first.sql\""},
          {"-- down_revision: a,,b\n", "invalid name \"\" for down_revision at line 1 of file \"001_first.sql\""},
          {"-- down_revision: a,\n", "invalid name \"\" for down_revision at line 1 of file \"001_first.sql\""},
          {"-- down_revision: a, base\n",
           "invalid name \"base\" for down_revision at line 1 of file \"001_first.sql\""},
          {"-- down_revision: base, a\n",
           "invalid name \"base\" for down_revision at line 1 of file \"001_first.sql\""},
          {"-- depends_on: a, b, a\n", "depends_on names \"a\" twice at line 1 of file \"001_first.sql\""},
          {"-- branch_labels: heads\n", "invalid name \"heads\" for branch_labels at line 1 of file \"001_first.sql\""},
          {"-- rerun: always\n", "rerun is for repeatable tiers only at line 1 of file \"001_first.sql\""},
          {"-- migrate:up\nSELECT 'a\n-- migrate:down\n",
           "unterminated quoted string at line 2 of file \"001_first.sql\"", sqlstate::syntax_error}}) {
        failure const f = failure_of([&] { parse(content); });
        EXPECT_EQ(f.state, state) << content;
        EXPECT_EQ(f.message, message) << content;
    }
    failure const short_one = failure_of([] { parse("-- valid_checksum: 12ab", "a.sql", tier_kind::versioned); });
    EXPECT_EQ(short_one.message, "invalid checksum \"12ab\" at line 1 of file \"a.sql\"");
    EXPECT_FALSE(short_one.hint.empty());
    std::string const valid(64, 'a');
    EXPECT_EQ(parse("-- valid_checksum: " + valid).valid_checksums, (strings{valid}));
    EXPECT_EQ(failure_of([&] { parse("-- valid_checksum: " + valid, "a.sql", tier_kind::repeatable); }).message,
              "valid_checksum is for versioned tiers only at line 1 of file \"a.sql\"");
    failure const f = failure_of([] { parse("-- rerun: often", "a.sql", tier_kind::repeatable); });
    EXPECT_EQ(f.message, "invalid value for rerun: \"often\" at line 1 of file \"a.sql\"");
    EXPECT_FALSE(f.hint.empty());
}

TEST(migration, limits_the_length_of_names) {
    EXPECT_EQ(parse("-- revision: " + std::string(255, 'a')).id, std::string(255, 'a'));
    EXPECT_EQ(parse("-- revision: a\n-- branch_labels: " + std::string(63, 'b')).branch_labels[0],
              std::string(63, 'b'));
    for (std::string const &long_one :
         {"-- revision: " + std::string(256, 'a'), "-- revision: a\n-- branch_labels: " + std::string(64, 'b'),
          "-- revision: a\n-- depends_on: " + std::string(256, 'b')})
        EXPECT_EQ(failure_of([&] { parse(long_one); }).state, sqlstate::invalid_pack);
}

migration example() {
    migration m;
    m.id = "abc";
    m.has_down_revision = true;
    m.down_revisions = {"one", "two"};
    m.depends_on = {"three"};
    m.branch_labels = {"left"};
    m.message = "what it does";
    m.valid_checksums = {std::string(64, '0'), std::string(64, 'f')};
    m.up = {true, false, 0, "CREATE TABLE t ();\r\n\n  -- c\n"};
    m.down = {true, true, 0, "DROP TABLE t;"};
    m.verify = {true, true, 0, "SELECT 1"};
    return m;
}

TEST(render, is_read_back) {
    migration const m = example();
    std::string const file = render_migration(m);
    migration const read = parse(file, "other_name.sql");
    EXPECT_EQ(read.id, m.id);
    EXPECT_EQ(read.down_revisions, m.down_revisions);
    EXPECT_EQ(read.depends_on, m.depends_on);
    EXPECT_EQ(read.branch_labels, m.branch_labels);
    EXPECT_EQ(read.message, m.message);
    EXPECT_EQ(read.valid_checksums, m.valid_checksums);
    EXPECT_EQ(read.up.text, m.up.text);
    EXPECT_FALSE(read.up.transactional);
    EXPECT_EQ(read.down.text, m.down.text + "\n");
    EXPECT_EQ(read.verify.text, m.verify.text);
    EXPECT_EQ(render_migration(read), file);
}

TEST(render, writes_only_what_there_is) {
    migration m;
    m.id = "abc";
    EXPECT_EQ(render_migration(m), "-- revision: abc\n\n-- migrate:up\n");
    m.has_down_revision = true;
    m.rerun = rerun_mode::never;
    m.down = {true, true, 0, "x;\n"};
    EXPECT_EQ(render_migration(m),
              "-- revision: abc\n-- down_revision: base\n-- rerun: never\n\n-- migrate:down\nx;\n");
}

TEST(render, keeps_a_file_without_markers) {
    migration const m = parse("-- message: m\nSELECT 1;\n");
    migration const read = parse(render_migration(m));
    EXPECT_EQ(read.up.text, m.up.text);
    EXPECT_EQ(read.message, "m");
}

TEST(render, writes_the_message_on_one_line) {
    migration m = example();
    m.message = "one\n-- migrate:down\r\ntwo";
    EXPECT_EQ(parse(render_migration(m)).message, "one -- migrate:down  two");
}

TEST(render, refuses_what_would_not_be_read_back) {
    for (std::string_view const text : {"SELECT 1;\n-- migrate:down\nDROP TABLE t;\n", "-- migrate:other\n",
                                        "COPY t FROM stdin;\n1\n", "SELECT 'a", "/*"}) {
        migration m = example();
        m.up.text = text;
        failure const f = failure_of([&] { render_migration(m); });
        EXPECT_TRUE(f.state == sqlstate::invalid_parameter || f.state == sqlstate::invalid_pack ||
                    f.state == sqlstate::syntax_error)
            << f.message;
    }
    migration m = example();
    m.up.text = "COPY t FROM stdin;\n1\n";
    EXPECT_EQ(failure_of([&] { render_migration(m); }).state, sqlstate::invalid_parameter);
    m = example();
    m.id = "a\n-- migrate:up";
    EXPECT_EQ(failure_of([&] { render_migration(m); }).state, sqlstate::invalid_pack);
}

TEST(slug, is_made_of_words) {
    EXPECT_EQ(slug("New Personality Field!"), "new_personality_field");
    EXPECT_EQ(slug("  --add  x2--  "), "add_x2");
    EXPECT_EQ(slug("\xC3\xA9t\xC3\xA9"), "t");
    EXPECT_EQ(slug("!?"), "");
    EXPECT_EQ(slug("a word after a word after a word after a word"), "a_word_after_a_word_after_a_word_after_a");
    EXPECT_EQ(slug("a word after a word after a word after another"), "a_word_after_a_word_after_a_word_after");
    EXPECT_EQ(slug(std::string(100, 'x')), std::string(40, 'x'));
}

}   // namespace
}   // namespace whisper::script
