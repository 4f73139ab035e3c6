#include "state/statement_objects.hpp"

#include "pg/object_parts.hpp"
#include "state/new_objects.hpp"

#include <set>
#include <tuple>

namespace whisper::state {

void statement_objects::begin(const std::string &revision, int step) {
    if (step != 0) file_of_step_.insert_or_assign(step, files_.size());
    files_.push_back({revision, {}, {}});
}

void statement_objects::add(int number, const pg::named_objects &named, bool replaces) {
    std::size_t const file = files_.size() - 1;
    if (replaces) files_[file].replaces.insert(number);
    for (const pg::named_object &o : named)
        if ((o.how == pg::naming::created || o.how == pg::naming::altered) && pg::can_be_owned(o.at.class_id))
            rows_.push_back({file, number, o.how == pg::naming::created ? created : altered, o.at});
}

void statement_objects::take(std::span<const pg::object_event> events) {
    if (file_of_step_.empty()) return;
    new_objects const fresh(events, new_objects::grain::statement);
    for (std::size_t i = 0; i < fresh.objects().size(); ++i) {
        auto const file = file_of_step_.find(fresh.steps()[i]);
        if (file == file_of_step_.end() || fresh.statements()[i] == 0) continue;
        rows_.push_back({file->second,
                         fresh.statements()[i],
                         created,
                         {fresh.classes()[i], fresh.objects()[i], fresh.columns()[i]}});
    }
    std::set<std::tuple<std::size_t, int, Oid>> made;   // whose own parts are no change of their own
    for (const row &r : rows_)
        if (r.how == created && r.at.sub_id == 0) made.emplace(r.file, r.number, r.at.object_id);
    for (const pg::object_event &e : events) {
        if (e.change != pg::object_change::altered || e.statement == 0 || e.undone) continue;
        auto const file = file_of_step_.find(e.step);
        if (file == file_of_step_.end() || !pg::can_be_owned(e.class_id) ||
            pg::is_row_or_array_type(e.class_id, e.object_id))
            continue;
        if (made.contains({file->second, e.statement, e.object_id})) continue;
        Oid const whole = pg::relation_it_is_part_of(e.class_id, e.object_id);
        if (whole != InvalidOid && made.contains({file->second, e.statement, whole})) continue;
        bool const replaced = files_[file->second].replaces.contains(e.statement);
        rows_.push_back({file->second, e.statement, replaced ? created : altered, {e.class_id, e.object_id, e.sub_id}});
    }
}

void statement_objects::forget(pg::spi_session &session, const pg::strings &revisions) {
    session.query_catalog("DELETE FROM whisper.statement_object WHERE revision = ANY ($1)", {pg::to_value(revisions)});
}

void statement_objects::clear_old(pg::spi_session &session) const {
    pg::strings gone;
    for (const file &f : files_) {
        if (f.kept.empty()) {
            gone.push_back(f.revision);
            continue;
        }
        boost::container::vector<int32> before, now;
        for (auto const &[old_number, number] : f.kept) {
            before.push_back(old_number);
            now.push_back(number);
        }
        pg::value const revision = pg::to_value(f.revision);
        session.query_catalog(
            R"sql(
                DELETE FROM whisper.statement_object o WHERE o.revision = $1
                AND NOT EXISTS (SELECT FROM unnest($2) AS k (number) WHERE k.number = o.number))sql",
            {revision, pg::to_value(before)});
        session.query_catalog(
            R"sql(
                UPDATE whisper.statement_object o SET number = u.now
                FROM ROWS FROM (unnest($2), unnest($3)) AS u (before, now)
                WHERE o.revision = $1 AND o.number = u.before AND u.before <> u.now)sql",
            {revision, pg::to_value(before), pg::to_value(now)});
    }
    if (!gone.empty()) forget(session, gone);
}

void statement_objects::write(pg::spi_session &session, std::span<const pg::object_event> events) {
    if (files_.empty()) return;
    take(events);
    clear_old(session);
    pg::strings revisions;
    for (const file &f : files_) revisions.push_back(f.revision);
    boost::container::vector<int32> files, numbers, changes, columns;
    boost::container::vector<Oid> classes, objects;
    for (const row &r : rows_) {
        files.push_back(static_cast<int32>(r.file) + 1);
        numbers.push_back(r.number);
        changes.push_back(r.how);
        classes.push_back(r.at.class_id);
        objects.push_back(r.at.object_id);
        columns.push_back(r.at.sub_id);
    }
    if (!rows_.empty())
        session.query_catalog(
            R"sql(
                WITH u AS MATERIALIZED (SELECT file, number, min(change) AS change, classid, objid, objsubid
                 FROM ROWS FROM (unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7))
                  AS u (file, number, change, classid, objid, objsubid) GROUP BY file, number, classid, objid, objsubid),
                -- each object is looked at once
                o AS MATERIALIZED (SELECT d.*, i.type, i.identity, a.object_names, a.object_args,
                 CASE WHEN i.schema IS NOT NULL AND array_length(a.object_names, 1) > 1 THEN a.object_names[1]
                  ELSE i.schema END AS schema_name,
                 CASE WHEN i.name IS NULL OR array_length(a.object_names, 1) > 1
                  THEN a.object_names[array_upper(a.object_names, 1)] ELSE i.name END AS object_name,
                -- what the server made for another object, or an extension has
                 EXISTS (SELECT FROM pg_depend p WHERE p.classid = d.classid AND p.objid = d.objid
                  AND p.objsubid = d.objsubid AND p.deptype IN ('i', 'e', 'P', 'S')) AS is_part
                 FROM (SELECT DISTINCT classid, objid, objsubid FROM u) d
                 CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) i
                 CROSS JOIN LATERAL pg_identify_object_as_address(d.classid, d.objid, d.objsubid) a
                 WHERE i.identity IS NOT NULL AND coalesce(i.schema, i.identity) !~ '^pg_(toast_)?temp'
                -- a dropped column has an identity, too
                  AND NOT EXISTS (SELECT FROM pg_attribute g WHERE d.classid = 'pg_class'::regclass
                   AND g.attrelid = d.objid AND g.attnum = d.objsubid AND g.attisdropped))
                INSERT INTO whisper.statement_object (revision, number, change, object_type, object_identity,
                object_names,
                 object_arguments, schema_name, object_name)
                SELECT ($1)[u.file], u.number, (ARRAY['created', 'altered'])[u.change + 1], o.type, o.identity,
                 o.object_names, o.object_args, o.schema_name, o.object_name
                FROM u JOIN o USING (classid, objid, objsubid) WHERE u.change <> 0 OR NOT o.is_part)sql",
            {pg::to_value(revisions), pg::to_value(files), pg::to_value(numbers), pg::to_value(changes),
             pg::to_value(classes), pg::to_value(objects), pg::to_value(columns)});
    files_.clear();
    file_of_step_.clear();
    rows_.clear();
}

}   // namespace whisper::state
