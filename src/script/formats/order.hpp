#pragma once
// Files whose names have another order than the numbers that they begin with.

#include <boost/container/vector.hpp>

#include <optional>
#include <string>

namespace whisper::script::formats {

// Two files, one behind the other, for which the orders differ.
struct order_note {
    bool by_number;   // numbers count; otherwise the bytes of the names do
    std::string first, second;
};

// `files` in the order that counts; the letter of "V2__name.sql" is no part of the number. Nothing where both orders
// are the same, or the names begin with no numbers.
std::optional<order_note> find_order(const boost::container::vector<std::string> &files);

}   // namespace whisper::script::formats
