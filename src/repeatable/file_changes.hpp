#pragma once
// What the statements of a repeatable file have dropped, made and replaced so far.

#include "pg/named_objects.hpp"
#include "pg/object_watch.hpp"
#include "pg/spi.hpp"
#include "repeatable/recorded_statements.hpp"
#include "script/program.hpp"

#include <set>
#include <tuple>
#include <unordered_set>

namespace whisper::repeatable {

class file_changes {
public:
    // What the server told of statements that ran.
    void take(std::span<const pg::object_event> events);
    // Just before a statement runs: CREATE OR REPLACE replaces what is there.
    void take_replaced(const script::action &action);
    // The same of one that does not run: what it would drop, by pg_depend.
    void foresee(pg::spi_session &session, const script::action &action);

    bool none() const noexcept { return gone_.empty() && made_.empty() && replaced_.empty(); }
    bool is_gone(const recorded_object &object) const;
    bool is_gone(const pg::object_identity &object) const;
    bool is_replaced(const recorded_object &object) const;
    bool is_made(const pg::object_address &object) const;
    bool is_replaced(const pg::object_address &object) const;
    bool made_in(Oid schema) const;
    // A routine of that name, with other arguments or the same.
    bool made_routine(const recorded_object &named) const;

private:
    using address = std::tuple<Oid, Oid, int32>;

    std::unordered_set<std::string> gone_, gone_relations_, replaced_;   // by type and identity; relations by identity
    std::set<address> made_, replaced_at_;
};

}   // namespace whisper::repeatable
