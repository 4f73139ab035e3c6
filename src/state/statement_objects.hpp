#pragma once
// What each statement of a repeatable file created and altered, as the server tells it while it runs: kept in
// whisper.statement_object.

#include "pg/named_objects.hpp"
#include "pg/object_watch.hpp"
#include "pg/spi.hpp"

#include <unordered_map>
#include <unordered_set>

namespace whisper::state {

class statement_objects {
public:
    // The objects of the revision are told anew.
    void begin(const std::string &revision, int step = 0);
    // Those of its statements that were left out stay: by old and new number.
    using numbers = boost::container::vector<std::pair<int, int>>;
    void keep(numbers kept) { files_.back().kept = std::move(kept); }
    // What the statement of the revision begun last names. `replaces` where it is CREATE OR REPLACE: what it alters it
    // is taken to have made.
    void add(int number, const pg::named_objects &named, bool replaces = false);

    // Writes it all, under pg::engine_scope, and starts anew. `events` are those of the steps; each statement's carry
    // its number.
    void write(pg::spi_session &session, std::span<const pg::object_event> events);
    static void forget(pg::spi_session &session, const pg::strings &revisions);

private:
    enum change : int32 { created, altered };
    struct file {
        std::string revision;
        numbers kept;
        std::unordered_set<int> replaces;   // the statements that are CREATE OR REPLACE
    };
    struct row {
        std::size_t file;
        int number;
        change how;
        pg::object_address at;
    };

    void take(std::span<const pg::object_event> events);
    void clear_old(pg::spi_session &session) const;

    boost::container::vector<file> files_;
    std::unordered_map<int, std::size_t> file_of_step_;
    boost::container::vector<row> rows_;
};

}   // namespace whisper::state
