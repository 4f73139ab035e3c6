#include "script/tokens.hpp"

#include "script_test_support.hpp"

#include <vector>

namespace whisper::script {
namespace {

std::vector<std::string> texts(std::string_view script) {
    std::vector<std::string> found;
    lexer tokens(script);
    for (token t = tokens.next(); t.kind != token_kind::end; t = tokens.next()) found.emplace_back(t.text(script));
    return found;
}

struct cut_case {
    std::string_view script;
    std::vector<std::string> tokens;
};

void PrintTo(const cut_case &c, std::ostream *out) { *out << c.script; }

class cut : public testing::TestWithParam<cut_case> {};

TEST_P(cut, as_the_server_does) { EXPECT_EQ(texts(GetParam().script), GetParam().tokens); }

INSTANTIATE_TEST_SUITE_P(
    strings, cut,
    testing::Values(cut_case{"'a''b' x", {"'a''b'", "x"}}, cut_case{"'back\\' x", {"'back\\'", "x"}},
                    cut_case{"E'a\\'b' x", {"E'a\\'b'", "x"}}, cut_case{"e'a\\\\' x", {"e'a\\\\'", "x"}},
                    cut_case{"E'a''\\'' x", {"E'a''\\''", "x"}},
                    cut_case{"B'01' b'1' X'1F' x'a' N'n' n'n'", {"B'01'", "b'1'", "X'1F'", "x'a'", "N'n'", "n'n'"}},
                    cut_case{"U&'\\0041''' u&'b\\' U&\"i\"\"d\"", {"U&'\\0041'''", "u&'b\\'", "U&\"i\"\"d\""}},
                    cut_case{"U & 'a' U&b", {"U", "&", "'a'", "U", "&", "b"}},
                    cut_case{"\"a\"\"b;\" c", {"\"a\"\"b;\"", "c"}},
                    cut_case{"fee'x' be'y'", {"fee", "'x'", "be", "'y'"}}, cut_case{"E 'a'", {"E", "'a'"}}));

INSTANTIATE_TEST_SUITE_P(
    continued_strings, cut,
    testing::Values(cut_case{"'a'\n'b'", {"'a'\n'b'"}}, cut_case{"'a' 'b'", {"'a'", "'b'"}},
                    cut_case{"'a'\r'b'", {"'a'\r'b'"}},
                    cut_case{"'a' -- it's\n  -- more\n\t'b' c", {"'a' -- it's\n  -- more\n\t'b'", "c"}},
                    cut_case{"'a' /* no */\n'b'", {"'a'", "'b'"}}, cut_case{"E'a'\n'\\';' c", {"E'a'\n'\\';'", "c"}},
                    cut_case{"'a'\nE'b'", {"'a'", "E'b'"}}, cut_case{"'a'\n\"b\"", {"'a'", "\"b\""}},
                    cut_case{"\"a\"\n\"b\"", {"\"a\"", "\"b\""}}, cut_case{"'a'\n-- the end", {"'a'"}}));

INSTANTIATE_TEST_SUITE_P(dollars, cut,
                         testing::Values(cut_case{"$$a;'b$$ c", {"$$a;'b$$", "c"}},
                                         cut_case{"$t$ $$ $x$ $ $t $t$c", {"$t$ $$ $x$ $ $t $t$", "c"}},
                                         cut_case{"$a$x$b$a$", {"$a$x$b$a$"}},
                                         cut_case{"$tag$ $tag$tag$", {"$tag$ $tag$", "tag$"}},
                                         cut_case{"a$b$ c$$d", {"a$b$", "c$$d"}}, cut_case{"1$$x$$", {"1", "$$x$$"}},
                                         cut_case{"$1 $23a", {"$1", "$23a"}}, cut_case{"$a $", {"$", "a", "$"}},
                                         cut_case{"$1$ $", {"$1", "$", "$"}},
                                         cut_case{"$\xC3\xBC$;$\xC3\xBC$;", {"$\xC3\xBC$;$\xC3\xBC$", ";"}}));

INSTANTIATE_TEST_SUITE_P(comments, cut,
                         testing::Values(cut_case{"a--b\nc", {"a", "c"}}, cut_case{"a--b\rc", {"a", "c"}},
                                         cut_case{"a--b\r\nc", {"a", "c"}}, cut_case{"a/*b*/c", {"a", "c"}},
                                         cut_case{"/* a /* b */ c */ d", {"d"}}, cut_case{"/*/ a */ b", {"b"}},
                                         cut_case{"/* /*/ a */ */ b", {"b"}}, cut_case{"/**/a/***/b/****/", {"a", "b"}},
                                         cut_case{"/* a */* b", {"*", "b"}}, cut_case{"/* ' \" $$ -- */ a", {"a"}},
                                         cut_case{"\xEF\xBB\xBF"
                                                  "a",
                                                  {"a"}}));

INSTANTIATE_TEST_SUITE_P(operators, cut,
                         testing::Values(cut_case{"a<=b", {"a", "<=", "b"}}, cut_case{"a*-1", {"a", "*", "-", "1"}},
                                         cut_case{"a=+-1", {"a", "=", "+", "-", "1"}},
                                         cut_case{"a@-1", {"a", "@-", "1"}}, cut_case{"@-+ +-+*", {"@-+", "+-+*"}},
                                         cut_case{"a<--b\n>c", {"a", "<", ">", "c"}},
                                         cut_case{"a*/*b*/c", {"a", "*", "c"}}, cut_case{"+-/*x*/-", {"+", "-", "-"}},
                                         cut_case{"->> #>> !~~* ?| ||", {"->>", "#>>", "!~~*", "?|", "||"}},
                                         cut_case{"a=>b =>> x", {"a", "=>", "b", "=>>", "x"}},
                                         cut_case{"a::b:=c:d", {"a", "::", "b", ":=", "c", ":", "d"}},
                                         cut_case{"(a)[1,2];", {"(", "a", ")", "[", "1", ",", "2", "]", ";"}}));

INSTANTIATE_TEST_SUITE_P(
    numbers, cut,
    testing::Values(cut_case{"1..10", {"1", "..", "10"}}, cut_case{"1...5", {"1", "..", ".5"}},
                    cut_case{"1.5 .5 5. 1.e3", {"1.5", ".5", "5.", "1.e3"}},
                    cut_case{"1e5 1E-5 1e+5 1e+x", {"1e5", "1E-5", "1e+5", "1e", "+", "x"}},
                    cut_case{"0x1F 0o17 0b11 1_000 1_0.0_1e1_0", {"0x1F", "0o17", "0b11", "1_000", "1_0.0_1e1_0"}},
                    cut_case{"0x1e+5", {"0x1e", "+", "5"}}, cut_case{"12abc 1.5x", {"12abc", "1.5x"}},
                    cut_case{"1E'a\\' 0x1FE'b\\' $1E'c\\'", {"1E", "'a\\'", "0x1FE", "'b\\'", "$1E", "'c\\'"}},
                    cut_case{"1a$$b$$ 1$$b$$ 0x1F$$b$$", {"1a$$b$$", "1", "$$b$$", "0x1F", "$$b$$"}},
                    cut_case{"a.1 a.b", {"a", ".1", "a", ".", "b"}}));

INSTANTIATE_TEST_SUITE_P(words, cut,
                         testing::Values(cut_case{"_a \xC3\xA9t\xC3\xA9 a1$", {"_a", "\xC3\xA9t\xC3\xA9", "a1$"}},
                                         cut_case{"\\ { }", {"\\", "{", "}"}}, cut_case{"", {}},
                                         cut_case{" \t\r\n\f\v", {}}));

TEST(lexer, tells_kind_and_line) {
    std::string_view const script = "select 'a\nb'\n/* x\n*/ \"q\nr\" $$\n$$ 1 $1 + ; ";
    struct expected {
        token_kind kind;
        int line;
    };
    lexer tokens(script);
    for (auto const [kind, line] : {expected{token_kind::word, 1},
                                    {token_kind::string, 1},
                                    {token_kind::quoted_identifier, 4},
                                    {token_kind::dollar_string, 5},
                                    {token_kind::number, 6},
                                    {token_kind::parameter, 6},
                                    {token_kind::operator_, 6},
                                    {token_kind::punctuation, 6},
                                    {token_kind::end, 6},
                                    {token_kind::end, 6}}) {
        token const t = tokens.next();
        EXPECT_EQ(t.kind, kind);
        EXPECT_EQ(t.line, line);
    }
}

TEST(lexer, starts_in_the_middle) {
    lexer tokens("a\nbc d", 2, 2);
    token const t = tokens.next();
    EXPECT_EQ(t.offset, 2u);
    EXPECT_EQ(t.length, 2u);
    EXPECT_EQ(t.line, 2);
}

TEST(lexer, gives_comments_when_asked) {
    std::string_view const script = "a -- one\r\n/* two */ --three";
    lexer tokens(script);
    EXPECT_EQ(tokens.next_or_comment().text(script), "a");
    token const one = tokens.next_or_comment();
    EXPECT_EQ(one.kind, token_kind::comment);
    EXPECT_EQ(one.text(script), "-- one");
    EXPECT_EQ(tokens.next_or_comment().text(script), "--three");
    EXPECT_EQ(tokens.next_or_comment().kind, token_kind::end);
}

TEST(lexer, refuses_what_does_not_end) {
    struct expected {
        std::string_view script, message;
    };
    for (auto const &[script, message] : {expected{"a\n'b\n", "unterminated quoted string at line 2"},
                                          {"E'a\\'", "unterminated quoted string at line 1"},
                                          {"E'a\\", "unterminated quoted string at line 1"},
                                          {"'a''", "unterminated quoted string at line 1"},
                                          {"'a'\n'b", "unterminated quoted string at line 1"},
                                          {"\n\n\"a", "unterminated quoted identifier at line 3"},
                                          {"U&\"a", "unterminated quoted identifier at line 1"},
                                          {"\n$a$ $b$", "unterminated dollar-quoted string at line 2"},
                                          {"/* /* */", "unterminated /* comment at line 1"},
                                          {"a\n/*/", "unterminated /* comment at line 2"}}) {
        failure const f = failure_of([&] { texts(script); });
        EXPECT_EQ(f.state, sqlstate::syntax_error) << script;
        EXPECT_EQ(f.message, message) << script;
    }
}

// Runs of signs, tags and comment marks must not make the lexer look at the same text again and again.
TEST(lexer, is_linear) {
    std::size_t const size = 4 << 20;
    std::string signs;
    while (signs.size() < size) signs += "+*-";
    EXPECT_EQ(texts(std::string(size, '+')).size(), size);
    EXPECT_EQ(texts(signs).size(), 2u);   // the last sign stands alone
    std::string nested = "/*";
    while (nested.size() < size) nested += "/*";
    std::size_t const depth = nested.size() / 2;
    for (std::size_t i = 0; i < depth; ++i) nested += "*/";
    EXPECT_TRUE(texts(nested).empty());
    std::string tags = "$" + std::string(1000, 'a') + "$";
    std::string const close = tags;
    while (tags.size() < size) tags += "$" + std::string(999, 'a') + "$ ";
    EXPECT_EQ(texts(tags + close).size(), 1u);
    std::string rows = "'a'";
    while (rows.size() < size) rows += "-- x\r\n";
    EXPECT_EQ(texts(rows).size(), 1u);
}

TEST(digest, is_blind_to_layout) {
    std::string_view const plain = "select a , 'B' from \"T\" where x = 1 ; commit";
    EXPECT_EQ(digest("select a , 'B' from \"T\" where x = 1;\ncommit;"), plain);
    for (std::string_view const same : {"SELECT a,'B' FROM \"T\" WHERE X=1;COMMIT",
                                        "select/* c */a,\r\n'B'\r\nfrom \"T\" -- c\r\nwhere x=1;;;;commit;;",
                                        "\xEF\xBB\xBF;;select a,'B' from \"T\" where x=1 ; commit -- end"})
        EXPECT_EQ(digest(same), plain) << same;
    EXPECT_EQ(digest(""), "");
    EXPECT_EQ(digest(" -- nothing\n;;"), "");
}

TEST(digest, treats_line_ends_in_literals_alike) {
    EXPECT_EQ(digest("select 'a\r\nb', $$c\r\nd$$, \"e\r\nf\""), digest("select 'a\nb', $$c\nd$$, \"e\nf\""));
    EXPECT_NE(digest("select 'a\rb'"), digest("select 'a\nb'"));
    EXPECT_NE(digest("select 'a\r\r\nb'"), digest("select 'a\r\nb'"));
    EXPECT_EQ(digest("select 'a' -- x\r\n 'b'"), digest("select 'a'\n\n'b'"));
    EXPECT_EQ(digest("select E'\\''\n  '\\';'"), "select E'\\''\n'\\';'");
}

TEST(digest, tells_different_tokens_apart) {
    struct pair {
        std::string_view one, other;
    };
    for (auto const &[one, other] : {pair{"('ab','c')", "('a','bc')"},
                                     {"'a' 'b'", "'a'\n'b'"},
                                     {"'a' 'b'", "'a'' ''b'"},
                                     {"a b", "ab"},
                                     {"N'a'", "N 'a'"},
                                     {"E'a'", "e 'a'"},
                                     {"'A'", "'a'"},
                                     {"\"A\"", "\"a\""},
                                     {"$$A$$", "$$a$$"},
                                     {"$a$x$a$", "$b$x$b$"},
                                     {"1 2", "12"},
                                     {"- -1", "--1\n1"},
                                     {"a := 1", "a : = 1"},
                                     {"a; b", "a b"},
                                     {"(a; b)", "(a b)"},
                                     {"a > = b", "a >= b"},
                                     {"\\echo a\nb", "\\echo a b"},
                                     {"a \\g\nb", "a; \\g\nb"},
                                     {"\\echo a", "\\echo A"}})
        EXPECT_NE(digest(one), digest(other)) << one << " / " << other;
}

TEST(digest, takes_copy_data_as_lines) {
    std::string_view const script = "COPY t FROM stdin;\n1\tA -- b\n'\n\\.\nSELECT 1;";
    EXPECT_EQ(digest(script), "copy t from stdin ;\n1\tA -- b\n'\n\\.\nselect 1");
    EXPECT_EQ(digest("copy t from STDIN ; -- c\r\n1\tA -- b\r\n'\r\n\\.\r\nselect 1"), digest(script));
    EXPECT_EQ(digest("COPY t FROM stdin;\n1"), "copy t from stdin ;\n1\n\\.\n");
    EXPECT_NE(digest("COPY t FROM stdin;\n1\n\\.\n"), digest("COPY t FROM stdin;\n1 \n\\.\n"));
    EXPECT_EQ(digest("\\restrict  Ab \r\nSELECT 1"), "\\restrict  Ab\nselect 1");
}

TEST(digest, is_blind_to_line_markers) {
    EXPECT_EQ(digest("SELECT 1;\n\\line 1 a.sql\nSELECT 2\n\\line 3 b.sql\nSELECT 3"),
              digest("SELECT 1; SELECT 2; SELECT 3"));
    EXPECT_EQ(digest("\\line 1 a.sql\nSELECT 2"), digest("\\line 7 a.sql\n\nSELECT 2;"));
    EXPECT_NE(digest("SELECT 1\n\\line 1 a.sql\n+ 2"), digest("SELECT 1 + 2"));   // a marker ends a statement
    EXPECT_NE(digest("\\line x a.sql\nSELECT 2"), digest("SELECT 2"));
}

TEST(digest, passes_long_tokens_whole) {
    std::string const literal = "'" + std::string(100'000, 'x') + "'";
    std::string const word(100'000, 'W');
    EXPECT_EQ(digest("SELECT " + literal + word), "select " + literal + " " + std::string(100'000, 'w'));
}

}   // namespace
}   // namespace whisper::script
