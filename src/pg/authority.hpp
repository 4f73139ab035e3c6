#pragma once
// With whose rights SQL runs that one role wrote and another one calls: nobody is to lend his rights by calling it.

#include "pg/guard.hpp"
#include "pg/session_locks.hpp"

namespace whisper::pg {

// Who answers for a text: a role, by name and by OID. Both must fit, since another role may have got the name.
struct author {
    std::string name;        // empty: nobody in particular
    Oid role = InvalidOid;   // none: of a time when names alone were kept
    bool operator==(const author &) const = default;
};

// Whose rights are in force.
author current_author();
// Who is at work: SET ROLE counts, the engine's own change of rights does not.
author session_author();

enum class authority : unsigned char {
    callers,    // the author may do all that the caller may: as the caller
    confined,   // likewise, but the session's roles may do more: as the caller, who cannot change to another role
    author,     // the caller may do more than the author, and act as him: it would have to run as the author
    none        // neither has the other's rights, or the author is gone
};

// An empty author is nobody in particular: whoever could name the directory that it comes from is trusted. Without an
// OID only the bootstrap superuser's name counts: no other role can get that one's place.
authority authority_of(const author &writer);
// The same for a role that owns something now.
authority authority_of_owner(Oid owner);

// Whether the caller may put another text in the place of this author's: he has the author's rights. What the
// author could do who is gone, or has another name or OID now, nobody knows: that takes a superuser. A file's text
// belongs to who may name directories.
bool may_replace(const author &writer);

// Runs what is inside with the rights that `how` says; none is not for running. But for callers, the advisory locks
// of the session are out of reach.
class authority_scope {
public:
    authority_scope(authority how, const author &writer);
    authority_scope(authority how, Oid owner);
    authority_scope(const authority_scope &) = delete;
    authority_scope &operator=(const authority_scope &) = delete;
    ~authority_scope() { SetUserIdAndSecContext(user_, security_); }

private:
    Oid user_ = InvalidOid;
    int security_ = 0;
    session_locks_closed const locks_;
};

}   // namespace whisper::pg
