#include "run/explain.hpp"

#include "pg/parse.hpp"
#include "pg/procedure.hpp"

#include <algorithm>

namespace whisper::run {
namespace {

// What hangs on a relation has a name there alone.
std::string known_as(const script::statement_object &object) {
    return object.relation.empty() ? object.name.name : object.name.name + " of " + object.relation.name;
}

std::string file_of(const registry::registry &r, const std::string &revision) {
    for (const registry::revision_record &record : r.revisions)
        if (record.revision == revision && !record.file.empty())
            return "revision \"" + revision + "\" (file \"" + record.file + "\")";
    return "revision \"" + revision + "\"";
}

// What exists may be an applied revision's whose file has another name now; its text is not to be taken over again.
std::string renamed_hint(const registry::registry &r, const registry::revision_record &revision) {
    std::string ids, gone;
    int count = 0;
    for (const registry::revision_record &old : r.revisions) {
        if (!old.missing || old.tier != revision.tier || !r.find_applied(old.revision)) continue;
        ids += (ids.empty() ? "\"" : ", \"") + old.revision + "\"";
        gone = old.file;
        ++count;
    }
    if (count == 0 || revision.file.empty()) return {};
    std::string const file = "if file \"" + revision.file + "\" is ";
    if (count > 1)
        return file +
               "that of an applied revision under another name, write its id into it, as \"-- revision: ID\": " + ids;
    return file + "\"" + gone + "\" under another name, write \"-- revision: " + ids.substr(1) + " into it";
}

// The applied revision whose text creates the table.
std::string applied_maker_of(const failed_statement &at) {
    if (!at.traits || !at.traits->creates("table")) return {};
    auto const same = [&](const script::qualified_name &table) {
        return script::may_be_same(table, at.traits->object()->name);
    };
    for (const registry::revision_record &record : at.registry.revisions)
        if (record.revision != at.revision.revision && at.registry.find_applied(record.revision) &&
            std::ranges::any_of(record.creates, same))
            return record.revision;
    return {};
}

std::string marker_hint(const failed_statement &at, const plan::run_request &request) {
    const registry::tier_record *const tier = at.registry.find_tier(at.revision.tier);
    std::string const mark =
        tier && tier->format && !tier->format->empty() && *tier->format != "dbmate"
            ? "mark the section as one that runs outside of a transaction, in the way of " + *tier->format
            : std::string("write \"-- migrate:") + (at.up ? "up" : "down") + " transaction:false\" above the section";
    return mark + ", and run it with " + plan::deploy_call(request);
}

}   // namespace

void made_names::note(const script::statement_traits &traits, const std::string &revision) {
    if (traits.action != script::statement_action::create && traits.action != script::statement_action::alter) return;
    for (const script::statement_object &object : traits.objects)
        makers_.try_emplace(std::hash<std::string>()(known_as(object)), revision);
}

std::string made_names::find(const std::string &name) const {
    auto const at = makers_.find(std::hash<std::string>()(name));
    return at == makers_.end() ? std::string() : at->second;
}

std::string made_names::maker_of(const script::statement_traits &traits) const {
    bool const alters = traits.action == script::statement_action::alter;
    for (const script::statement_object &object : traits.objects) {
        if (alters && object.relation.empty()) continue;   // the table itself may well be there
        if (std::string found = find(known_as(object)); !found.empty()) return found;
    }
    return {};
}

std::string made_names::maker_of_relation(const script::statement_traits &traits) const {
    const script::qualified_name *const relation = script::relation_of(traits);
    return relation ? find(relation->name) : std::string();
}

void explain_writing(pg::postgres_error &error, const failed_statement &at, const plan::run_request &request) {
    int const code = error.data().sqlerrcode;
    if (code == ERRCODE_INVALID_TABLE_DEFINITION && at.traits && at.traits->or_replace && at.traits->creates("view")) {
        std::string const view = pg::to_text(at.traits->object()->name);
        error.set_hint("CREATE OR REPLACE VIEW can append columns and nothing else: write DROP VIEW IF EXISTS " + view +
                       "; in front of it");
        return;
    }
    if (error.data().hint) return;
    if (code == ERRCODE_ACTIVE_SQL_TRANSACTION && at.traits && at.traits->begins_transaction)
        error.set_hint("write it as the first statement of the section, or right behind its BEGIN");
    else if (code == ERRCODE_INVALID_TRANSACTION_TERMINATION && at.in_block)
        error.set_hint("a statement that commits cannot run between BEGIN and COMMIT: put it behind the COMMIT");
    else if (code == ERRCODE_ACTIVE_SQL_TRANSACTION || code == ERRCODE_INVALID_TRANSACTION_TERMINATION)
        error.set_hint(marker_hint(at, request));
}

bool says_exists(const pg::postgres_error &error) noexcept {
    int const code = error.data().sqlerrcode;
    return code == ERRCODE_DUPLICATE_TABLE || code == ERRCODE_DUPLICATE_OBJECT || code == ERRCODE_DUPLICATE_FUNCTION ||
           code == ERRCODE_DUPLICATE_SCHEMA || code == ERRCODE_DUPLICATE_COLUMN;
}

void explain_existing(pg::postgres_error &error, const failed_statement &at, const made_names &made,
                      const std::string &profile) {
    if (!says_exists(error) || error.data().hint) return;
    std::string const maker = at.traits ? made.maker_of(*at.traits) : std::string();
    if (maker == at.revision.revision)
        return error.set_hint("the section makes it twice: take one of the two statements out");
    if (!maker.empty())
        return error.set_hint(file_of(at.registry, maker) +
                              " makes it earlier in the same run: take it out of one of the two");
    if (std::string const renamed = renamed_hint(at.registry, at.revision); !renamed.empty())
        return error.set_hint(renamed);
    if (std::string const applied = applied_maker_of(at); !applied.empty())
        return error.set_hint(file_of(at.registry, applied) + ", which is applied, makes it: take it out of " +
                              file_of(at.registry, at.revision.revision));
    error.set_hint("if it is what the revision would create, take it over with SELECT * FROM whisper_adopt(" +
                   (profile.empty() ? "" : "profile => '" + profile + "', ") + "apply => true)");
}

void explain_timeout(pg::postgres_error &error, const std::string &call) {
    if (error.data().sqlerrcode == ERRCODE_QUERY_CANCELED && pg::is_statement_timeout_over())
        error.set_hint("the timeout counts the whole call: SET statement_timeout = 0; " + call);
}

}   // namespace whisper::run
