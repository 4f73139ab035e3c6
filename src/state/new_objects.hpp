#pragma once
// Of everything the server says was created, what stands for itself: a table, but not its columns, row type, keys,
// serial sequences and indexes made in the same step, or in the same statement.

#include "pg/object_watch.hpp"

namespace whisper::state {

class new_objects {
public:
    enum class grain : unsigned char { step, statement };
    explicit new_objects(std::span<const pg::object_event> events, grain together = grain::step);

    bool empty() const noexcept { return classes_.empty(); }
    std::span<const Oid> classes() const noexcept { return {classes_.data(), classes_.size()}; }
    std::span<const Oid> objects() const noexcept { return {objects_.data(), objects_.size()}; }
    std::span<const int32> columns() const noexcept { return {columns_.data(), columns_.size()}; }
    std::span<const int32> steps() const noexcept { return {steps_.data(), steps_.size()}; }
    std::span<const int32> statements() const noexcept { return {statements_.data(), statements_.size()}; }

private:
    boost::container::vector<Oid> classes_, objects_;
    boost::container::vector<int32> columns_, steps_, statements_;
};

}   // namespace whisper::state
