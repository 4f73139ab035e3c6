// Change logs in YAML and JSON: one tree for both. Of YAML lists, mappings and plain or quoted values, each in its
// line.

#include "script/characters.hpp"
#include "script/formats/liquibase_log.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace whisper::script::formats {
namespace {

using json = nlohmann::ordered_json;

constexpr int deepest_value = 64;

struct yaml_line {
    std::size_t indent;
    std::string_view text;
    int number;
};

bool is_item(std::string_view text) { return text == "-" || text.starts_with("- "); }

// Where a value in quotes ends, behind them; the text's size where it does not.
std::size_t end_of_quotes(std::string_view text) {
    char const quote = text.front();
    for (std::size_t i = 1; i < text.size(); ++i) {
        bool const doubled = text[i] == quote && quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
        if (doubled || (text[i] == '\\' && quote == '"'))
            ++i;
        else if (text[i] == quote)
            return i + 1;
    }
    return text.size();
}

bool begins_quotes(std::string_view text) { return text.starts_with('"') || text.starts_with('\''); }

std::string_view without_comment(std::string_view text) {
    std::size_t from = begins_quotes(text) ? end_of_quotes(text) : 0;
    for (std::size_t i = from; i < text.size(); ++i) {
        if (text[i] == '#' && (i == 0 || is_space(text[i - 1]))) return trim(text.substr(0, i));
        // A quote begins a value behind a colon or a hyphen only.
        if (begins_quotes(text.substr(i)) && i > 0 && is_space(text[i - 1]) && i > from)
            i += end_of_quotes(text.substr(i)) - 1;
    }
    return trim(text);
}

class yaml_reader {
public:
    explicit yaml_reader(std::string_view text) {
        int number = 0;
        for (std::size_t start = 0; start < text.size();) {
            std::size_t const end = find_character(text, '\n', start);
            std::string_view const line = text.substr(start, end - start);
            std::size_t const indent = std::min(line.find_first_not_of(' '), line.size());
            ++number;
            lines_.push_back({indent, line.substr(indent), number});
            start = end + 1;
        }
    }

    json read() {
        json root = next() ? read_block(lines_[at_].indent, 0) : json();
        if (next()) fail("line that cannot be read");
        return root;
    }

private:
    // Goes on to the next line with something in it.
    bool next() {
        for (; at_ < lines_.size(); ++at_) {
            yaml_line &line = lines_[at_];
            if (line.text.starts_with('\t')) fail("line that begins with a tab");
            line.text = without_comment(line.text);
            bool const mark = line.text == "---" && line.indent == 0;
            if (!line.text.empty() && !mark) return true;
        }
        return false;
    }

    json read_block(std::size_t indent, int depth) {
        if (depth > deepest_value) fail("values too deep in one another");
        if (is_item(lines_[at_].text)) return read_list(indent, depth);
        if (key_length(lines_[at_].text) != std::string_view::npos) return read_mapping(indent, depth);
        json value = scalar(lines_[at_].text);
        ++at_;
        return value;
    }

    json read_list(std::size_t indent, int depth) {
        json list = json::array();
        while (next() && lines_[at_].indent == indent && is_item(lines_[at_].text)) {
            yaml_line &line = lines_[at_];
            std::string_view const rest = trim(line.text.substr(1));
            if (rest.empty()) {
                ++at_;
                list.push_back(next() && lines_[at_].indent > indent ? read_block(lines_[at_].indent, depth + 1)
                                                                     : json());
                continue;
            }
            line.indent += static_cast<std::size_t>(rest.data() - line.text.data());
            line.text = rest;
            list.push_back(read_block(line.indent, depth + 1));
        }
        return list;
    }

    json read_mapping(std::size_t indent, int depth) {
        json mapping = json::object();
        while (next() && lines_[at_].indent == indent && !is_item(lines_[at_].text)) {
            std::string_view const text = lines_[at_].text;
            std::size_t const length = key_length(text);
            if (length == text.npos) fail("line without a key");
            json const key = scalar(trim(text.substr(0, length)));
            std::string_view const rest = trim(text.substr(length + 1));
            if (mapping.contains(key.get<std::string>())) fail("key given twice");
            ++at_;
            mapping[key.get<std::string>()] = read_value(rest, indent, depth);
        }
        return mapping;
    }

    json read_value(std::string_view rest, std::size_t indent, int depth) {
        if (rest.starts_with('|') || rest.starts_with('>')) return skip_text(indent);
        if (!rest.empty()) {
            --at_;
            json value = scalar(rest);
            ++at_;
            if (next() && lines_[at_].indent > indent) fail("value in more than one line");
            return value;
        }
        if (!next()) return {};
        bool const below = lines_[at_].indent > indent || (lines_[at_].indent == indent && is_item(lines_[at_].text));
        return below ? read_block(lines_[at_].indent, depth + 1) : json();
    }

    // A text over lines, which none of what counts here has.
    json skip_text(std::size_t indent) {
        while (at_ < lines_.size() && (trim(lines_[at_].text).empty() || lines_[at_].indent > indent)) ++at_;
        return "";
    }

    static std::size_t key_length(std::string_view text) {
        std::size_t const from = begins_quotes(text) ? end_of_quotes(text) : 0;
        for (std::size_t i = from; i < text.size(); ++i)
            if (text[i] == ':' && (i + 1 == text.size() || is_space(text[i + 1]))) return i;
        return text.npos;
    }

    std::string scalar(std::string_view text) const {
        if (!begins_quotes(text)) {
            if (std::string_view("{[&*!|>%@`").find(text.front()) != text.npos) fail("value that cannot be read");
            return std::string(text);
        }
        char const quote = text.front();
        if (text.size() < 2 || end_of_quotes(text) != text.size() || text.back() != quote)
            fail("value without its end");
        std::string value;
        for (std::size_t i = 1; i + 1 < text.size(); ++i) {
            bool const escape = text[i] == '\\' && quote == '"';
            if (escape && text[i + 1] != '"' && text[i + 1] != '\\' && text[i + 1] != '/')
                fail("value that cannot be read");
            if (escape || (text[i] == '\'' && quote == '\'')) ++i;
            value += text[i];
        }
        return value;
    }

    [[noreturn]] void fail(std::string message) const {
        throw log_problem{std::move(message), at_ < lines_.size() ? lines_[at_].number : 0};
    }

    boost::container::vector<yaml_line> lines_;
    std::size_t at_ = 0;
};

void add_parts(log_item &item, const json &changes) {
    if (changes.is_array())
        for (const json &change : changes)
            if (change.is_object() && !change.empty()) item.parts.push_back(change.begin().key());
}

log_item item_of(const std::string &kind, const json &value) {
    log_item item;
    item.kind = kind;
    if (value.is_array()) add_parts(item, value);
    if (!value.is_object()) return item;
    for (auto const &[key, option] : value.items()) {
        if (key == "changes")
            add_parts(item, option);
        else if (option.is_string())
            item.options.emplace(key, option.get<std::string>());
        else if (option.is_primitive())
            item.options.emplace(key, option.dump());
        else
            item.parts.push_back(key);
    }
    return item;
}

log_items items_of(const json &root) {
    if (!root.is_object() || !root.contains("databaseChangeLog")) throw log_problem{"no list \"databaseChangeLog\"", 0};
    const json &list = root["databaseChangeLog"];
    if (!list.is_array()) throw log_problem{"\"databaseChangeLog\" is no list", 0};
    log_items items;
    for (const json &entry : list) {
        if (!entry.is_object()) throw log_problem{"entry of the list without a kind", 0};
        for (auto const &[kind, value] : entry.items()) items.push_back(item_of(kind, value));
    }
    return items;
}

}   // namespace

log_items read_yaml_log(std::string_view text) { return items_of(yaml_reader(text).read()); }

log_items read_json_log(std::string_view text) {
    try {
        return items_of(json::parse(text, [](int depth, json::parse_event_t, json &) {
            if (depth > deepest_value) throw log_problem{"values too deep in one another", 0};
            return true;
        }));
    } catch (const json::parse_error &error) {
        std::size_t const bytes = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
        throw log_problem{"invalid JSON", 1 + count_lines(text.substr(0, bytes))};
    } catch (const json::exception &) {
        throw log_problem{"invalid JSON", 0};
    }
}

}   // namespace whisper::script::formats
