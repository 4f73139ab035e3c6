// Sqitch: sqitch.plan says which changes there are and in which order; each has scripts in deploy, revert and verify.

#include "script/formats/sqitch_record.hpp"

#include "script/formats/folders.hpp"
#include "script/formats/sections.hpp"
#include "script/names.hpp"
#include "script/origin.hpp"
#include "script/splitter.hpp"
#include "script/transaction.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format sqitch;

namespace {

constexpr std::string_view settings_file = "sqitch.conf", default_plan = "sqitch.plan";

clue recognize_sqitch(directory &in) {
    if (has_file(in, std::string(default_plan))) return {certainty::plan, std::string(default_plan), 0};
    if (!has_file(in, std::string(settings_file))) return {};
    std::string plan = read_sqitch_settings(in).plan;
    return has_file(in, plan) ? clue{certainty::plan, std::move(plan), 0} : clue{};
}

[[noreturn]] void refuse_dependency(directory &in, const std::string &plan, const sqitch_change &change,
                                    const std::string &wanted, std::string_view why) {
    refuse(in, sqitch, plan, change.line, "dependency \"" + wanted + "\" " + std::string(why),
           "name a change that stands before it in the plan");
}

// The change that "change", "change@tag" or "@tag" means, of those before position `end`; the end when there is none.
std::size_t find_change(const sqitch_plan &plan, std::string_view wanted, std::size_t end) {
    std::size_t const sign = wanted.find('@');
    std::string_view const name = wanted.substr(0, sign);
    std::size_t from = end;
    if (is_sqitch_change_id(wanted)) return std::min(find_sqitch_change(plan, wanted).value_or(end), end);
    if (sign != wanted.npos) {
        std::string_view const tag = wanted.substr(sign + 1);
        from = 0;
        while (from < end && !plan.changes[from].has_tag(tag)) ++from;
        if (from == end || name.empty()) return from;
        ++from;
    }
    while (from > 0)
        if (plan.changes[--from].name == name) return from;
    return end;
}

strings dependencies(directory &in, const std::string &file, const sqitch_plan &plan, std::size_t at) {
    const sqitch_change &change = plan.changes[at];
    strings ids;
    auto const own = [&](std::string_view text) {
        std::size_t const colon = text.find(':');
        if (colon == text.npos) return text;
        return text.substr(0, colon) == plan.project ? text.substr(colon + 1) : std::string_view();
    };
    for (const std::string &wanted : change.requires_) {
        std::string_view const name = own(wanted);
        if (name.empty()) {   // another project's, which may be another tier of the pack
            std::string_view const other = std::string_view(wanted).substr(wanted.find(':') + 1);
            if (other.find('@') != other.npos)
                refuse_dependency(in, file, change, wanted, "names another project's tag");
            sqitch_change named;
            named.name = other;
            ids.push_back(sqitch_id(named));
            continue;
        }
        std::size_t const found = find_change(plan, name, at);
        if (found == at) refuse_dependency(in, file, change, wanted, "is no change before it");
        ids.push_back(sqitch_id(plan.changes[found]));
    }
    for (const std::string &wanted : change.conflicts) {
        std::string_view const name = own(wanted);
        if (name.empty())
            refuse_dependency(in, file, change, '!' + wanted, "is another project's, where nothing can be looked for");
        if (find_change(plan, name, at) != at)
            refuse_dependency(in, file, change, '!' + wanted, "is in conflict with it");
    }
    return ids;
}

boost::container::vector<entry> list_sqitch(directory &in) {
    sqitch_settings const s = read_sqitch_settings(in);
    sqitch_plan const plan = parse_sqitch_plan(in.content(s.plan), in, s.plan);
    boost::container::vector<entry> found;
    for (std::size_t at = 0; at < plan.changes.size(); ++at) {
        sqitch_scripts const of = find_sqitch_scripts(in, s, plan, at);
        entry made;
        made.id = sqitch_id(plan.changes[at]);
        made.message = plan.changes[at].note;
        made.part = at;
        if (std::string_view const problem = id_problem(made.id); !problem.empty())
            refuse(in, sqitch, s.plan, plan.changes[at].line, "invalid revision id \"" + made.id + '"',
                   std::string(id_hint));
        if (auto const twice = std::ranges::find(found, made.id, &entry::id); twice != found.end())
            refuse(in, sqitch, s.plan, plan.changes[at].line, "second change with the revision id \"" + made.id + '"',
                   "give the change another name; folders become dots, and a change's second place \".2\"");
        if (!has_file(in, of.deploy))
            refuse(in, sqitch, s.plan, plan.changes[at].line,
                   "change \"" + plan.changes[at].name + "\" without a script",
                   "put its file \"" + of.deploy + "\" there");
        made.files.push_back(of.deploy);
        for (const std::string &file : {of.revert, of.verify})
            if (has_file(in, file)) made.files.push_back(file);
        made.files.push_back(s.plan);
        found.push_back(std::move(made));
    }
    return found;
}

// A verify script ends its transaction with ROLLBACK: the engine has one of its own, and rolls it back. Blanks in its
// place keep the lines.
void blank_transaction(std::string &text, std::string_view file) {
    std::string const before = text;
    piece_reader reader(before);
    try {
        for (piece p{}; reader.next(p);) {
            if (p.kind != piece_kind::statement) continue;
            transaction_control const control = control_of(p.text(before));
            if (control == transaction_control::none || control == transaction_control::savepoint) continue;
            for (std::size_t i = p.offset; i < p.offset + p.length; ++i)
                if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
        }
    } catch (lexical_failure &problem) {
        problem.locate(file, problem.line);
        throw;
    }
}

void add(directory &in, section &into, const std::string &file, bool verify) {
    if (!has_file(in, file)) return;
    std::string text = in.script(file);
    if (verify) blank_transaction(text, in.path() + file);
    fill(into, {});
    append_line_marker(into.text, 1, in.path() + file);
    into.text += text;
}

migration read_sqitch(directory &in, const entry &what) {
    sqitch_settings const s = read_sqitch_settings(in);
    sqitch_plan const plan = parse_sqitch_plan(in.content(s.plan), in, s.plan);
    sqitch_scripts const of = find_sqitch_scripts(in, s, plan, what.part);
    migration made = read_whole(in, what);
    add(in, made.down, of.revert, false);
    add(in, made.verify, of.verify, true);
    made.depends_on = dependencies(in, s.plan, plan, what.part);
    return made;
}

}   // namespace

sqitch_settings read_sqitch_settings(directory &in) {
    bool const configured = has_file(in, std::string(settings_file));
    return parse_sqitch_settings(configured ? in.content(std::string(settings_file)) : std::string(), in,
                                 settings_file);
}

sqitch_scripts find_sqitch_scripts(directory &in, const sqitch_settings &s, const sqitch_plan &plan, std::size_t at) {
    std::string const ending = '.' + s.extension, &name = plan.changes[at].name;
    std::size_t next = at + 1;
    while (next < plan.changes.size() && plan.changes[next].name != name) ++next;
    std::string file = '/' + name + ending;
    if (next < plan.changes.size()) {
        strings reworked;
        for (std::size_t i = next; i-- > at;)
            for (const sqitch_tag &tag : plan.changes[i].tags) reworked.push_back('/' + name + '@' + tag.name + ending);
        auto const there =
            std::ranges::find_if(reworked, [&](const std::string &f) { return has_file(in, s.reworked_deploy + f); });
        file = there == reworked.end() ? reworked.front() : *there;
        return {s.reworked_deploy + file, s.reworked_revert + file, s.reworked_verify + file};
    }
    return {s.deploy + file, s.revert + file, s.verify + file};
}

const format sqitch{"sqitch", "Sqitch", recognize_sqitch, list_sqitch, read_sqitch};

}   // namespace whisper::script::formats
