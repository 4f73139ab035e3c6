// Included files: every token of the whole comes from the line that it says, and from nowhere outside the pack.

#include "script/includes.hpp"

#include "bytes.hpp"
#include "harnesses.hpp"
#include "require.hpp"
#include "script/characters.hpp"
#include "script/origin.hpp"
#include "script/pack_path.hpp"
#include "script/program.hpp"
#include "sql_text.hpp"

#include <map>

namespace whisper::fuzz {

namespace {

using namespace script;

using pack_files = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view names[] = {"core/001.sql", "lib/a.sql", "lib/b.sql", "core/c.sql", "d.sql"};

// The contents, with a zero byte between two files.
pack_files read_files(bytes &source) {
    pack_files files;
    for (std::string_view const name : names) files.emplace(name, source.until('\0'));
    return files;
}

bool is_inside(std::string_view path) {
    if (path.empty() || path.front() == '/' || path.back() == '/') return false;
    for (bytes parts(path); !parts.empty();) {
        std::string_view const part = parts.until('/');
        if (part.empty() || part == "." || part == "..") return false;
    }
    return true;
}

std::string_view line_of(std::string_view text, int line) {
    std::size_t start = 0;
    for (; line > 1 && start < text.size(); --line)
        start = std::min(find_character(text, '\n', start) + 1, text.size());
    return text.substr(start, find_character(text, '\n', start) - start);
}

// Follows the line markers through the expanded script. Where a carriage return ends a line alone, lines are told
// approximately.
void check_origins(std::string_view expanded, const pack_files &files) {
    line_origin origin(names[0]);
    for (const event &e : events_of(expanded)) {
        std::string_view const text = e.at.text(expanded);
        if (e.kind == event_kind::command && origin.accept(text, e.at.line)) continue;
        if (e.kind == event_kind::end || e.kind == event_kind::copy_data) continue;
        auto const file = files.find(origin.file());
        require(file != files.end(), "a line marker names a file of the pack", origin.file());
        std::string_view const first_line = text.substr(0, find_character(text, '\n', 0));
        std::string_view const line = line_of(file->second, origin.line(e.at.line));
        require(line.find(first_line) != std::string_view::npos, "a token is in the line that it is said to be in",
                text);
    }
}

}   // namespace

void includes(std::string_view input) {
    bytes source(input);
    pack_files const files = read_files(source);
    bool const valid_text = std::ranges::all_of(files, [](auto const &file) { return is_utf8(file.second); });
    if (auto const name = parse_file_argument(input))
        if (auto const path = path_in_pack("core", *name)) require(is_inside(*path), "a path stays in the pack", *path);
    read_file const read = [&](const std::string &path) {
        require(is_inside(path), "only files of the pack are read", path);
        auto const found = files.find(path);
        if (found == files.end()) throw failure(sqlstate::undefined_file, "no file", {});
        return found->second;
    };
    survives(
        valid_text,
        {sqlstate::syntax_error, sqlstate::unsupported_command, sqlstate::invalid_pack, sqlstate::undefined_file,
         sqlstate::program_limit, "2D000", "0A000"},
        [&] {
            strings included;
            std::string const expanded = expand_includes(files.at(std::string(names[0])), names[0], read, &included);
            for (const std::string &path : included) require(files.contains(path), "an included file was read", path);
            // A line marker that somebody writes by hand says what he likes.
            bool const may_check = input.find("\\line") == std::string_view::npos &&
                                   input.find('\r') == std::string_view::npos &&
                                   input.find(byte_order_mark) == std::string_view::npos;
            if (may_check) check_origins(expanded, files);
            require(expand_includes(expanded, names[0], read, nullptr) == expanded, "what is expanded has no includes");
            script::program const compiled = compile(script::unread(), expanded, names[0]);
            require(compiled.statements() >= 0, "a program has statements");
        });
}

}   // namespace whisper::fuzz
