#pragma once
// Is the database what the pack says? Reads only; every query of a verify section runs in a subtransaction that is
// rolled back.

#include "check/applied_path.hpp"
#include "check/finding.hpp"
#include "check/owned_tables.hpp"
#include "registry/conflicts.hpp"
#include "session/workspace.hpp"

namespace whisper::check {

// All checks, in a fixed order. Throws unknown_profile.
findings verify(session::workspace &work, const std::optional<std::string> &profile);

// Throws verify_failed listing what is not ok.
void require_ok(const findings &all);

// The target that stamps what is applied already.
std::string where_it_stands(const registry::registry &r);

// Its parts.
void check_registry(session::workspace &work, const std::optional<std::string> &profile, const owned_tables &tables,
                    findings &out);
void check_heads(session::workspace &work, const std::optional<std::string> &profile, findings &out);
void check_unfinished(session::workspace &work, const std::optional<std::string> &profile, findings &out);
void check_tables(session::workspace &work, const std::optional<std::string> &profile, const applied_paths &paths,
                  const owned_tables &tables, findings &out);
void check_objects(session::workspace &work, const owned_tables &tables, findings &out);
void check_sections(session::workspace &work, const applied_paths &paths, findings &out);
void check_pack(session::workspace &work, const applied_paths &paths, findings &out);

}   // namespace whisper::check
