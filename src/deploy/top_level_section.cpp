#include "deploy/worker.hpp"

#include <sstream>

namespace whisper::deploy {

std::string top_level_section::to_text() const {
    std::ostringstream out;
    out << run << ' ' << number << ' ' << steps << ' ' << revision << ' ' << up << ' ' << allow_data_loss << ' '
        << limits.lock_timeout << ' ' << limits.max_wait;
    return out.str();
}

top_level_section top_level_section::from_text(const std::string &text) {
    top_level_section s{};
    std::istringstream in(text);
    in >> s.run >> s.number >> s.steps >> s.revision >> s.up >> s.allow_data_loss >> s.limits.lock_timeout >>
        s.limits.max_wait;
    return s;
}

}   // namespace whisper::deploy
