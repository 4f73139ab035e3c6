#include "registry/disk.hpp"

#include "error.hpp"
#include "pg/guard.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace whisper::registry {
namespace {

constexpr std::int64_t largest_file = std::int64_t{1} << 30;   // what a text value can hold

[[noreturn]] void fail(const char *what, const std::string &path) {
    int const code = errno;
    bool const absent = code == ENOENT || code == ENOTDIR;
    throw failure(absent ? sqlstate::undefined_file : sqlstate::io_error,
                  std::string("could not ") + what + " \"" + path + "\": " + strerror(code), {},
                  absent ? "check whisper_migrate.script_location, or set it to '' to use what is registered" : "");
}

struct close_directory {
    void operator()(DIR *d) const noexcept { closedir(d); }
};

class descriptor {
public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(const descriptor &) = delete;
    descriptor &operator=(const descriptor &) = delete;
    ~descriptor() { close(fd_); }
    int get() const noexcept { return fd_; }

private:
    int fd_;
};

// Entries that cannot be what is wanted, by what the directory itself says of them, are not asked for: a stat of each
// file is most of the time that a large directory takes.
template <class Take>
void for_each_entry(const std::string &directory, int wanted, Take take) {
    std::unique_ptr<DIR, close_directory> const open(opendir(directory.c_str()));
    if (!open) fail("open directory", directory);
    for (errno = 0; const dirent *const entry = readdir(open.get()); errno = 0) {
        pg::check_interrupts();   // a directory may have a million of them
        if (entry->d_name[0] == '.') continue;
        bool const told = entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK;
        if (told && DTTOIF(entry->d_type) != wanted) continue;
        struct stat about {};
        // A dangling or looping link is nobody's migration.
        if (fstatat(dirfd(open.get()), entry->d_name, &about, 0) != 0) continue;
        take(entry->d_name, about);
    }
    if (errno != 0) fail("read directory", directory);
}

}   // namespace

file_entries list_files(const std::string &directory, const std::string &suffix) {
    file_entries files;
    for_each_entry(directory, S_IFREG, [&](const char *name, const struct stat &about) {
        std::string_view const n = name;
        if (!S_ISREG(about.st_mode) || !n.ends_with(suffix)) return;
        files.push_back({std::string(n), about.st_size,
                         std::int64_t{about.st_mtim.tv_sec} * 1000000 + about.st_mtim.tv_nsec / 1000});
    });
    std::sort(files.begin(), files.end(), [](const file_entry &a, const file_entry &b) { return a.name < b.name; });
    return files;
}

boost::container::vector<std::string> list_directories(const std::string &directory) {
    boost::container::vector<std::string> names;
    for_each_entry(directory, S_IFDIR, [&](const char *name, const struct stat &about) {
        if (S_ISDIR(about.st_mode)) names.emplace_back(name);
    });
    std::sort(names.begin(), names.end());
    return names;
}

std::string read_file(const std::string &path) {
    descriptor const file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (file.get() < 0) fail("open file", path);
    struct stat about {};
    if (fstat(file.get(), &about) != 0) fail("stat file", path);
    if (!S_ISREG(about.st_mode)) throw failure(sqlstate::io_error, "\"" + path + "\" is not a regular file");
    if (about.st_size >= largest_file)
        throw failure(sqlstate::program_limit, "file \"" + path + "\" is too large",
                      "It has " + std::to_string(about.st_size) + " bytes; the limit is 1 GB.", "split it");
    std::string content(static_cast<std::size_t>(about.st_size), '\0');
    std::size_t done = 0;
    while (done < content.size()) {
        ssize_t const n = read(file.get(), content.data() + done, content.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail("read file", path);
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    content.resize(done);
    return content;
}

file_entry stat_file(const std::string &path) noexcept {
    struct stat about {};
    if (stat(path.c_str(), &about) != 0) return {};
    return {{}, about.st_size, std::int64_t{about.st_mtim.tv_sec} * 1000000 + about.st_mtim.tv_nsec / 1000};
}

bool is_inside(const std::string &path, const std::string &directory) {
    struct release {
        void operator()(char *text) const noexcept { std::free(text); }
    };
    std::unique_ptr<char, release> const whole(realpath(path.c_str(), nullptr)),
        root(realpath(directory.c_str(), nullptr));
    if (!whole || !root) return true;
    return std::string_view(whole.get()).starts_with(std::string(root.get()) + "/");
}

bool is_file(const std::string &path) noexcept {
    struct stat about {};
    return stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

bool is_directory(const std::string &path) noexcept {
    struct stat about {};
    return stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

}   // namespace whisper::registry
