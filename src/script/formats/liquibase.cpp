// Liquibase's formatted SQL: files cut into change sets, in the order of their names, or as a change log in another
// format includes them.

#include "script/formats/liquibase_order.hpp"
#include "script/formats/names.hpp"

#include <map>

namespace whisper::script::formats {

extern const format liquibase;

namespace {

clue recognize_liquibase(directory &in) {
    if (std::string log = find_log(in); !log.empty()) return {certainty::plan, std::move(log), 0};
    return find_marker(in, [](std::string_view body) { return body.starts_with("liquibase formatted"); });
}

// Two change sets may come to the same id, as characters that no id has are replaced.
void require_unique(directory &in, std::map<std::string, std::string> &taken, const std::string &file,
                    const change_set &set) {
    auto const [at, added] = taken.try_emplace(set.made.id, file + "\", line " + std::to_string(set.line));
    if (!added)
        refuse(in, liquibase, file, set.line,
               "change set with the revision id \"" + set.made.id + "\" of that in file \"" + in.path() + at->second,
               "give one of them another id, of letters, digits, \"_\", \"-\" and \".\"");
}

// Change sets that run again are a tier of their own, and stand in their place among the others all the same.
class lister {
public:
    explicit lister(directory &in) : in_(in), values_(in.placeholders()) {}

    boost::container::vector<entry> list() {
        for (const ordered_file &file : order_files(in_)) {
            if (file.is_log) {
                read_log_properties(in_, file.file.file, values_);
                definers_.push_back(file.file.file);
                continue;
            }
            change_log const log = read_change_log(in_, file.file, values_);
            for (std::size_t i = 0; i < log.sets.size(); ++i)
                if (log.sets[i].ours) add(file.file.file, log.sets[i], i);
            if (log.has_properties) definers_.push_back(file.file.file);
        }
        return std::move(found_);
    }

private:
    void add(const std::string &file, const change_set &set, std::size_t part) {
        require_unique(in_, taken_, file, set);
        entry made;
        made.id = set.made.id;
        made.message = set.made.message;
        made.files.push_back(file);
        if (set.has_placeholders)
            for (const std::string &definer : definers_) made.files.push_back(definer);
        made.part = part;
        made.repeatable = set.repeats;
        // Each stands on the one before it, but for those that run once on one another, as these follow in any case.
        made.depends_on = set.repeats || after_repeatable_ ? last_ : strings();
        after_repeatable_ = set.repeats;
        last_.assign(1, set.made.id);
        found_.push_back(std::move(made));
    }

    directory &in_;
    property_values values_;
    boost::container::vector<std::string> definers_;   // of properties
    boost::container::vector<entry> found_;
    std::map<std::string, std::string> taken_;
    strings last_;
    bool after_repeatable_ = false;
};

boost::container::vector<entry> list_liquibase(directory &in) { return lister(in).list(); }

migration read_liquibase(directory &in, const entry &what) {
    property_values values(in.placeholders());
    for (std::size_t i = 1; i < what.files.size(); ++i) {
        if (what.files[i].ends_with(".sql"))
            read_properties(in, what.files[i], values);
        else
            read_log_properties(in, what.files[i], values);
    }
    included_file file;
    file.file = what.files.front();
    file.plain = true;
    return std::move(read_change_log(in, file, values, what.part).sets[what.part].made);
}

}   // namespace

const format liquibase{"liquibase", "Liquibase", recognize_liquibase, list_liquibase, read_liquibase};

}   // namespace whisper::script::formats
