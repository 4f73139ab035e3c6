#pragma once
// With whose rights SQL runs that one role wrote and another one calls: nobody is to lend his rights by calling it.

#include "pg/guard.hpp"

namespace whisper::pg {

enum class authority : unsigned char {
    callers,    // the author may do all that the caller may: as the caller
    confined,   // likewise, but the session's roles may do more: as the caller, who cannot change to another role
    authors,    // the caller may do more than the author, and act as him: it would have to run as the author
    nobodys     // neither has the other's rights, or the author is gone
};

// An empty author is nobody in particular: whoever could name the directory that it comes from is trusted.
authority authority_of(const std::string &author);

// Runs what is inside with the rights that `how` says; nobodys is not for running.
class authority_scope {
public:
    authority_scope(authority how, const std::string &author);
    authority_scope(const authority_scope &) = delete;
    authority_scope &operator=(const authority_scope &) = delete;
    ~authority_scope() { SetUserIdAndSecContext(user_, security_); }

private:
    Oid user_ = InvalidOid;
    int security_ = 0;
};

}   // namespace whisper::pg
