#pragma once
// Where a section's unqualified names lead, statement by statement.

#include "pg/settings.hpp"
#include "pg/values.hpp"
#include "script/statement.hpp"

namespace whisper::session {

// Begins with the caller's search_path, and follows what the statements set.
class search_path {
public:
    search_path();
    void follow(const script::statement_traits &traits);
    // Where such a name makes something new; empty when the path is empty or not told.
    std::string creation_schema() const;
    // The schema of a relation of that name that exists; where there is none, and for other objects, the one where it
    // would be made.
    script::qualified_name place(const script::qualified_name &name, bool relation) const;
    // Whether a relation's name means this one, which may be missing: nothing of its name may stand before it.
    bool leads_to(const script::qualified_name &name, const script::qualified_name &relation) const;

private:
    void set(const std::string &value);

    std::string const user_;
    pg::strings caller_, schemas_;
};

// Makes the path that the statements set the one of this session, for names looked up without running them.
class search_path_scope {
public:
    search_path_scope();
    void follow(const script::statement_traits &traits);

private:
    std::string const caller_;
    pg::settings_scope settings_;
};

// The schemas of a search_path as it is set, "$user" being the name of that role.
pg::strings schemas_of(const std::string &path, const std::string &user);

// The search_path in force as a list that means the same for every role: "$user" is the name that it stands for.
std::string search_path_text();

}   // namespace whisper::session
