#pragma once
// What a pack would run, from nothing to its heads, and what can be told of it beforehand.

#include "script/program.hpp"
#include "shadow/rehearsal.hpp"

#include <deque>

namespace whisper::shadow {

struct pack_program {
    graph::index revision;
    registry::revision_text text;
    script::program program;   // of its up section; views into `text`
    // By action: the key, "extension pg_trgm", of what there can be one of only in the database or on the server, where
    // it exists already and the statement would make it again. Empty for every other statement.
    pg::strings preexisting;
    bool standing_counts;   // the section does nothing else, so that IF NOT EXISTS is what there is to see of it
};

class pack_programs {
public:
    pack_programs(session::workspace &work, const script::strings &tiers, std::optional<graph::index> wanted);
    const std::deque<pack_program> &steps() const noexcept { return steps_; }
    const rehearsed_names &names() const noexcept { return names_; }

private:
    static std::string preexisting_key(pg::spi_session &session, const script::action &a);
    void take_names(const script::action &a);

    std::deque<pack_program> steps_;   // which stay where they are
    rehearsed_names names_;
};

}   // namespace whisper::shadow
