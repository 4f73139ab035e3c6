#include "script/formats/liquibase_order.hpp"

#include "script/characters.hpp"
#include "script/formats/folders.hpp"
#include "script/formats/liquibase_log.hpp"
#include "script/formats/names.hpp"
#include "script/pack_path.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace whisper::script::formats {

extern const format liquibase;

namespace {

constexpr int deepest_include = 16;
constexpr std::size_t largest_log = 1 << 20;
constexpr std::string_view order_hint =
    "write the change set as formatted SQL, or put the change logs in SQL into a directory of their own, where they "
    "are "
    "read in the order of their names";

bool ends_with(std::string_view file, std::string_view ending) {
    return file.size() > ending.size() && equals_word(file.substr(file.size() - ending.size()), ending);
}

// JSON, XML and YAML may be anything else's.
bool is_log(directory &in, const std::string &file) {
    for (std::string_view const ending : {".xml", ".yaml", ".yml", ".json"}) {
        if (!ends_with(file, ending)) continue;
        std::string const text = in.content(file);
        return text.size() <= largest_log && text.find("databaseChangeLog") != text.npos;
    }
    return false;
}

log_items read_log(directory &in, const std::string &file) {
    std::string const text = in.content(file);
    try {
        if (ends_with(file, ".xml")) return read_xml_log(text);
        return ends_with(file, ".json") ? read_json_log(text) : read_yaml_log(text);
    } catch (const log_problem &problem) {
        refuse(in, liquibase, file, problem.line, problem.message,
               "write \"include\" and \"includeAll\" in the plain form of the format; no more is read of it");
    }
}

std::string get(const log_item &item, std::initializer_list<std::string_view> keys) {
    for (std::string_view const key : keys)
        for (const auto &[name, value] : item.options)
            if (name == key && !value.empty()) return value;
    return {};
}

bool is_true(const log_item &item, std::string_view key) { return equals_word(get(item, {key}), "true"); }

bool set_log_property(const log_item &item, const selection &wanted, property_values &values) {
    std::string text;
    for (const auto &[key, value] : item.options)
        if (!value.empty()) text += key + ":\"" + value + "\" ";
    return get(item, {"value"}).find('"') == std::string::npos && set_property(text, wanted, values);
}

class order_reader {
public:
    explicit order_reader(directory &in) : in_(in) {}

    // The log that no other includes; empty when there is none.
    std::string find_root() {
        boost::container::vector<std::string> logs;
        for (const std::string &file : in_.list().files)
            if (is_log(in_, file)) logs.push_back(file);
        if (logs.size() < 2) return logs.empty() ? std::string() : logs.front();
        std::set<std::string> included;
        for (const std::string &log : logs)
            for (std::string &file : files_of(log))
                if (file != log) included.insert(std::move(file));
        boost::container::vector<std::string> roots;
        for (const std::string &log : logs)
            if (!included.contains(log)) roots.push_back(log);
        if (roots.size() != 1)
            refuse(in_, liquibase, roots.empty() ? logs.front() : roots.back(), 0,
                   roots.empty() ? "change logs that include one another" : "second change log that no other includes",
                   "leave one in the directory that includes the others");
        return roots.front();
    }

    void follow(const included_file &log, int depth) {
        if (depth > deepest_include)
            refuse(in_, liquibase, log.file, 0, "change log that includes itself", "take the include out");
        found_.push_back({log, true});
        for (const log_item &item : read_log(in_, log.file)) {
            if (item.kind == "include")
                add(log, item, require_file(log.file, item), depth);
            else if (item.kind == "includeAll")
                for (const std::string &file : files_in(log.file, item)) add(log, item, file, depth);
            else
                refuse_other(log.file, item);
        }
    }

    boost::container::vector<ordered_file> take() { return std::move(found_); }

private:
    using included_files = boost::container::vector<std::string>;

    included_files files_of(const std::string &log) {
        included_files found;
        for (const log_item &item : read_log(in_, log)) {
            if (item.kind == "include") found.push_back(require_file(log, item));
            if (item.kind == "includeAll")
                for (std::string &file : files_in(log, item)) found.push_back(std::move(file));
        }
        return found;
    }

    void add(const included_file &log, const log_item &item, const std::string &file, int depth) {
        included_file made = log;
        made.file = file;
        made.plain = true;
        made.ignored = log.ignored || is_true(item, "ignore");
        if (std::string context = get(item, {"contextFilter", "context"}); !context.empty())
            made.contexts.push_back(std::move(context));
        if (std::string labels = get(item, {"labels"}); !labels.empty()) made.labels.push_back(std::move(labels));
        if (ends_with(file, ".sql"))
            found_.push_back({std::move(made), false});
        else if (is_log(in_, file))
            follow(made, depth + 1);
        else if (item.kind == "include")
            refuse(in_, liquibase, log.file, item.line, "include of file \"" + file + "\", which is no change log",
                   "include formatted SQL, or change logs in XML, YAML or JSON");
    }

    // Paths begin at some folder above the directory, or beside the log that names them.
    std::string resolve(const std::string &log, const log_item &item, std::string name,
                        bool (*is_there)(directory &, const std::string &)) {
        constexpr std::string_view scheme = "classpath:";
        if (name.starts_with(scheme)) name.erase(0, scheme.size());
        std::ranges::replace(name, '\\', '/');
        while (name.ends_with('/')) name.pop_back();
        if (is_true(item, "relativeToChangelogFile")) {
            auto const path = inside(folder_of(log), name);
            return path && is_there(in_, *path) ? *path : std::string(1, '/');
        }
        while (name.starts_with('/')) name.erase(0, 1);
        std::string found(1, '/');
        for (auto path = inside({}, name); path; path = shorter(*path)) {
            if (!is_there(in_, *path)) continue;
            if (found != "/")
                refuse(in_, liquibase, log, item.line,
                       "path \"" + name + "\" that may be \"" + found + "\" and \"" + *path + '"',
                       "write relativeToChangelogFile, and the path from the change log");
            found = *path;
        }
        return found;
    }

    // path_in_pack() has no name for the directory itself.
    static std::optional<std::string> inside(std::string_view folder, const std::string &name) {
        if (name.empty() || name == ".") return std::string(folder);
        return path_in_pack(folder, name);
    }

    static std::optional<std::string> shorter(const std::string &path) {
        std::size_t const slash = path.find('/');
        return slash == path.npos ? std::nullopt : std::optional(path.substr(slash + 1));
    }

    std::string require_file(const std::string &log, const log_item &item) {
        std::string const name = get(item, {"file"});
        std::string path = name.empty() ? "/" : resolve(log, item, name, has_file);
        if (path == "/")
            refuse(in_, liquibase, log, item.line, "include of file \"" + name + "\", which is not in the directory",
                   "put it there, or name it by its path from the change log, with relativeToChangelogFile");
        return path;
    }

    // All below the folder, by their paths.
    included_files files_in(const std::string &log, const log_item &item) {
        for (std::string_view const key : {"filter", "resourceFilter", "resourceComparator", "minDepth", "maxDepth"})
            if (!get(item, {key}).empty())
                refuse(in_, liquibase, log, item.line, "option \"" + std::string(key) + "\" of includeAll",
                       "take it out, and name the files one by one");
        std::string const name = get(item, {"path"});
        std::string const folder = name.empty() ? "/" : resolve(log, item, name, has_folder);
        if (folder == "/") {
            if (equals_word(get(item, {"errorIfMissingOrEmpty"}), "false")) return {};
            refuse(in_, liquibase, log, item.line, "includeAll of \"" + name + "\", which is not in the directory",
                   "put it there, or name it by its path from the change log, with relativeToChangelogFile");
        }
        included_files found;
        gather(folder, get(item, {"endsWithFilter"}), 0, found);
        std::ranges::sort(found);
        return found;
    }

    void gather(const std::string &folder, const std::string &ending, int depth, included_files &found) {
        if (depth > deepest_include)
            refuse(in_, liquibase, folder, 0, "folders too deep in one another",
                   "take out the link that leads back up");
        listing const inside = in_.list(folder);
        std::string const before = folder.empty() ? folder : folder + '/';
        for (const std::string &file : inside.files)
            if (file.ends_with(ending)) found.push_back(before + file);
        for (const std::string &below : inside.folders) gather(before + below, ending, depth + 1, found);
    }

    void refuse_other(const std::string &log, const log_item &item) const {
        if (item.kind == "property") {
            property_values none(std::map<std::string, std::string>{});
            if (get(item, {"file"}).empty() && set_log_property(item, {}, none)) return;
            refuse(in_, liquibase, log, item.line, "property that cannot be read",
                   "write it with \"name\" and \"value\"");
        }
        if (item.kind == "logicalFilePath") return;
        if (item.kind != "changeSet")
            refuse(in_, liquibase, log, item.line, '"' + item.kind + "\" of a change log", "take it out");
        std::string what;
        for (const std::string &part : item.parts)
            if (what.empty() && part != "comment" && part != "rollback" && part != "preConditions" &&
                part != "validCheckSum")
                what = part;
        if (what == "tagDatabase" && item.parts.size() == 1) return;   // it changes nothing
        refuse(in_, liquibase, log, item.line,
               "change set \"" + get(item, {"author"}) + ':' + get(item, {"id"}) + "\" with \"" + what + '"',
               std::string(order_hint));
    }

    directory &in_;
    boost::container::vector<ordered_file> found_;
};

}   // namespace

std::string find_log(directory &in) {
    for (const std::string &file : in.list().files)
        if (is_log(in, file)) return file;
    return {};
}

boost::container::vector<ordered_file> order_files(directory &in) {
    order_reader reader(in);
    if (std::string const root = reader.find_root(); !root.empty()) {
        included_file log;
        log.file = root;
        reader.follow(log, 0);
        return reader.take();
    }
    refuse_below(
        in, liquibase, [&](const std::string &file) { return ends_with(file, ".sql") || is_log(in, file); },
        "put it beside the others, or include it in a change log in XML, YAML or JSON");
    boost::container::vector<ordered_file> found;
    for (const std::string &file : sql_files(in)) {
        if (!is_formatted_sql(in.content(file)))
            refuse(in, liquibase, file, 0, "no formatted SQL", "write \"--liquibase formatted sql\" as its first line");
        ordered_file &made = found.emplace_back();
        made.file.file = file;
    }
    return found;
}

void read_log_properties(directory &in, const std::string &file, property_values &values) {
    for (const log_item &item : read_log(in, file))
        if (item.kind == "property") set_log_property(item, in.selected(), values);
}

}   // namespace whisper::script::formats
