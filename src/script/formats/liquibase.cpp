// Liquibase's formatted SQL: files that begin with "--liquibase formatted sql", cut into change sets.

#include "script/characters.hpp"
#include "script/formats/folders.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"
#include "script/names.hpp"

#include <algorithm>
#include <map>

namespace whisper::script::formats {

extern const format liquibase;

namespace {

constexpr std::string_view heading = "liquibase formatted";

struct change_set {
    migration made;
    int line = 0;
    bool ours = true;   // not for another database only
};

bool begins(std::string_view body, std::string_view word) {
    return body.size() >= word.size() && equals_word(body.substr(0, word.size()), word);
}

// Behind the dashes of a comment; empty for any other line.
std::string_view comment_of(std::string_view line) {
    line = trim(line);
    return line.starts_with("--") ? trim(line.substr(2)) : std::string_view();
}

std::string_view take_value(std::string_view &text) {
    if (text.starts_with('"')) {
        std::size_t const close = std::min(text.find('"', 1), text.size() - 1);
        std::string_view const value = text.substr(1, close - 1);
        text = trim(text.substr(close + 1));
        return value;
    }
    std::size_t const end = std::min(text.find_first_of(" \t"), text.size());
    std::string_view const value = text.substr(0, end);
    text = trim(text.substr(end));
    return value;
}

// "postgresql,h2", "!h2": whether this server is meant.
bool means_postgresql(std::string_view list) {
    bool excluded_only = true;
    while (!list.empty()) {
        std::size_t const comma = std::min(list.find(','), list.size());
        std::string_view const name = trim(list.substr(0, comma));
        list = list.substr(std::min(comma + 1, list.size()));
        if (equals_word(name, "postgresql") || equals_word(name, "all")) return true;
        if (equals_word(name, "!postgresql") || equals_word(name, "none")) return false;
        excluded_only = excluded_only && name.starts_with('!');
    }
    return excluded_only;
}

class reader {
public:
    reader(directory &in, const std::string &file) : in_(in), file_(file), script_(in.content(file)) {}

    boost::container::vector<change_set> read() {
        for (std::size_t start = 0; start < script_.size();) {
            std::size_t const end = find_character(script_, '\n', start);
            ++line_;
            add(std::string_view(script_).substr(start, end - start));
            start = end + 1;
        }
        finish();
        return std::move(sets_);
    }

private:
    void add(std::string_view line) {
        std::string_view const body = comment_of(line);
        if (begins(body, "changeset ")) {
            finish();
            begin(trim(body.substr(10)));
            return;
        }
        refuse_others(line, body);
        if (begins(body, "rollback ") && !sets_.empty()) {
            add_rollback(trim(body.substr(9)));
            line = {};
        }
        if (sets_.empty()) {
            if (!trim(line).empty() && !trim(line).starts_with("--"))
                fail("text before the first change set", "write \"--changeset AUTHOR:ID\" before it");
            return;
        }
        sets_.back().made.up.text += line;
        sets_.back().made.up.text += '\n';
    }

    void begin(std::string_view text) {
        change_set set;
        set.line = line_;
        std::size_t const colon = text.find(':');
        if (colon == text.npos) fail("change set without author and id", "write \"--changeset AUTHOR:ID\"");
        std::string const author(trim(text.substr(0, colon)));
        text = trim(text.substr(colon + 1));
        std::string const id(take_value(text));
        while (!text.empty()) add_option(set, text);
        std::string name = file_.substr(0, file_.size() - 4) + '.' + author + '.' + id;
        std::erase(name, '"');
        for (char &c : name)
            if (!is(c, identifier_part_class) && c != '-' && c != '.') c = '_';
        if (std::string_view const problem = id_problem(name); !problem.empty())
            fail("invalid revision id \"" + name + '"', std::string(id_hint));
        set.made.id = name;
        set.made.up.present = true;
        set.made.up.line = line_ + 1;
        set.made.up.transactional = set.made.down.transactional = transactional_;
        transactional_ = true;
        sets_.push_back(std::move(set));
    }

    void add_option(change_set &set, std::string_view &text) {
        std::size_t const colon = text.find(':');
        std::size_t const space = text.find_first_of(" \t");
        if (colon == text.npos || space < colon) {   // the tool passes over what is no option, too
            take_value(text);
            return;
        }
        std::string key(text.substr(0, colon));
        std::ranges::transform(key, key.begin(), lower);
        text = text.substr(colon + 1);
        std::string_view value = take_value(text);
        if (value.ends_with(',')) value.remove_suffix(1);
        bool const yes = equals_word(value, "true");
        if (key == "dbms")
            set.ours = set.ours && means_postgresql(value);
        else if (key == "ignore")
            set.ours = set.ours && !yes;
        else if (key == "runintransaction")
            transactional_ = yes;
        // Without contexts or labels asked for, all of them run; statements are always cut by the server's own rules.
        else if (key != "context" && key != "contextfilter" && key != "labels" && key != "splitstatements" &&
                 key != "stripcomments" && key != "rollbacksplitstatements" && key != "logicalfilepath" &&
                 !(key == "failonerror" && yes) && !(key == "runalways" && !yes) && !(key == "runonchange" && !yes) &&
                 !((key == "enddelimiter" || key == "rollbackenddelimiter") && (value == ";" || value == ";;")))
            fail("option \"" + key + ':' + std::string(value) + "\" of a change set",
                 key.starts_with("run") ? "move the change set into a repeatable tier, and take the option out"
                                        : "take it out, and write the statements without it");
    }

    void refuse_others(std::string_view line, std::string_view body) {
        for (std::string_view const word : {"precondition", "property ", "ignorelines"})
            if (begins(body, word))
                fail("\"--" + std::string(body.substr(0, 40)) + '"', "write the change sets without it");
        std::string const block = marker_body(line.starts_with("/*") ? line.substr(2) : std::string_view());
        if (block.starts_with("liquibase") || begins(body, "changeset"))
            fail("\"" + std::string(trim(line).substr(0, 40)) + '"', "write one line \"--rollback\" for each");
    }

    // Lines between them are left empty, so that errors name the right one.
    void add_rollback(std::string_view text) {
        section &down = sets_.back().made.down;
        if (!down.present) down.line = last_down_ = line_;
        down.present = true;
        for (; last_down_ < line_; ++last_down_) down.text += '\n';
        std::string const body = marker_body(text);
        if (body.starts_with("not required") || body.starts_with("empty")) return;
        if (body.find("changesetid") != body.npos) fail("rollback by another change set", "write its statements");
        down.text += text;
    }

    void finish() {
        if (sets_.empty() || has_statement(sets_.back().made.up.text)) return;
        fail("change set without a statement in line " + std::to_string(sets_.back().line),
             "write its SQL, or take it out");
    }

    [[noreturn]] void fail(std::string message, std::string hint) const {
        refuse(in_, liquibase, file_, line_, std::move(message), std::move(hint));
    }

    directory &in_;
    const std::string &file_;
    std::string const script_;
    boost::container::vector<change_set> sets_;
    int line_ = 0, last_down_ = 0;
    bool transactional_ = true;
};

clue recognize_liquibase(directory &in) {
    return find_marker(in, [](std::string_view body) { return body.starts_with(heading); });
}

bool ends_with(std::string_view file, std::string_view ending) {
    return file.size() > ending.size() && equals_word(file.substr(file.size() - ending.size()), ending);
}

// A change log that is no SQL. JSON may be anything else's.
bool is_other_log(directory &in, const std::string &file) {
    for (std::string_view const ending : {".xml", ".yaml", ".yml"})
        if (ends_with(file, ending)) return true;
    return ends_with(file, ".json") && in.content(file).find("databaseChangeLog") != std::string::npos;
}

void refuse_other_logs(directory &in) {
    constexpr std::string_view hint =
        "put the change logs in SQL into a directory of their own; they are read in the order of their names";
    for (const std::string &file : in.list().files)
        if (is_other_log(in, file)) refuse(in, liquibase, file, 0, "change log in another format", std::string(hint));
    refuse_below(
        in, liquibase, [&](const std::string &file) { return ends_with(file, ".sql") || is_other_log(in, file); },
        hint);
}

// Characters that no id has are replaced, and dots stand between its parts: two change sets may come to the same.
void require_unique(directory &in, std::map<std::string, std::string> &taken, const std::string &file,
                    const change_set &set) {
    auto const [at, added] = taken.try_emplace(set.made.id, file + "\", line " + std::to_string(set.line));
    if (!added)
        refuse(in, liquibase, file, set.line,
               "change set with the revision id \"" + set.made.id + "\" of that in file \"" + in.path() + at->second,
               "give one of them another id, of letters, digits, \"_\", \"-\" and \".\"");
}

boost::container::vector<entry> list_liquibase(directory &in) {
    boost::container::vector<entry> found;
    std::map<std::string, std::string> taken;
    refuse_other_logs(in);
    for (const std::string &file : sql_files(in)) {
        std::string const text = in.content(file);
        std::string_view const start = trim(text);
        if (!begins(comment_of(start.substr(0, start.find('\n'))), heading))
            refuse(in, liquibase, file, 0, "no formatted SQL", "write \"--liquibase formatted sql\" as its first line");
        auto const sets = reader(in, file).read();
        for (std::size_t i = 0; i < sets.size(); ++i) {
            if (!sets[i].ours) continue;
            require_unique(in, taken, file, sets[i]);
            entry made;
            made.id = sets[i].made.id;
            made.files.push_back(file);
            made.part = i;
            found.push_back(std::move(made));
        }
    }
    return found;
}

migration read_liquibase(directory &in, const entry &what) {
    return std::move(reader(in, what.files.front()).read()[what.part].made);
}

}   // namespace

const format liquibase{"liquibase", "Liquibase", recognize_liquibase, list_liquibase, read_liquibase};

}   // namespace whisper::script::formats
