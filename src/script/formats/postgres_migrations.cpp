// postgres-migrations: 1-name.sql, 2_name.sql, …, numbered from 1 without a gap; the line
// "-- postgres-migrations disable-transaction" anywhere in a file.

#include "error.hpp"
#include "script/characters.hpp"
#include "script/formats/lines.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"
#include "script/names.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format postgres_migrations;

namespace {

constexpr std::string_view disable_transaction = "-- postgres-migrations disable-transaction";

clue recognize_postgres_migrations(directory &in) {
    return find_marker(in, [](std::string_view body) { return body.starts_with("postgres-migrations "); });
}

entry postgres_migrations_entry(directory &in, const std::string &file) {
    std::string_view stem = std::string_view(file).substr(0, file.size() - 4);
    auto const digits = static_cast<std::size_t>(std::ranges::find_if_not(stem, is_digit) - stem.begin());
    if (digits == 0)
        refuse(in, postgres_migrations, file, 0, "name without a number",
               "name it like \"1_name.sql\", or move it elsewhere");
    entry made;
    made.id = stem.substr(0, digits);
    stem.remove_prefix(digits);
    if (stem.starts_with('-') || stem.starts_with('_')) stem.remove_prefix(1);
    made.message = stem;
    std::ranges::replace(made.message, '_', ' ');
    made.files.push_back(file);
    if (std::string_view const problem = id_problem(made.id); !problem.empty())
        refuse(in, postgres_migrations, file, 0, "invalid revision id \"" + made.id + '"', std::string(id_hint));
    return made;
}

boost::container::vector<entry> list_postgres_migrations(directory &in) {
    boost::container::vector<entry> found;
    for (const std::string &file : in.list().files)
        if (file.ends_with(".js") && is_digit(file.front()))
            refuse(in, postgres_migrations, file, 0, "migration in JavaScript",
                   "write the SQL that it generates into a .sql file of that name");
    for (const std::string &file : sql_files(in)) found.push_back(postgres_migrations_entry(in, file));
    std::ranges::stable_sort(found, [](const entry &a, const entry &b) { return compare_numbers(a.id, b.id) < 0; });
    std::size_t expected = 1;
    for (std::size_t i = 0; i < found.size(); ++i, ++expected) {
        if (i > 0 && compare_numbers(found[i].id, found[i - 1].id) == 0)
            throw failure(sqlstate::duplicate_revision,
                          "files \"" + in.path() + found[i - 1].files.front() + "\" and \"" + in.path() +
                              found[i].files.front() + "\" have the same version",
                          "Versions are compared as numbers.", "give one of them another one");
        if (compare_numbers(found[i].id, std::to_string(expected)) != 0)
            refuse(in, postgres_migrations, found[i].files.front(), 0, "number out of its turn",
                   "the tool wants numbers from 1 without a gap: here it is the turn of " + std::to_string(expected));
    }
    return found;
}

migration read_postgres_migrations(directory &in, const entry &what) {
    migration made = read_whole(in, what);
    made.up.transactional = made.up.text.find(disable_transaction) == std::string::npos;
    return made;
}

}   // namespace

const format postgres_migrations{"postgres_migrations",    "postgres-migrations",    recognize_postgres_migrations,
                                 list_postgres_migrations, read_postgres_migrations, true};

}   // namespace whisper::script::formats
