#include "run/own_catalog.hpp"

#include "pg/object_watch.hpp"
#include "pg/parse.hpp"
#include "pg/settings.hpp"
#include "script/object_kind.hpp"

namespace whisper::run {
namespace {

constexpr std::string_view own_schema = "whisper";

template <class Holds>
bool names_relation(const script::statement_traits &traits, Holds holds) {
    for (const script::statement_object &object : traits.objects)
        if (holds(object.relation) || (script::shares_relation_names(object.type) && holds(object.name))) return true;
    for (const script::qualified_name &name : traits.references)
        if (holds(name)) return true;
    return holds(traits.relation);
}

}   // namespace

own_catalog::own_catalog(pg::spi_session &session) {
    pg::engine_scope const scope;
    pg::rows const rows =
        session.query_catalog("SELECT relname::text FROM pg_class WHERE relnamespace = 'whisper'::regnamespace");
    for (std::size_t i = 0; i < rows.size(); ++i) relations_.insert(rows.text(i, 0));
}

std::string own_catalog::hint_for(const pg::postgres_error &error, std::string_view last_utility) const {
    const ErrorData &data = error.data();
    bool const undefined = data.sqlerrcode == ERRCODE_UNDEFINED_TABLE;
    bool const needed = data.sqlerrcode == ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST;   // the server's: drop the extension
    if (!undefined && !needed && data.sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE) return {};
    if (data.hint && !needed) return {};
    std::string_view const statement = data.internalquery ? std::string_view(data.internalquery) : last_utility;
    if (statement.empty()) return {};
    script::statement_traits const traits = pg::server_parser().read(statement);
    if (!names_relation(traits, [&](const script::qualified_name &name) {
            return name.schema == (undefined ? std::string_view() : own_schema) && relations_.contains(name.name);
        }))
        return {};
    return std::string(
               "Schema \"whisper\" has a relation of that name: where a statement goes over all of them, leave it "
               "out, ") +
           pg::without_own_catalog + ".";
}

}   // namespace whisper::run
