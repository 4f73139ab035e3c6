#pragma once
// Statements that were changed or removed after they had run, and what they made is in the way.

#include "registry/model.hpp"
#include "repeatable/file_changes.hpp"
#include "repeatable/recorded_statements.hpp"

namespace whisper::repeatable {

class changed_statements {
public:
    changed_statements(pg::spi_session &session, const registry::revision_record &revision)
        : session_(session), revision_(revision) {}

    // One that is no longer in the file, or with `moved` one whose names lead elsewhere now. Looks for what it made
    // while that can be looked for. `near_line` is where it stood. `statement` is to stay where it is.
    void add(const recorded_statement &statement, int near_line, bool moved = false);
    // Throws changed_statement for the first whose objects are still as it left them.
    void require_none(const file_changes &changes) const;
    // The same, when the server says that what the action makes is there.
    void explain(const script::statement_traits &failed, const file_changes &changes) const;
    bool none() const noexcept { return all_.empty(); }
    // Whether one of them made the object.
    bool has_made(const pg::object_identity &object) const;

private:
    struct changed {
        const recorded_statement *statement;
        int near_line;
        bool moved;
        boost::container::vector<const recorded_object *> objects;
    };
    bool is_ours(const recorded_object &object) const;
    [[noreturn]] void refuse(const changed &found) const;
    static bool remains(const changed &found, const file_changes &changes);

    pg::spi_session &session_;
    const registry::revision_record &revision_;
    boost::container::vector<changed> in_the_way_;
    boost::container::vector<const recorded_statement *> all_;
};

}   // namespace whisper::repeatable
