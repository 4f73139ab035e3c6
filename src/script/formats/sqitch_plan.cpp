#include "script/formats/sqitch_plan.hpp"

#include "script/characters.hpp"

#include <algorithm>
#include <map>

namespace whisper::script::formats {

extern const format sqitch;

namespace {

template <class Take>
void for_each_line(std::string_view text, Take take) {
    int number = 1;
    for (std::size_t start = 0; start < text.size(); ++number) {
        std::size_t const end = find_character(text, '\n', start);
        take(trim(text.substr(start, end - start)), number);
        start = end + 1;
    }
}

std::string_view take_word(std::string_view &text, std::string_view ends) {
    std::size_t const end = std::min(text.find_first_of(ends), text.size());
    std::string_view const word = text.substr(0, end);
    text = trim(text.substr(end));
    return word;
}

class plan_reader {
public:
    plan_reader(const directory &in, std::string_view file) : in_(in), file_(file) {}

    void add(std::string_view line, int number) {
        line_ = number;
        std::size_t const hash = line.find('#');
        std::string_view const note = hash == line.npos ? std::string_view() : trim(line.substr(hash + 1));
        line = trim(line.substr(0, hash));
        if (line.empty()) return;
        if (line.front() == '%')
            add_pragma(trim(line.substr(1)));
        else if (line.front() == '@')
            add_tag(line.substr(1), note);
        else
            add_change(line, note);
    }

    sqitch_plan take() {
        if (plan_.project.empty()) fail("no line \"%project\"", "write \"%project=NAME\" at its beginning");
        return std::move(plan_);
    }

private:
    void add_pragma(std::string_view text) {
        std::size_t const equals = text.find('=');
        if (equals == text.npos) return;
        std::string_view const name = trim(text.substr(0, equals)), value = trim(text.substr(equals + 1));
        if (name == "project") plan_.project = value;
        if (name == "uri") plan_.uri = value;
    }

    void add_tag(std::string_view text, std::string_view note) {
        std::string const tag(take_word(text, " \t"));
        if (plan_.changes.empty()) fail("tag \"@" + tag + "\" before the first change", "move it behind a change");
        if (!tags_.emplace(tag, line_).second) fail("tag \"@" + tag + "\" given twice", "give one another name");
        plan_.changes.back().tags.push_back({tag, unescaped(note), planning_of(text)});
        since_tag_.clear();
    }

    void add_change(std::string_view text, std::string_view note) {
        if (text.front() == '-') fail("change that is taken back", "take the line out, and the one it takes back");
        if (text.front() == '+') text = trim(text.substr(1));
        sqitch_change change;
        change.name = take_word(text, " \t[");
        change.note = unescaped(note);
        change.line = line_;
        if (change.name.empty()) fail("line without a change", "write \"NAME [REQUIRES] TIME PLANNER <EMAIL>\"");
        if (text.starts_with('[')) add_dependencies(change, text);
        change.planned = planning_of(text);
        if (!since_tag_.emplace(change.name, line_).second)
            fail("change \"" + change.name + "\" given twice", "write a tag between them");
        change.instance = ++instances_[change.name];
        plan_.changes.push_back(std::move(change));
    }

    // "TIME PLANNER <EMAIL>". One blank is between the name and what is behind it, and others are the name's.
    sqitch_planning planning_of(std::string_view text) const {
        sqitch_planning found;
        found.time = take_word(text, " \t");
        std::size_t const open = std::min(text.find('<'), text.size()), close = std::min(text.rfind('>'), text.size());
        found.planner = text.substr(0, open > 0 ? open - 1 : 0);
        if (close > open) found.email = text.substr(open + 1, close - open - 1);
        std::string shape = found.time;
        for (char &c : shape)
            if (is_digit(c)) c = '0';
        if (shape != "0000-00-00T00:00:00Z" || trim(found.planner).empty() || found.email.empty())
            fail("line without its time and planner", "write \"NAME [REQUIRES] TIME PLANNER <EMAIL>\"");
        return found;
    }

    // Line ends and backslashes of a note are escaped, as it is one line of the plan.
    static std::string unescaped(std::string_view note) {
        std::string text;
        for (std::size_t i = 0; i < note.size(); ++i) {
            char const next = note[i] == '\\' && i + 1 < note.size() ? note[i + 1] : '\0';
            bool const escaped = next == 'n' || next == 'r' || next == '\\';
            if (escaped) ++i;
            text += !escaped ? note[i] : next == 'n' ? '\n' : next == 'r' ? '\r' : '\\';
        }
        return text;
    }

    void add_dependencies(sqitch_change &change, std::string_view &all) {
        std::size_t const close = all.find(']');
        if (close == all.npos) fail("\"[\" without \"]\"", "end the list of dependencies");
        std::string_view text = trim(all.substr(1, close - 1));
        all = trim(all.substr(close + 1));
        while (!text.empty()) {
            std::string_view const word = take_word(text, " \t");
            if (word.front() == '!')
                change.conflicts.emplace_back(word.substr(1));
            else
                change.requires_.emplace_back(word);
        }
    }

    [[noreturn]] void fail(std::string message, std::string hint) const {
        refuse(in_, sqitch, file_, line_, std::move(message), std::move(hint));
    }

    const directory &in_;
    std::string_view file_;
    sqitch_plan plan_;
    std::map<std::string, int> tags_, since_tag_, instances_;
    int line_ = 0;
};

std::string joined(std::string_view folder, std::string_view name) {
    while (name.starts_with("./")) name.remove_prefix(2);
    while (name.ends_with('/')) name.remove_suffix(1);
    if (name == ".") name = {};
    if (folder.empty() || name.empty()) return std::string(folder.empty() ? name : folder);
    return std::string(folder) + '/' + std::string(name);
}

std::string_view unquoted(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') return value.substr(1, value.size() - 2);
    return trim(value.substr(0, value.find_first_of("#;")));
}

}   // namespace

bool sqitch_change::has_tag(std::string_view tag) const noexcept {
    return std::ranges::find(tags, tag, &sqitch_tag::name) != tags.end();
}

sqitch_plan parse_sqitch_plan(std::string_view text, const directory &in, std::string_view file) {
    plan_reader reader(in, file);
    for_each_line(text, [&](std::string_view line, int number) { reader.add(line, number); });
    return reader.take();
}

sqitch_settings parse_sqitch_settings(std::string_view text, const directory &in, std::string_view file) {
    std::map<std::string, std::string, std::less<>> values;
    std::string section;
    for_each_line(text, [&](std::string_view line, int number) {
        if (line.starts_with('[')) {
            section = line.substr(0, line.find(']') + 1);
            return;
        }
        std::size_t const equals = line.find('=');
        if (line.empty() || line.front() == '#' || line.front() == ';' || equals == line.npos) return;
        std::string key(trim(line.substr(0, equals)));
        std::ranges::transform(key, key.begin(), lower);
        std::string const value(unquoted(trim(line.substr(equals + 1))));
        if (section == "[core]" && key == "engine" && value != "pg")
            refuse(in, sqitch, file, number, "engine \"" + value + '"', "only changes for the engine pg can be read");
        // What is said of the engine goes before what is said of all.
        if (section == "[engine \"pg\"]") values[key] = value;
        if (section == "[core]") values.try_emplace(key, value);
    });
    auto const get = [&](std::string_view key, std::string_view otherwise) {
        auto const at = values.find(key);
        return joined({}, at == values.end() ? otherwise : std::string_view(at->second));
    };
    std::string const top = get("top_dir", "");
    sqitch_settings s;
    auto const registry = values.find("registry");
    s.registry = registry == values.end() ? "sqitch" : registry->second;
    s.plan = get("plan_file", joined(top, "sqitch.plan"));
    s.deploy = get("deploy_dir", joined(top, "deploy"));
    s.revert = get("revert_dir", joined(top, "revert"));
    s.verify = get("verify_dir", joined(top, "verify"));
    std::string const reworked = get("reworked_dir", "");
    auto const again = [&](std::string_view key, const std::string &folder, std::string_view name) {
        return get(key, reworked.empty() ? folder : joined(reworked, name));
    };
    s.reworked_deploy = again("reworked_deploy_dir", s.deploy, "deploy");
    s.reworked_revert = again("reworked_revert_dir", s.revert, "revert");
    s.reworked_verify = again("reworked_verify_dir", s.verify, "verify");
    s.extension = get("extension", "sql");
    return s;
}

std::string sqitch_id(const sqitch_change &change) {
    std::string id = change.name;
    std::ranges::replace(id, '/', '.');
    return change.instance == 1 ? id : id + '.' + std::to_string(change.instance);
}

}   // namespace whisper::script::formats
