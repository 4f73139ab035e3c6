#pragma once
// SHA-1 (FIPS 180-4), by which Sqitch names its changes. Nothing here is kept safe by it.

#include <string>
#include <string_view>

namespace whisper::script {

// As 40 hexadecimal digits.
std::string sha1(std::string_view bytes);

}   // namespace whisper::script
