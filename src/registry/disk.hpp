#pragma once
// Directories and files of a pack, by POSIX calls.

#include <boost/container/vector.hpp>

#include <cstdint>
#include <string>

namespace whisper::registry {

struct file_entry {
    std::string name;
    std::int64_t size = 0;    // bytes
    std::int64_t mtime = 0;   // microseconds since 1970
};
using file_entries = boost::container::vector<file_entry>;

// Regular files (symbolic links followed) whose names end in `suffix`, in name order; hidden ones are left out.
// Throws undefined_file when the directory does not exist, io_error otherwise.
file_entries list_files(const std::string &directory, const std::string &suffix);
// Names of subdirectories, in name order, hidden ones left out. Throws likewise.
boost::container::vector<std::string> list_directories(const std::string &directory);
// The whole of a regular file; nothing else is ever opened (a FIFO would block). Throws undefined_file, io_error, and
// program_limit above 1 GB.
std::string read_file(const std::string &path);
// One file's size and time; its name is left empty. Size and time are 0 when it does not exist.
file_entry stat_file(const std::string &path) noexcept;
// Whether `path`, with symbolic links resolved, is below `directory`; true when it does not exist.
bool is_inside(const std::string &path, const std::string &directory);
bool is_file(const std::string &path) noexcept;
bool is_directory(const std::string &path) noexcept;

}   // namespace whisper::registry
