// usage: split_script FILE
// The pieces of a script for comparison with others: for each one a line "KIND LINE LENGTH STATEMENTS", and its text.
// STATEMENTS is how many PostgreSQL's own parser (libpg_query) finds in the text, "?" without that library, and "!"
// with the parser's message behind it for a syntax error.

#include "error.hpp"
#include "script/splitter.hpp"

#ifdef WHISPER_HAS_PG_QUERY
#include <pg_query.h>
#endif

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

namespace {

using namespace whisper::script;

#ifdef WHISPER_HAS_PG_QUERY
std::string count_statements(std::string_view text) {
    PgQuerySplitResult const result = pg_query_split_with_parser(std::string(text).c_str());
    std::string const answer =
        result.error ? std::string("! ") + result.error->message : std::to_string(result.n_stmts);
    pg_query_free_split_result(result);
    return answer;
}
#else
std::string count_statements(std::string_view) { return "?"; }
#endif

std::string_view name_of(piece_kind kind) {
    switch (kind) {
        case piece_kind::copy_data:
            return "copy";
        case piece_kind::psql_command:
            return "command";
        case piece_kind::statement:
            break;
    }
    return "statement";
}

int print_pieces(const std::string &script) {
    for (const piece &p : split(script)) {
        std::string_view const text = p.text(script);
        std::cout << name_of(p.kind) << ' ' << p.line << ' ' << text.size() << ' '
                  << (p.kind == piece_kind::psql_command ? "?" : count_statements(text)) << '\n'
                  << text << '\n';
    }
    return 0;
}

}   // namespace

int main(int count, char **arguments) {
    std::ifstream file(count == 2 ? arguments[1] : "", std::ios::binary);
    std::ostringstream content;
    if (!file || !(content << file.rdbuf())) {
        std::cerr << "usage: split_script FILE\n";
        return 2;
    }
    try {
        return print_pieces(content.str());
    } catch (const whisper::failure &problem) {
        std::cerr << problem.message << '\n';
        return 1;
    }
}
