// The module itself: what happens when the server loads it.

#include "interrupts.hpp"
#include "pg/configuration.hpp"
#include "pg/guard.hpp"
#include "pg/object_watch.hpp"
#include "pg/own_rows.hpp"
#include "pg/session_locks.hpp"
#include "pg/utility_watch.hpp"

extern "C" {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"   // PostgreSQL 18's macro
PG_MODULE_MAGIC;
#pragma GCC diagnostic pop

PGDLLEXPORT void _PG_init(void);

void _PG_init(void) {
    whisper::interrupt_hook = whisper::pg::check_interrupts;
    whisper::pg::define_settings();
    whisper::pg::object_watch::install_hook();
    whisper::pg::session_locks_closed::install_hook();
    whisper::pg::install_utility_hook();
    whisper::pg::install_rows_hook();
}
}
