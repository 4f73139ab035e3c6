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
    // By action: the key, as "extension pg_trgm", of an object that exists already and of which a database, or the
    // server, can have only one, so that the rehearsal cannot create it. Empty for every other statement.
    pg::strings preexisting;
    bool preexisting_counts;   // the section creates nothing else: that such an object is there is all its evidence
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
