#pragma once
// Relations by name, as the current search_path finds them.

#include "pg/guard.hpp"

namespace whisper::pg {

// A name as written in SQL, possibly qualified and quoted; InvalidOid when there is no such relation or the name is
// not one. Takes no lock.
Oid find_relation(const std::string &written_name);

}   // namespace whisper::pg
