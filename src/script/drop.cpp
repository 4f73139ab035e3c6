#include "script/drop.hpp"

#include "script/object_types.hpp"

namespace whisper::script {

strings dropped_names(std::string_view statement) {
    strings names;
    cursor at(statement);
    if (!at.accept("drop")) return names;
    at.accept("procedural");
    if (accept_object_type(at).empty()) return names;
    at.accept("concurrently");
    if (at.accept("if")) at.accept("exists");
    do {
        std::string name = accept_object_name(at);
        if (name.empty()) return names;
        names.push_back(std::move(name));
        if (at.at_punctuation('(')) at.skip_item();   // a function's argument types
    } while (at.accept_punctuation(','));
    return names;
}

}   // namespace whisper::script
