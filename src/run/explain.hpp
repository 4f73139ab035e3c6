#pragma once
// What mends an error that a migration met, as HINT: where the server has none, or none for who writes migrations.

#include "pg/guard.hpp"
#include "plan/planner.hpp"

#include <unordered_map>

namespace whisper::run {

// Which revision of a run made what, by its name alone.
class made_names {
public:
    void note(const script::statement_traits &traits, const std::string &revision);
    // The one that made what the statement would make, too; empty when none did.
    std::string maker_of(const script::statement_traits &traits) const;
    // The one that made what the statement is about.
    std::string maker_of_relation(const script::statement_traits &traits) const;

private:
    std::string find(const std::string &name) const;
    std::unordered_map<std::size_t, std::string> makers_;   // by a hash: there may be very many
};

// The statement at work.
struct failed_statement {
    const registry::registry &registry;
    const registry::revision_record &revision;
    bool up;
    bool in_block;                            // between BEGIN and COMMIT of a section that is not one transaction
    const script::statement_traits *traits;   // null when there is none
};

// Errors that the way the file is written brings about: it needs the top level, or a view that is not replaced.
void explain_writing(pg::postgres_error &error, const failed_statement &at, const plan::run_request &request);

// Whether the server says that what a statement makes is there.
bool says_exists(const pg::postgres_error &error) noexcept;

// What exists already: made by a revision of the same run, or of an earlier one; else adoption takes it over.
void explain_existing(pg::postgres_error &error, const failed_statement &at, const made_names &made,
                      const std::string &profile);

// statement_timeout, which counts the whole call.
void explain_timeout(pg::postgres_error &error, const std::string &call);

}   // namespace whisper::run
