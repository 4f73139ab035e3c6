#include "script/migration.hpp"

#include "script/characters.hpp"
#include "script/header.hpp"
#include "script/origin.hpp"
#include "script/reader.hpp"

#include <algorithm>

namespace whisper::script {

namespace {

std::string_view file_stem(std::string_view file_name, tier_kind kind) {
    file_name.remove_prefix(file_name.rfind('/') + 1);   // npos + 1 is 0
    if (file_name.ends_with(".sql")) file_name.remove_suffix(4);
    return kind == tier_kind::versioned ? file_name.substr(0, file_name.find('_')) : file_name;
}

class migration_parser {
public:
    migration_parser(std::string_view content, std::string_view file_name, tier_kind kind)
        : content_(content), file_(file_name), kind_(kind), header_(parsed_, kind), origin_(file_name) {}

    // Everything but the sections' texts.
    migration parse() {
        script_reader reader(content_, true);
        for (;;) {
            event const e = next_event(reader);
            if (e.kind == event_kind::comment) {
                if (add_comment(e.at)) reader.reset_statement();
            } else if (e.kind == event_kind::end) {
                break;
            } else if (e.kind != event_kind::semicolon && first_statement_ == 0) {
                first_statement_ = origin_.line(e.at.line);
            }
            if (e.kind == event_kind::command) origin_.accept(e.at.text(content_), e.at.line);
        }
        close_section(content_.size());
        if (!any_marker_) take_whole_file();
        if (!parsed_.id_from_header) {
            std::string_view const stem = file_stem(file_, kind_);
            if (file_.empty())
                throw failure(sqlstate::invalid_parameter, "nothing gives the revision an id",
                              "The text has no \"-- revision:\" header, and no file name gives one.",
                              "Add the header, or pass name => 'ID_what_it_does.sql'.");
            check_name("the revision that the file name gives", stem, {file_, 1});
            parsed_.id = stem;
        }
        return std::move(parsed_);
    }

    struct extent {
        section migration::*target;
        std::size_t start, length;
    };
    const boost::container::small_vector<extent, 3> &extents() const noexcept { return extents_; }

private:
    // The lexer knows lines, but no files.
    event next_event(script_reader &reader) const {
        try {
            return reader.next();
        } catch (lexical_failure &problem) {
            problem.locate(origin_.file(), origin_.line(problem.line));
            throw;
        }
    }

    file_place place_of(int line) const noexcept { return {origin_.file(), origin_.line(line)}; }

    // True for a section marker.
    bool add_comment(const token &comment) {
        std::size_t line_start = 0;
        if (!begins_line(content_, comment.offset, line_start)) return false;
        file_place const place = place_of(comment.line);
        std::string_view const text = comment.text(content_);
        marker found;
        if (parse_marker(text, place, found)) {
            open_section(found, line_start, comment, place);
            return true;
        }
        if (!any_marker_ && first_statement_ == 0) header_.add(text, place);
        return false;
    }

    void open_section(const marker &found, std::size_t line_start, const token &comment, const file_place &place) {
        if (!any_marker_ && first_statement_ > 0)
            file_place{file_, first_statement_}.fail("statement before the first section marker", {},
                                                     "Move it after the marker \"-- migrate:up\".");
        close_section(line_start);
        section &opened = parsed_.*found.target;
        if (opened.present) place.fail("section given twice");
        if (found.target == &migration::batch) {
            if (kind_ != tier_kind::versioned)
                place.fail("batch is for versioned tiers only", "A repeatable file runs again when it changes.");
            parsed_.batch_options = found.batch_options;
        }
        any_marker_ = true;
        opened.present = true;
        opened.transactional = found.transactional;
        std::size_t const start = next_line(content_, comment.offset + comment.length);
        // The lexer counts no line at a carriage return alone.
        bool const same_line = start < content_.size() && content_[start - 1] == '\r';
        opened.line = place.line + (same_line ? 0 : 1);
        extents_.push_back({found.target, start, 0});
    }

    void close_section(std::size_t end) {
        if (any_marker_) extents_.back().length = end - extents_.back().start;
    }

    void take_whole_file() {
        std::size_t const start = content_.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
        parsed_.up.present = true;
        parsed_.up.line = 1;
        extents_.push_back({&migration::up, start, content_.size() - start});
    }

    std::string_view content_, file_;
    tier_kind kind_;
    migration parsed_;
    header_reader header_;
    line_origin origin_;
    bool any_marker_ = false;
    int first_statement_ = 0;                             // its line
    boost::container::small_vector<extent, 3> extents_;   // where the sections stand, in their order
};

}   // namespace

migration parse_migration(std::string_view content, std::string_view file_name, tier_kind kind) {
    migration_parser parser(content, file_name, kind);
    migration parsed = parser.parse();
    for (auto const &at : parser.extents()) (parsed.*at.target).text = content.substr(at.start, at.length);
    return parsed;
}

migration take_migration(std::string content, std::string_view file_name, tier_kind kind) {
    migration_parser parser(content, file_name, kind);
    migration parsed = parser.parse();
    auto const &extents = parser.extents();
    auto const longest = std::max_element(extents.begin(), extents.end(),
                                          [](const auto &a, const auto &b) { return a.length < b.length; });
    for (auto at = extents.begin(); at != extents.end(); ++at)
        if (at != longest) (parsed.*at->target).text = content.substr(at->start, at->length);
    content.resize(longest->start + longest->length);
    content.erase(0, longest->start);
    (parsed.*longest->target).text = std::move(content);
    return parsed;
}

}   // namespace whisper::script
