#pragma once
// Where a statement that goes over all tables or constraints of the database meets those of whisper_migrate itself.

#include "pg/guard.hpp"
#include "pg/spi.hpp"

#include <unordered_set>

namespace whisper::run {

class own_catalog {
public:
    explicit own_catalog(pg::spi_session &session);
    // How to leave the catalog out, when a relation of it is what the error is about: by its bare name, which leads
    // nowhere, or for want of rights. `last_utility` is the statement that was started last, in a function, too.
    std::string hint_for(const pg::postgres_error &error, std::string_view last_utility) const;

private:
    std::unordered_set<std::string> relations_;
};

}   // namespace whisper::run
