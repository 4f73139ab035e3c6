#pragma once
// What the session has typed since a capture began, as far as it has not been rolled back.

#include "author/reverse.hpp"
#include "pg/memory.hpp"
#include "pg/utility_watch.hpp"

#include <memory>

namespace whisper::author {

struct captured_statement {
    std::string text;          // from its first token to its last
    std::string command;       // the server's tag
    std::string search_path;   // in force when it ran
    int level;                 // of the innermost (sub)transaction whose rollback undoes it; 0: none any more
    int64 elapsed;             // microseconds
    schema::undo_steps undo;
    std::string problem;   // why there is no way back
    boost::container::vector<pg::object_event> events;
};

struct capture {
    static constexpr int open = -1;

    pg::memory_scope memory{TopMemoryContext};   // of the events' names
    std::optional<std::string> tier;
    int began = 0, ended = open;   // levels, as above
    boost::container::vector<captured_statement> statements;
    std::unique_ptr<capture> before;   // the session's earlier one, ended but not for good

    pg::strings problems() const;   // "statement 2, DROP TABLE: …"
    int64 elapsed() const noexcept;
    boost::container::vector<pg::object_event> events() const;
    // What the statements created, dropped since or not.
    const object_set &created();
    void add(captured_statement statement);
    void forget_from(int level) noexcept;

private:
    std::optional<object_set> created_;   // made anew after a rollback
};

class capture_log final : public pg::utility_observer {
public:
    capture *current() noexcept { return newest_ && newest_->ended == capture::open ? newest_.get() : nullptr; }
    // Both last if the current (sub)transaction does.
    void begin(const std::optional<std::string> &tier);
    void end() noexcept;

    bool wants_statements() const noexcept override { return newest_ && newest_->ended == capture::open; }
    void before(const pg::utility_statement &statement) override;
    void after(const pg::utility_statement &statement, std::span<const pg::object_event> events,
               int64 elapsed) override;
    void committed(int level) noexcept override;
    void rolled_back(int level) noexcept override;
    bool holds_uncommitted() const noexcept override;

private:
    std::unique_ptr<capture> newest_;
    std::optional<statement_undo> undo_;   // of the statement that is running
    std::string search_path_;              // likewise
};

}   // namespace whisper::author
