#include "author/capture_log.hpp"

#include "pg/settings.hpp"
#include "script/splitter.hpp"

namespace whisper::author {
namespace {

// Without the comments around it: how many of them reach the server is up to the client.
std::string trimmed(const std::string &text) {
    script::pieces const pieces = script::split(text);
    return pieces.empty() ? text : std::string(pieces.front().text(text));
}

// All that it did was to relations that end with the session.
bool is_temporary(std::span<const pg::object_event> events) {
    bool any = false;
    for (const pg::object_event &e : events) {
        if (e.class_id != RelationRelationId) continue;
        std::string const identity = e.identity ? e.identity : pg::relation_name(e.object_id);
        if (identity.starts_with("pg_toast")) continue;
        if (!identity.starts_with("pg_temp.")) return false;
        any = true;
    }
    return any;
}

void insert_created(object_set &into, const captured_statement &statement) {
    for (const pg::object_event &e : statement.events)
        if (e.change == pg::object_change::created && e.sub_id == 0) into.insert(e.class_id, e.object_id);
}

const char *keep(MemoryContext context, const char *text) {
    return text ? pg::call(MemoryContextStrdup, context, text) : nullptr;
}

}   // namespace

pg::strings capture::problems() const {
    pg::strings all;
    for (std::size_t i = 0; i < statements.size(); ++i)
        if (const captured_statement &s = statements[i]; !s.problem.empty())
            all.push_back("statement " + std::to_string(i + 1) + ", " + s.command + ": " + s.problem);
    return all;
}

int64 capture::elapsed() const noexcept {
    int64 sum = 0;
    for (const captured_statement &s : statements) sum += s.elapsed;
    return sum;
}

boost::container::vector<pg::object_event> capture::events() const {
    boost::container::vector<pg::object_event> all;
    for (const captured_statement &s : statements) all.insert(all.end(), s.events.begin(), s.events.end());
    return all;
}

const object_set &capture::created() {
    if (!created_) {
        created_.emplace();
        for (const captured_statement &s : statements) insert_created(*created_, s);
    }
    return *created_;
}

void capture::add(captured_statement statement) {
    if (created_) insert_created(*created_, statement);
    statements.push_back(std::move(statement));
}

void capture::forget_from(int level) noexcept {
    while (!statements.empty() && statements.back().level >= level) {
        statements.pop_back();
        created_.reset();
    }
}

void capture_log::begin(const std::optional<std::string> &tier) {
    auto fresh = std::make_unique<capture>();
    fresh->tier = tier;
    fresh->began = GetCurrentTransactionNestLevel();
    fresh->before = std::move(newest_);
    newest_ = std::move(fresh);
}

void capture_log::end() noexcept { newest_->ended = GetCurrentTransactionNestLevel(); }

void capture_log::before(const pg::utility_statement &statement) {
    undo_.reset();
    search_path_ = pg::setting("search_path");
    undo_.emplace(statement, newest_->created());
}

void capture_log::after(const pg::utility_statement &statement, std::span<const pg::object_event> events,
                        int64 elapsed) {
    if (is_temporary(events) || !current()) return;
    undo_->find(statement, events, newest_->created());
    captured_statement s{trimmed(statement.text),
                         statement.command,
                         search_path_,
                         GetCurrentTransactionNestLevel(),
                         elapsed,
                         std::move(undo_->steps()),
                         undo_->problem(),
                         {}};
    s.events.assign(events.begin(), events.end());
    for (pg::object_event &e : s.events) {
        e.type = keep(newest_->memory.context(), e.type);
        e.identity = keep(newest_->memory.context(), e.identity);
    }
    newest_->add(std::move(s));
}

// Statements of a level and above it are always the last ones, so that both below touch no others.

void capture_log::committed(int level) noexcept {
    for (std::unique_ptr<capture> *at = &newest_; *at;) {
        capture &c = **at;
        for (std::size_t i = c.statements.size(); i-- > 0 && c.statements[i].level >= level;)
            c.statements[i].level = level - 1;
        if (c.began >= level) c.began = level - 1;
        if (c.ended >= level) c.ended = level - 1;
        if (c.ended == 0)
            *at = std::move(c.before);   // ended for good
        else
            at = &c.before;
    }
}

void capture_log::rolled_back(int level) noexcept {
    while (newest_ && newest_->began >= level) newest_ = std::move(newest_->before);
    for (capture *c = newest_.get(); c; c = c->before.get()) {
        c->forget_from(level);
        if (c->ended >= level) c->ended = capture::open;
    }
}

bool capture_log::holds_uncommitted() const noexcept {
    for (const capture *c = newest_.get(); c; c = c->before.get())
        if (c->began > 0 || c->ended > 0 || (!c->statements.empty() && c->statements.back().level > 0)) return true;
    return false;
}

}   // namespace whisper::author
