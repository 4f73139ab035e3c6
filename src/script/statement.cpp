#include "script/statement.hpp"

#include "script/object_kind.hpp"

namespace whisper::script {
namespace {

class no_reader final : public statement_reader {
public:
    statement_traits read(std::string_view) const override { return {}; }
};

}   // namespace

const qualified_name *relation_of(const statement_traits &traits) noexcept {
    if (!traits.relation.empty()) return &traits.relation;
    const statement_object *const object = traits.object();
    if (!object) return nullptr;
    if (!object->relation.empty()) return &object->relation;
    return shares_relation_names(object->type) && !object->name.empty() ? &object->name : nullptr;
}

std::string wanted_lock(const statement_traits &traits) {
    static constexpr auto modes = std::to_array<std::string_view>(
        {"AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock",
         "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"});
    const statement_object *const table = traits.object();
    if (!table || traits.lock_level < 1 || traits.lock_level > static_cast<int>(modes.size())) return {};
    std::string text = traits.command + " wants ";
    text += modes[static_cast<std::size_t>(traits.lock_level) - 1];
    return text + " on " + (table->name.schema.empty() ? "" : table->name.schema + ".") + table->name.name;
}

const statement_reader &unread() noexcept {
    static constexpr no_reader reader;
    return reader;
}

}   // namespace whisper::script
