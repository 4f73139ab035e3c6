#include "script/statement.hpp"

#include "script/object_kind.hpp"

namespace whisper::script {
namespace {

class no_reader final : public statement_reader {
public:
    statement_traits read(std::string_view) const override { return {}; }
};

}   // namespace

bool is_relation_type(std::string_view type) noexcept { return shares_relation_names(type); }

bool is_routine_type(std::string_view type) noexcept { return has_arguments(type); }

const qualified_name *relation_of(const statement_traits &traits) noexcept {
    if (!traits.relation.empty()) return &traits.relation;
    const statement_object *const object = traits.object();
    if (!object) return nullptr;
    if (!object->relation.empty()) return &object->relation;
    return is_relation_type(object->type) && !object->name.empty() ? &object->name : nullptr;
}

const statement_reader &unread() noexcept {
    static constexpr no_reader reader;
    return reader;
}

}   // namespace whisper::script
