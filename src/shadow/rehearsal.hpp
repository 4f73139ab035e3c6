#pragma once
// Looking without touching: an empty database within this one, for as long as a subtransaction lives.

#include "pg/subtransaction.hpp"
#include "session/workspace.hpp"

#include <functional>

namespace whisper::shadow {

// What is known of the schemas that the body works in; names as written, quotes kept.
struct rehearsed_names {
    pg::strings schemas;   // which it makes itself: there must be none
    pg::strings objects;   // what it makes, with its schema where the text gives it
};

// Runs `body` as the caller in a subtransaction where every schema of the user's is renamed out of the way and an
// empty one of that name, with its relocatable extensions, is in its place; event triggers are off. Then rolls
// everything back. Where `body` cannot do without what is in a schema that it makes nothing in, it is run a second time
// with those schemas as they are: it has to begin anew whenever it is called. Returns the error that ended the first
// run, if no other one got through; cancel and shutdown go on upwards. Needs the right to rename the schemas.
std::optional<pg::failed_attempt> rehearse(session::workspace &work, const rehearsed_names &names,
                                           const std::function<void()> &body);

}   // namespace whisper::shadow
