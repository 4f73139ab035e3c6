#include "drift/compare.hpp"

#include "pg/find_object.hpp"
#include "pg/parse.hpp"
#include "script/object_kind.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace whisper::drift {
namespace {

// "table public.users" -> "public.users"; empty for what is no relation that stands alone.
std::string relation_identity(const std::string &key) {
    for (std::string_view const prefix : {"table ", "view ", "materialized view ", "sequence "})
        if (key.starts_with(prefix)) return key.substr(prefix.size());
    return {};
}

bool is_comment(const std::string &key) { return key.starts_with("comment on "); }

// "constraint x on public.users" -> "table public.users"
std::string table_of(const std::string &key) {
    std::size_t const at = key.rfind(" on ");
    return at == std::string::npos ? std::string() : "table " + key.substr(at + 4);
}

boost::container::vector<Oid> find_relations(pg::spi_session &session, const shadow::expected_schema &expected) {
    pg::strings identities;
    for (const shadow::expected_item &i : expected.items)
        if (std::string identity = relation_identity(i.key); i.owner_key.empty() && !identity.empty())
            identities.push_back(std::move(identity));
    boost::container::vector<Oid> found;
    pg::rows const rows = session.query_catalog(
        R"sql(
            SELECT r.oid FROM (SELECT to_regclass(u.name)::oid AS oid FROM unnest($1) AS u (name)) r
            WHERE r.oid IS NOT NULL)sql",
        {pg::to_value(std::span<const std::string>(identities.data(), identities.size()))});
    for (std::size_t i = 0; i < rows.size(); ++i) found.push_back(rows.oid(i, 0));
    return found;
}

// Those expected objects that are no relations or parts of them, by their addresses.
void find_objects(const shadow::expected_schema &expected, boost::container::vector<Oid> &classes,
                  boost::container::vector<Oid> &objects) {
    for (const shadow::expected_object &o : expected.objects) {
        const script::object_kind *const kind = script::find_kind_of_type(o.type);
        if (!kind || kind->by == script::naming::relation || script::is_part_of_relation(*kind)) continue;
        auto const at =
            pg::find_object(o.type, {o.names.data(), o.names.size()}, {o.arguments.data(), o.arguments.size()});
        if (!at) continue;
        classes.push_back(at->class_id);
        objects.push_back(at->object_id);
    }
}

std::unordered_set<std::string_view> dropped_in_the_end(const shadow::expected_schema &expected) {
    std::unordered_set<std::string_view> keys;
    for (const shadow::expected_item &i : expected.items)
        if (!i.versions.back().exists) keys.insert(i.key);
    return keys;
}

// How an item stands against the version that one statement gave it.
verdict judge_item(const shadow::expected_item &wanted, std::size_t version, const actual_schema &actual,
                   std::string *difference, std::string *remark) {
    const shadow::item_version &own = wanted.versions[version];
    const schema::catalog_item *const found = actual.find_like(wanted, own);
    if (!own.exists) {
        // Dropped, and made again: what is there tells of the last one.
        auto const made_again = [&](const shadow::item_version &later) {
            return later.exists && found->value == later.value;
        };
        auto const after = wanted.versions.begin() + static_cast<std::ptrdiff_t>(version);
        return !found || std::any_of(after, wanted.versions.end(), made_again) ? verdict::present : verdict::absent;
    }
    if (!found) {
        for (std::size_t later = version + 1; later < wanted.versions.size(); ++later)
            if (!wanted.versions[later].exists) return verdict::present;
        return verdict::absent;
    }
    for (std::size_t v = version; v < wanted.versions.size(); ++v) {
        if (!wanted.versions[v].exists || wanted.versions[v].value != found->value) continue;
        auto const has_body = [&](const shadow::item_version &other) {
            return other.exists && other.body == found->body;
        };
        auto const own = wanted.versions.begin() + static_cast<std::ptrdiff_t>(version);
        if (std::none_of(own, wanted.versions.end(), has_body)) {
            if (std::any_of(wanted.versions.begin(), own, has_body)) return verdict::absent;   // not replaced yet
            *remark = wanted.key + " has another body, which stays";
        }
        return verdict::present;
    }
    for (std::size_t v = 0; v < version; ++v)
        if (wanted.versions[v].exists && wanted.versions[v].value == found->value) return verdict::absent;
    *difference = wanted.key + " is \"" + found->shown + "\", expected \"" + wanted.versions.back().shown + "\"";
    return verdict::different;
}

verdict together(std::size_t present, std::size_t absent, std::size_t different) {
    if (different > 0) return verdict::different;
    if (present > 0 && absent > 0) return verdict::partial;
    return present > 0 ? verdict::present : verdict::absent;
}

// Of one statement.
struct tally {
    std::size_t present = 0, absent = 0, different = 0;
    boost::container::vector<std::string> missing, undropped, differences, remarks;
};

}   // namespace

const char *verdict_name(verdict v) noexcept {
    switch (v) {
        case verdict::present:
            return "present";
        case verdict::different:
            return "different";
        case verdict::partial:
            return "partial";
        default:
            return "absent";
    }
}

actual_schema::actual_schema(session::workspace &work, const shadow::expected_schema &expected) {
    pg::engine_scope const scope;
    boost::container::vector<Oid> const relations = find_relations(work.session(), expected);
    boost::container::vector<Oid> classes, objects;
    find_objects(expected, classes, objects);
    items_ = schema::items_of_relations(work.session(), {relations.data(), relations.size()});
    for (schema::catalog_item &i :
         schema::items_of_objects(work.session(), {classes.data(), classes.size()}, {objects.data(), objects.size()}))
        items_.push_back(std::move(i));
    if (std::any_of(expected.items.begin(), expected.items.end(),
                    [](const shadow::expected_item &i) { return is_comment(i.key); }))
        for (schema::catalog_item &i :
             schema::comments_of_relations(work.session(), {relations.data(), relations.size()}))
            items_.push_back(std::move(i));
    for (const std::string &key : expected.preexisting)
        items_.push_back({InvalidOid, InvalidOid, 0, InvalidOid, key, {}, {}, {}});
    for (std::size_t i = 0; i < items_.size(); ++i) {
        by_key_.emplace(items_[i].key, i);
        if (items_[i].key.starts_with("constraint "))
            by_definition_.emplace(table_of(items_[i].key) + "|" + items_[i].value, i);
        if (!items_[i].key.starts_with("table ")) continue;
        script::qualified_name table = pg::parse_name(items_[i].key.substr(std::string_view("table ").size()));
        tables_.emplace(table.name, std::move(table));
    }
}

bool actual_schema::has_table(const script::qualified_name &name) const noexcept {
    auto const [first, last] = tables_.equal_range(name.name);
    return std::any_of(first, last, [&](const auto &table) { return script::may_be_same(table.second, name); });
}

const schema::catalog_item *actual_schema::find(const std::string &key) const noexcept {
    auto const at = by_key_.find(key);
    return at == by_key_.end() ? nullptr : &items_[at->second];
}

const schema::catalog_item *actual_schema::find_like(const shadow::expected_item &wanted,
                                                     const shadow::item_version &version) const noexcept {
    if (const schema::catalog_item *const same = find(wanted.key)) return same;
    if (!wanted.key.starts_with("constraint ")) return nullptr;
    auto const at = by_definition_.find(table_of(wanted.key) + "|" + version.value);
    return at == by_definition_.end() ? nullptr : &items_[at->second];
}

boost::container::vector<step_verdict> compare(const shadow::expected_schema &expected, const actual_schema &actual) {
    // Step, statement -> its items' verdicts.
    std::map<std::pair<std::size_t, int>, tally> tallies;
    std::unordered_set<std::string_view> const last_dropped = dropped_in_the_end(expected);
    for (const shadow::expected_item &item : expected.items) {
        // Nothing was done to parts of a table that is not there, unless it was all done and the table dropped.
        bool const no_table =
            !item.owner_key.empty() && !actual.find(item.owner_key) && !last_dropped.contains(item.owner_key);
        for (std::size_t v = 0; v < item.versions.size(); ++v) {
            tally &t = tallies[{item.versions[v].step, item.versions[v].statement}];
            std::string difference, remark;
            verdict const is = no_table ? verdict::absent : judge_item(item, v, actual, &difference, &remark);
            t.present += is == verdict::present;
            t.absent += is == verdict::absent;
            t.different += is == verdict::different;
            if (is == verdict::different) t.differences.push_back(std::move(difference));
            if (!remark.empty()) t.remarks.push_back(std::move(remark));
            if (is == verdict::absent && !no_table)
                t.missing.push_back(item.key + (item.versions[v].exists ? " is missing" : " is still there"));
            if (is == verdict::absent && !no_table && !item.versions[v].exists)
                t.undropped.push_back(item.key + " is still there");
        }
    }

    boost::container::vector<step_verdict> verdicts;
    for (std::size_t s = 0; s < expected.steps.size(); ++s) {
        step_verdict step{expected.steps[s].revision, verdict::absent, false, false, false, 0, 0, {}, {}, {}};
        std::size_t present = 0, absent = 0, different = 0;
        auto const first = tallies.lower_bound({s, 0}), end = tallies.lower_bound({s + 1, 0});
        bool const begun =
            std::any_of(first, end, [](auto const &of) { return of.second.present + of.second.different > 0; });
        for (auto at = first; at != end; ++at) {
            tally &t = at->second;
            step.present += t.present;
            step.all += t.present + t.absent + t.different;
            // A statement cannot run for a part of what it makes: what its table lacks is a difference.
            if (t.absent > 0 && t.present + t.different > 0)
                for (std::string &part : t.missing) t.differences.push_back(std::move(part));
            else if (begun)   // nor does it drop what somebody may have made again since
                for (std::string &part : t.undropped) t.differences.push_back(std::move(part));
            verdict const is = t.differences.empty() ? together(t.present, t.absent, 0) : verdict::different;
            step.statements.push_back({at->first.second, is});
            present += is == verdict::present;
            absent += is == verdict::absent;
            different += is == verdict::different;
            for (std::string &d : t.differences) step.differences.push_back(std::move(d));
            for (std::string &r : t.remarks) step.remarks.push_back(std::move(r));
            step.has_items = true;
        }
        step.is = together(present, absent, different);
        step.has_absent = absent > 0;
        verdicts.push_back(std::move(step));
    }
    return verdicts;
}

}   // namespace whisper::drift
