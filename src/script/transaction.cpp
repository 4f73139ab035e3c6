#include "script/transaction.hpp"

#include "script/cursor.hpp"

namespace whisper::script {

transaction_control control_of(std::string_view statement) {
    using enum transaction_control;
    cursor at(statement);
    if (at.accept("begin")) return begin;
    if (at.accept("start")) return at.at_word("transaction") ? begin : none;
    if (at.accept("commit")) return at.at_word("prepared") ? none : commit;
    if (at.accept("end")) return commit;
    if (at.accept("prepare")) return at.accept("transaction") && at.kind() == token_kind::string ? prepare : none;
    if (at.accept_any("savepoint", "release")) return savepoint;
    if (!at.accept_any("rollback", "abort")) return none;
    if (at.at_word("prepared")) return none;
    at.accept_any("work", "transaction");
    return at.at_word("to") ? savepoint : rollback;
}

bool chains(std::string_view commit) {
    cursor at(commit);
    at.advance();
    at.accept_any("work", "transaction");
    return at.accept("and") && at.at_word("chain");
}

}   // namespace whisper::script
