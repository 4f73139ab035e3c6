#pragma once
// The rows of schema whisper are the engine's to write: a migration that goes over all tables must not reach them,
// whoever runs it.

namespace whisper::pg {

// While one lives, the engine itself is at work.
class engine_at_work {
public:
    engine_at_work() noexcept;
    engine_at_work(const engine_at_work &) = delete;
    engine_at_work &operator=(const engine_at_work &) = delete;
    ~engine_at_work();
};

// From now on a statement within a run (see object_watch::protect_extension()) that would write to a table of schema
// whisper raises 55006. Called once, when the module is loaded.
void install_rows_hook();

}   // namespace whisper::pg
