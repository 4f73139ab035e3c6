#pragma once
// Which of Liquibase's change sets are meant, and the values of their placeholders.

#include "script/migration.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace whisper::script::formats {

// "a and (b or !c)", where a comma is "or", over items; letter case does not count, and without items everything holds.
// Nothing for what is no such expression.
std::optional<bool> matches_expression(std::string_view expression, const strings &items);

// "a, b" as a list, blanks around its parts left out.
strings parts_of(std::string_view list);

// "postgresql,h2", "!h2", "all", "none": whether PostgreSQL is meant.
bool means_postgresql(std::string_view list);

// Properties: the first value that a name is given is it.
class property_values {
public:
    explicit property_values(std::map<std::string, std::string> given) : everywhere_(std::move(given)) {}
    void set(const std::string &name, const std::string &value, bool everywhere);
    // Those that were set for one file only end with it.
    void begin_file() { here_.clear(); }
    // Puts values in the places of "${name}". True when there was any placeholder, with a value or without.
    bool replace(std::string &text) const;

private:
    const std::string *find(const std::string &name) const;
    std::map<std::string, std::string> everywhere_, here_;
};

// "${:name}" is how a placeholder is written that is none.
void restore_escaped(std::string &text);
// The line of the first placeholder outside of comments, in `script`; 0 when there is none. Throws lexical_failure.
int find_open_placeholder(std::string_view script, std::string &name);

}   // namespace whisper::script::formats
