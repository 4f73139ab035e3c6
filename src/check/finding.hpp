#pragma once
// One line of whisper_verify().

#include <boost/container/vector.hpp>

#include <string>

namespace whisper::check {

struct finding {
    std::string check_name, subject;
    bool ok = true;
    std::string detail;
    std::string hint;   // the command that mends it; empty when ok
};
using findings = boost::container::vector<finding>;

}   // namespace whisper::check
