#pragma once
// COPY … FROM stdin with the rows at hand.

#include "pg/guard.hpp"

namespace whisper::pg {

// Runs the COPY statement `sql` (as for COPY … FROM stdin) over `data`. Rights are checked as for any COPY.
// Returns the number of rows. Memory is that of one row, whatever the size of the block.
uint64 copy_in(const std::string &sql, std::string_view data);

}   // namespace whisper::pg
