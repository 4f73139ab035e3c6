#pragma once
// An edited repeatable file: which of its statements are to run again, decided as they run.

#include "repeatable/changed_statement.hpp"
#include "session/search_path.hpp"

#include <unordered_map>

namespace whisper::repeatable {

// Statements recorded with the same tokens are left out, new ones run. Of those that ran before, those run again whose
// objects were dropped or replaced by what ran above them, with all that the server told about it; those that name what
// was made anew; a DROP of what a changed statement made; and what makes the temporary tables that new ones need.
class statement_selection {
public:
    statement_selection(pg::spi_session &session, const registry::revision_record &revision,
                        const script::program &program, int first_line);

    // Asked of each action in order, just before it would run and under the settings that it would run with. `events`
    // are those of the file so far.
    bool wants(std::size_t action, std::span<const pg::object_event> events);
    // For a script that does not run here: the statements that wants() would choose, as far as the catalogs tell.
    boost::container::vector<bool> foresee();

    // After the last one. Throws changed_statement when a recorded statement is gone or edited, what it made is as it
    // left it, and it is not one that may simply run again: naming statement and object, and what to write instead.
    void finish(std::span<const pg::object_event> events);
    // The server says that what the action makes is there. Throws changed_statement when an edited statement made it.
    void explain(const script::action &action, std::span<const pg::object_event> events);

    // Of the statements that were left out: their old numbers and their new ones.
    boost::container::vector<std::pair<int, int>> kept() const;

private:
    static constexpr std::size_t is_new = static_cast<std::size_t>(-1);

    void match();
    void find_needed();
    void take(std::span<const pg::object_event> events);
    bool decide(std::size_t action);
    bool has_lost(const recorded_statement &before) const;
    bool is_about_changed(const script::action &a, const recorded_statement &before) const;
    bool sets_anew(const script::action &a) const;
    bool is_needed(std::size_t action);
    bool is_elsewhere(const script::action &a, const recorded_statement &before) const;
    int line_of(const recorded_statement &before) const;

    pg::spi_session &session_;
    const script::program &program_;
    int const first_line_;
    bool all_;   // everything runs
    boost::container::vector<recorded_statement> recorded_;
    boost::container::vector<std::size_t> recorded_of_;   // by action
    boost::container::vector<bool> ran_, needed_;         // by action
    bool foreseen_ = false;                               // nothing really runs
    std::unordered_set<std::string> temporary_;           // would be made again
    bool other_settings_ = false;                         // than recorded statements had
    changed_statements changed_;
    file_changes changes_;
    std::size_t taken_ = 0;
};

}   // namespace whisper::repeatable
