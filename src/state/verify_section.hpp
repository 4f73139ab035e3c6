#pragma once
// Verify sections: what their queries say of the database as it is.

#include "script/program.hpp"
#include "session/workspace.hpp"

#include <functional>
#include <unordered_map>

namespace whisper::state {

struct verify_text {
    std::string sql;
    int line;
    pg::author author;   // who answers for it: read with it, or another session could register another text in between
};

// By revision. Read in one query; what was just read from a file counts before what is stored.
std::unordered_map<std::string, verify_text> read_verify_sections(session::workspace &work);

// The author of a text that nobody answers for.
pg::author nobody_known();

int first_boolean(const pg::rows &rows);   // the column; -1 where there is none

// Runs a script's statements read-only, hands each one's rows to `take` until that returns false, and leaves nothing
// behind. Returns the error message of the first statement that failed; cancel and shutdown go on upwards. Read-only
// keeps nobody from writing a file or calling a function, so what a role registered runs with no more rights than that
// role has.
std::string run_read_only(session::workspace &work, const script::program &program, const pg::author &author,
                          const std::function<bool(const script::action &, const pg::rows &)> &take);

// What is wrong by a query's answer, and the error of one that failed; both empty when the section holds.
struct verify_outcome {
    std::string falsehood, error;
};
verify_outcome verify(session::workspace &work, const script::program &program, const verify_text &text);

}   // namespace whisper::state
