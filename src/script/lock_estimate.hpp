#pragma once
// How many locks a section keeps until its transaction ends.

#include "script/program.hpp"

namespace whisper::script {

// Told from the text: a lock for every table, index, sequence and view that it creates, those that come with a table's
// keys, serial and identity columns and long values included. What a function or a DO block creates is not seen.
// O(length).
int locks_of(const action &statement);

}   // namespace whisper::script
