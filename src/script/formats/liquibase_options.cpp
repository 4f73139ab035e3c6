#include "script/formats/liquibase_options.hpp"

#include "script/characters.hpp"

#include <algorithm>

namespace whisper::script::formats {
namespace {

// Up to a blank, or in double quotes.
std::string_view take_value(std::string_view &text) {
    if (text.starts_with('"') && text.find('"', 1) != text.npos) {
        std::size_t const close = text.find('"', 1);
        std::string_view const value = text.substr(1, close - 1);
        text = trim(text.substr(close + 1));
        return value;
    }
    std::size_t const end = std::min(text.find_first_of(" \t"), text.size());
    std::string_view const value = text.substr(0, end);
    text = trim(text.substr(end));
    return value;
}

class option_taker {
public:
    change_options take(std::string_view text) {
        for (const change_option &option : read_options(text)) {
            std::string_view value = option.value;
            if (option.key != "enddelimiter" && option.key != "rollbackenddelimiter" && value.ends_with(','))
                value.remove_suffix(1);
            add(option.key, value);
        }
        if (!filter_.empty()) made_.context = filter_;
        if (always_ || on_change_) made_.rerun = always_ ? rerun_mode::always : rerun_mode::whole;
        return std::move(made_);
    }

private:
    void add(const std::string &key, std::string_view value) {
        bool const yes = equals_word(value, "true");
        if (key == "dbms")
            made_.dbms = value;
        else if (key == "context")
            made_.context = value;
        else if (key == "contextfilter")
            filter_ = value;
        else if (key == "labels")
            made_.labels = value;
        else if (key == "logicalfilepath")
            made_.log = value;
        else if (key == "ignore")
            made_.ignored = yes;
        else
            add_manner(key, value, yes);
    }

    // How it is run.
    void add_manner(const std::string &key, std::string_view value, bool yes) {
        if (key == "runintransaction")
            made_.transactional = yes;
        else if (key == "runonchange")
            on_change_ = yes;
        else if (key == "runalways")
            always_ = yes;
        else if (key == "splitstatements")
            made_.split = yes || ended_;
        else if (key == "rollbacksplitstatements")
            made_.rollback_split = yes || rollback_ended_;
        else if (key == "enddelimiter")
            made_.split = ended_ = add_ends(key, value, made_.ends);
        else if (key == "rollbackenddelimiter")
            made_.rollback_split = rollback_ended_ = add_ends(key, value, made_.rollback_ends);
        else if (!is_without_effect(key, value, yes))
            set_problem(key, value);
    }

    // Comments stay in; a spool file is about what is printed; other executors' scripts are run as psql runs them.
    static bool is_without_effect(const std::string &key, std::string_view value, bool yes) {
        return key == "stripcomments" || key == "runwithspoolfile" || (key == "failonerror" && yes) ||
               (key == "runwith" && (equals_word(value, "jdbc") || equals_word(value, "psql")));
    }

    bool add_ends(const std::string &key, std::string_view value, delimiters &into) {
        auto found = parse_delimiters(value);
        if (found)
            into = std::move(*found);
        else
            set_problem(key, value);
        return true;
    }

    void set_problem(const std::string &key, std::string_view value) {
        if (!made_.problem.empty()) return;
        made_.problem = "option \"" + key + ':' + std::string(value) + "\" of a change set";
        made_.hint = key == "failonerror" ? "take it out, and write statements that do not fail, with IF EXISTS"
                     : key.ends_with("delimiter")
                         ? "name a delimiter without a pattern, or end the statements with semicolons"
                         : "take it out, and write the statements without it";
    }

    change_options made_;
    std::string filter_;
    bool on_change_ = false, always_ = false, ended_ = false, rollback_ended_ = false;
};

std::optional<bool> matches(std::string_view expression, const strings &items) {
    return trim(expression).empty() || items.empty() ? true : matches_expression(expression, items);
}

std::optional<bool> passes(const selection &wanted, std::string_view labels) {
    return trim(wanted.label_filter).empty() ? true : matches_expression(wanted.label_filter, parts_of(labels));
}

}   // namespace

boost::container::vector<change_option> read_options(std::string_view text) {
    boost::container::vector<change_option> found;
    for (text = trim(text); !text.empty();) {
        std::size_t const colon = text.find(':');
        if (colon == text.npos || text.find_first_of(" \t") < colon) {
            take_value(text);
            continue;
        }
        std::string key(text.substr(0, colon));
        std::ranges::transform(key, key.begin(), lower);
        text = text.substr(colon + 1);
        std::string value(take_value(text));
        found.push_back({std::move(key), std::move(value)});
    }
    return found;
}

bool read_heading(std::string_view text, change_heading &found) {
    if (text.starts_with('"') && text.find('"', 1) != text.npos) {
        found.author = take_value(text);
    } else {
        std::size_t const colon = std::min(text.find(':'), text.size());
        found.author = trim(text.substr(0, colon));
        text = text.substr(colon);
    }
    if (!text.starts_with(':') || found.author.empty()) return false;
    text = trim(text.substr(1));
    found.id = take_value(text);
    found.options = text;
    return !found.id.empty();
}

std::optional<bool> is_meant(const change_options &options, const included_file &what, const selection &wanted,
                             std::string &problem) {
    bool meant = !options.ignored && !what.ignored && means_postgresql(options.dbms);
    auto const check = [&](std::optional<bool> result, std::string_view kind, std::string_view text) {
        if (!result && problem.empty())
            problem = std::string(kind) + " \"" + std::string(text) + "\" that cannot be read";
        meant = meant && result.value_or(false);
    };
    strings contexts = what.contexts, labels = what.labels;
    contexts.push_back(options.context);
    labels.push_back(options.labels);
    for (const std::string &context : contexts) check(matches(context, wanted.contexts), "context", context);
    for (const std::string &list : labels) check(passes(wanted, list), "label filter", wanted.label_filter);
    return problem.empty() ? std::optional(meant) : std::nullopt;
}

change_options take_options(std::string_view text) { return option_taker().take(text); }

bool set_property(std::string_view text, const selection &wanted, property_values &values) {
    std::string name, value, context, filter, labels, dbms;
    bool everywhere = true;
    for (const change_option &option : read_options(text)) {
        if (option.key == "name") name = option.value;
        if (option.key == "value") value = option.value;
        if (option.key == "context") context = option.value;
        if (option.key == "contextfilter") filter = option.value;
        if (option.key == "labels") labels = option.value;
        if (option.key == "dbms") dbms = option.value;
        if (option.key == "global") everywhere = equals_word(option.value, "true");
    }
    if (name.empty() || value.empty()) return false;
    bool const meant = means_postgresql(dbms) &&
                       matches(filter.empty() ? context : filter, wanted.contexts).value_or(false) &&
                       passes(wanted, labels).value_or(false);
    if (!meant) return true;
    values.replace(value);
    values.set(name, value, everywhere);
    return true;
}

}   // namespace whisper::script::formats
