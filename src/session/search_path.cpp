#include "session/search_path.hpp"

#include "pg/parse.hpp"
#include "pg/relation.hpp"
#include "pg/settings.hpp"

#include <algorithm>

namespace whisper::session {
namespace {

bool exists(const std::string &schema, const std::string &name) {
    return pg::find_relation(pg::to_text({schema, name})) != InvalidOid;
}

}   // namespace

pg::strings schemas_of(const std::string &path, const std::string &user) {
    pg::strings schemas = pg::parse_names(path);
    std::replace(schemas.begin(), schemas.end(), std::string("$user"), user);
    return schemas;
}

search_path::search_path() : user_(pg::current_user_name()) {
    set(pg::setting("search_path"));
    caller_ = schemas_;
}

void search_path::set(const std::string &value) { schemas_ = schemas_of(value, user_); }

void search_path::follow(const script::statement_traits &traits) {
    for (const script::setting_change &s : traits.settings) {
        if (s.name != "search_path" && s.name != "all") continue;
        if (s.value)
            set(*s.value);
        else
            schemas_ = caller_;
    }
}

std::string search_path::creation_schema() const {
    auto const there = [](const std::string &schema) { return pg::find_schema(schema.c_str()) != InvalidOid; };
    auto const first = std::find_if(schemas_.begin(), schemas_.end(), there);
    return first == schemas_.end() ? std::string() : *first;
}

script::qualified_name search_path::place(const script::qualified_name &name, bool relation) const {
    if (!name.schema.empty() || name.empty()) return name;
    if (relation)
        for (const std::string &schema : schemas_)
            if (exists(schema, name.name)) return {schema, name.name};
    return {creation_schema(), name.name};
}

bool search_path::leads_to(const script::qualified_name &name, const script::qualified_name &relation) const {
    if (name.name != relation.name) return false;
    if (!name.schema.empty()) return name.schema == relation.schema;
    for (const std::string &schema : schemas_) {
        if (schema == relation.schema) return true;
        if (exists(schema, name.name)) return false;
    }
    return false;
}

search_path_scope::search_path_scope() : caller_(pg::setting("search_path")) {}

void search_path_scope::follow(const script::statement_traits &traits) {
    for (const script::setting_change &s : traits.settings)
        if (s.name == "search_path" || s.name == "all")
            settings_.set("search_path", s.value ? s.value->c_str() : caller_.c_str());
}

std::string search_path_text() {
    std::string value = pg::setting("search_path");
    pg::strings const written = pg::parse_names(value);
    if (std::find(written.begin(), written.end(), "$user") == written.end()) return value;
    std::string list;
    for (const std::string &schema : schemas_of(value, pg::current_user_name()))
        list += (list.empty() ? "" : ", ") + pg::to_text({{}, schema});
    return list;
}

}   // namespace whisper::session
