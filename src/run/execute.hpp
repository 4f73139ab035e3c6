#pragma once
// Runs the statements of one section as the caller.

#include "pg/authority.hpp"
#include "pg/spi.hpp"
#include "registry/model.hpp"
#include "script/program.hpp"

#include <functional>

namespace whisper::run {

// Where the statements come from, for the CONTEXT of their errors.
struct section_origin {
    const registry::revision_record &revision;
    int first_line;        // of the section in its file
    const char *section;   // "up", "down", "verify"
};

// "tier "t", revision "r", file "f", line 3, statement 2"
std::string place_of(const section_origin &origin, const script::action &a);

// With whose rights the text runs. Calling it must not lend the caller's rights to a role that registered the text and
// has fewer: throws insufficient_privilege.
pg::authority require_authority(const registry::revision_record &revision);

// For text that runs at the top level of a session, where it can change to any role that the session may be: throws
// insufficient_privilege unless its author may do all that the session may.
void require_own_rights(const registry::revision_record &revision);

// Called with every action just before it runs; may throw.
using before_action = std::function<void(const script::action &)>;

// Runs the chosen actions (all when `chosen` is null); returns the number of statements run. Triggers that they make
// wait for COMMIT run at the end, as part of it. Whatever they SET, role and search_path included, is undone. Throws
// the failing statement's own error, its CONTEXT naming tier, revision, file, line and statement number.
int run_program(pg::spi_session &session, const script::program &program, const section_origin &origin,
                const boost::container::vector<bool> *chosen, const before_action &before = {});

// The same, where it is asked just before each whether that is to run: `wanted` gets its place among the actions.
int run_program(pg::spi_session &session, const script::program &program, const section_origin &origin,
                const std::function<bool(std::size_t)> &wanted, const before_action &before = {});

// The same of a whole section, whose statements are cut as they run: it takes no more memory than its text.
int run_section(pg::spi_session &session, std::string_view text, const section_origin &origin,
                const before_action &before = {});

}   // namespace whisper::run
