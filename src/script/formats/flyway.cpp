// Flyway: V1.2__name.sql, U1.2__name.sql, R__name.sql, and ${placeholders}.

#include "script/formats/version_names.hpp"

namespace whisper::script::formats {
namespace {

clue recognize_flyway(directory &in) { return recognize_versions(in, migration_tool::flyway); }

void replace_placeholders(std::string &text, const std::map<std::string, std::string> &values) {
    std::size_t at = 0;
    while ((at = text.find("${", at)) != std::string::npos) {
        std::size_t const close = text.find('}', at);
        auto const value = close == std::string::npos ? values.end() : values.find(text.substr(at + 2, close - at - 2));
        if (value == values.end()) {
            at += 2;
            continue;
        }
        text.replace(at, close + 1 - at, value->second);
        at += value->second.size();
    }
}

// What it is given, with values in the places of placeholders.
class filled final : public directory {
public:
    explicit filled(directory &all) : all_(all) {}
    const std::string &path() const override { return all_.path(); }
    const listing &list(const std::string &folder) override { return all_.list(folder); }
    std::string content(const std::string &file) override { return fill_in(all_.content(file), file); }
    std::string script(const std::string &file) override { return fill_in(all_.script(file), file); }
    const std::map<std::string, std::string> &placeholders() const override { return all_.placeholders(); }

private:
    std::string fill_in(std::string text, const std::string &file) const {
        replace_placeholders(text, placeholders());
        require_no_placeholders(text, path() + file);
        return text;
    }
    directory &all_;
};

migration read_flyway(directory &in, const entry &what) {
    filled values(in);
    return read_pair(values, what);
}

}   // namespace

extern const format flyway;
const format flyway{"flyway", "Flyway", recognize_flyway, list_versions, read_flyway};

}   // namespace whisper::script::formats
