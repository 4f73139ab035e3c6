#include "script/includes.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/header.hpp"
#include "script/origin.hpp"
#include "script/pack_path.hpp"
#include "script/reader.hpp"

#include <boost/container/set.hpp>

#include <algorithm>
#include <optional>

namespace whisper::script {

namespace {

constexpr std::size_t deepest = 16;
constexpr std::size_t most_includes = 10'000;   // files that include each other twice grow exponentially
constexpr std::size_t largest_script = (std::size_t{1} << 30) - 1;   // what a text value can hold

struct include_command {
    std::string_view word, argument;
    bool relative = false;   // to the including file
};

bool parse_include(std::string_view command, include_command &found) {
    auto const end = static_cast<std::size_t>(std::ranges::find_if(command, is_space) - command.begin());
    found.word = command.substr(0, end);
    found.argument = trim(command.substr(end));
    found.relative = found.word == "\\ir" || found.word == "\\include_relative";
    return found.relative || found.word == "\\i" || found.word == "\\include";
}

// Where an include command stands.
struct include_place {
    std::string_view file, command;
    int line;

    [[noreturn]] void fail(std::string message, std::string hint,
                           std::string_view state = sqlstate::unsupported_command) const {
        throw failure(state, std::move(message), describe_place(file, line) + ": " + std::string(command),
                      std::move(hint));
    }
};

event next_event(script_reader &reader, std::string_view file) {
    try {
        return reader.next();
    } catch (lexical_failure &problem) {
        problem.locate(file, problem.line);
        throw;
    }
}

// One file while it is read; what comes before `copied` is in the script.
struct source {
    std::string_view content, file;
    std::size_t copied = 0;

    std::string_view text(const event &e) const noexcept { return e.at.text(content); }
    include_place place(const event &e) const noexcept { return {file, text(e), e.at.line}; }
};

class expansion {
public:
    expansion(const read_file &read, strings *included) : read_(read), included_(included) {
        if (included) seen_.insert(included->begin(), included->end());
    }

    // Nothing when the content includes nothing: then it is the script.
    std::optional<std::string> run(std::string_view content, std::string_view file) {
        open_.push_back(path_in_pack({}, file).value_or(std::string(file)));
        append({content, file});
        if (count_ == 0) return std::nullopt;
        return std::move(script_);
    }

private:
    // Calls itself for an included file: the depth is limited.
    void append(source from) {
        script_reader reader(from.content, true);
        bool in_statement = false;
        for (;;) {
            event const e = next_event(reader, from.file);
            if (e.kind == event_kind::end) break;
            if (e.kind == event_kind::comment) {
                if (!is_marker(from, e.at)) continue;
                reader.reset_statement();
            } else if (e.kind == event_kind::command) {
                replace(from, e, in_statement);
            } else if (e.kind == event_kind::copy_data) {
                end_copy(from, e);
            }
            in_statement = e.kind == event_kind::token;
        }
        if (count_ > 0) put(from, from.content.size());
    }

    void replace(source &from, const event &e, bool in_statement) {
        include_command command;
        if (!parse_include(from.text(e), command)) return;
        include_place const place = from.place(e);
        if (in_statement)
            place.fail(std::string(command.word) + " cannot stand in the middle of a statement",
                       "end the statement before it with a semicolon");
        put(from, e.at.offset);
        from.copied = next_line(from.content, end_of_line(from.content, e.at.offset));
        include(command, place);
        // The lexer counts no line at a carriage return alone.
        bool const next_is_same = from.copied < from.content.size() && from.content[from.copied - 1] == '\r';
        append_line_marker(script_, e.at.line + (next_is_same ? 0 : 1), from.file);
    }

    // psql ends the data where the file ends; here the including file would go on as data.
    void end_copy(source &from, const event &e) {
        if (open_.size() == 1 || e.data_offset + e.data_length < from.content.size()) return;
        put(from, from.content.size());
        if (e.at.kind == token_kind::end) script_ += "\n;";
        end_line();
        script_ += "\\.\n";
    }

    bool is_marker(const source &from, const token &comment) const {
        std::size_t line_start = 0;
        if (!begins_line(from.content, comment.offset, line_start)) return false;
        file_place const place{from.file, comment.line};
        marker found;
        if (!parse_marker(comment.text(from.content), place, found)) return false;
        if (open_.size() > 1)
            place.fail("section marker in an included file", "An include belongs to the section that it stands in.",
                       "Move the marker into the file \"" + open_.front() + "\".");
        return true;
    }

    void include(const include_command &command, const include_place &place) {
        std::string const path = path_of(command, place);
        if (std::ranges::find(open_, path) != open_.end()) fail_for_cycle(path, place);
        if (open_.size() > deepest)
            place.fail("files include each other more than " + std::to_string(deepest) + " levels deep",
                       "include the file from one of the outer files");
        if (++count_ > most_includes)
            place.fail("more than " + std::to_string(most_includes) + " includes in file \"" + open_.front() + '"',
                       "split the migration", sqlstate::program_limit);
        if (included_ && seen_.insert(path).second) included_->push_back(path);

        std::string const text = read(path, place);
        std::string_view content = text;
        if (content.starts_with(byte_order_mark)) content.remove_prefix(byte_order_mark.size());
        append_line_marker(script_, 1, path);
        open_.push_back(path);
        append({content, path});
        open_.pop_back();
        end_line();
    }

    std::string path_of(const include_command &command, const include_place &place) const {
        std::optional<std::string> const name = parse_file_argument(command.argument);
        if (!name)
            place.fail(std::string(command.word) + " needs one plain file name",
                       "write the name as it is, in single quotes if it has blanks or other special characters");
        std::optional<std::string> path =
            path_in_pack(command.relative ? folder_of(place.file) : std::string_view(), *name);
        if (!path)
            place.fail(std::string(command.word) + " may only read files inside the pack",
                       "put the file into the pack and name it by its path from " +
                           std::string(command.relative ? "the including file" : "the pack's folder"));
        return std::move(*path);
    }

    [[noreturn]] void fail_for_cycle(const std::string &path, const include_place &place) const {
        std::string chain;
        for (auto at = std::ranges::find(open_, path); at != open_.end(); ++at) chain += '"' + *at + "\" -> ";
        throw failure(sqlstate::unsupported_command, "file \"" + path + "\" includes itself",
                      describe_place(place.file, place.line) + ": " + chain + '"' + path + '"',
                      "take one of these includes out");
    }

    std::string read(const std::string &path, const include_place &place) const {
        try {
            return read_(path);
        } catch (failure &problem) {
            if (problem.detail.empty())
                problem.detail = "It is included in " + describe_place(place.file, place.line) + '.';
            // Where the pack is has nothing to do with it.
            if (problem.state == sqlstate::undefined_file)
                problem.hint = "put the file there, or correct its name in " + describe_place(place.file, place.line);
            throw;
        }
    }

    void put(source &from, std::size_t end) {
        std::string_view const text = from.content.substr(from.copied, end - from.copied);
        if (text.size() > largest_script - std::min(script_.size(), largest_script))
            throw failure(sqlstate::program_limit, "file \"" + open_.front() + "\" is too large with what it includes",
                          "The limit is 1 GB.", "split the migration");
        script_.append(text);
        from.copied = end;
    }

    void end_line() {
        if (!script_.ends_with('\n')) script_ += '\n';
    }

    const read_file &read_;
    strings *included_;
    std::string script_;
    boost::container::small_vector<std::string, 4> open_;   // the main file, and what is being included
    boost::container::set<std::string> seen_;               // the paths in included_
    std::size_t count_ = 0;
};

}   // namespace

std::string expand_includes(std::string_view content, std::string_view file, const read_file &read, strings *included) {
    return take_with_includes(std::string(content), file, read, included);
}

std::string take_with_includes(std::string content, std::string_view file, const read_file &read, strings *included) {
    if (content.find("\\i") == std::string::npos) return content;
    std::optional<std::string> expanded = expansion(read, included).run(content, file);
    return expanded ? std::move(*expanded) : content;
}

}   // namespace whisper::script
