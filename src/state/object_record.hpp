#pragma once
// What a run's events mean for whisper.owned_object. All functions run under pg::engine_scope.

#include "pg/object_watch.hpp"
#include "pg/spi.hpp"
#include "registry/model.hpp"

#include <functional>

namespace whisper::state {

// Takes out what was dropped and renames what was renamed. In the order of the events: an object's identity is the one
// it had when it went, and what is named after a table is renamed with it.
void record_changed_objects(pg::spi_session &session, std::span<const pg::object_event> events);

// Tier and revision that an object made in a step belongs to.
using object_owner = std::function<std::pair<std::string, std::string>(int step, Oid object)>;

// Puts in what was created and is still there.
void record_new_objects(pg::spi_session &session, int64 run, std::span<const pg::object_event> events,
                        const object_owner &owner_of);

// As in whisper.owned_object.
struct owned_object {
    std::string type, identity;
    pg::strings names, arguments;
    std::string schema, name;   // an empty schema: none
    std::string tier, revision, origin;
};

// Puts these in, which exist already, in that order. What somebody owns is left alone or, to `take_over`, changes
// hands.
void own_objects(pg::spi_session &session, int64 run, std::span<const owned_object> objects, bool take_over);

// Both for the events of one revision's section, by which what its way down makes again was there before it.
void record_objects(pg::spi_session &session, int64 run, std::span<const pg::object_event> events,
                    const registry::revision_record &revision, bool up);

}   // namespace whisper::state
