#include "run/execute.hpp"

#include "pg/copy_in.hpp"
#include "pg/error_context.hpp"
#include "pg/parse.hpp"
#include "pg/section_end.hpp"

namespace whisper::run {

std::string place_of(const section_origin &origin, const script::action &a) {
    const registry::revision_record &r = origin.revision;
    std::string text = "tier \"" + r.tier + "\", revision \"" + r.revision + "\"";
    if (!a.file.empty())
        text += ", file \"" + std::string(a.file) + "\"";
    else
        text += r.file.empty() ? std::string(", section ") + origin.section : ", file \"" + r.file + "\"";
    return text + ", line " + std::to_string(a.line_in_file(origin.first_line)) + ", statement " +
           std::to_string(a.number);
}

pg::authority require_authority(const registry::revision_record &revision) {
    pg::authority const how = pg::authority_of(revision.registered_by);
    if (how == pg::authority::callers || how == pg::authority::confined) return how;
    throw failure(sqlstate::insufficient_privilege,
                  "revision \"" + revision.revision + "\" was registered by role \"" + revision.registered_by.name +
                      "\", which may not do what you may",
                  "Running it would lend your rights to that role.",
                  "run it as that role; or read it with whisper_export('" + revision.revision + "'), and " +
                      (pg::may_replace(revision.registered_by)
                           ? "answer for it by sending the same text to whisper_register()"
                           : "have a superuser answer for it by sending the same text to whisper_register()"));
}

void require_own_rights(const registry::revision_record &revision) {
    if (require_authority(revision) == pg::authority::callers) return;
    throw failure(sqlstate::insufficient_privilege,
                  "revision \"" + revision.revision + "\" was registered by role \"" + revision.registered_by.name +
                      "\", which may not do what this session may",
                  "It runs outside of a transaction, where it could RESET ROLE.",
                  "deploy in a session of that role, or answer for the text by sending it to whisper_register()");
}

namespace {

// What holds while the statements of one section run.
class section_run {
public:
    section_run(pg::spi_session &session, const section_origin &origin, const before_action &before)
        : session_(session), origin_(origin), before_(before), scope_(session, require_authority(origin.revision)) {
        // The text was cut into statements with this on, whatever the session has.
        if (pg::setting("standard_conforming_strings") == "off")
            scope_.settings().set("standard_conforming_strings", "on");
    }

    void run(const script::action &a) {
        std::string const text(a.text);   // the server wants it terminated
        if (a.kind == script::action_kind::echo) {
            pg::notice(script::echo_text(text));
            return;
        }
        where_ = place_of(origin_, a);
        context_.show(where_);
        if (before_) before_(a);
        try {
            if (a.kind == script::action_kind::copy)
                pg::copy_in(text, a.data);
            else
                session_.run(text.c_str());
        } catch (failure &error) {
            if (error.context.empty()) error.context = where_;
            throw;
        }
        ++ran_;
    }

    // While rights and settings are still the section's. Returns the number of statements run.
    int finish() {
        if (ran_ == 0) return 0;
        where_ += ", at the end of the section";   // behind the place of the last statement
        context_.show(where_);
        scope_.finish();
        return ran_;
    }

private:
    pg::spi_session &session_;
    const section_origin &origin_;
    const before_action &before_;
    pg::section_scope scope_;
    std::string where_;
    pg::error_context context_;
    int ran_ = 0;
};

}   // namespace

int run_program(pg::spi_session &session, const script::program &program, const section_origin &origin,
                const boost::container::vector<bool> *chosen, const before_action &before) {
    return run_program(
        session, program, origin, [&](std::size_t i) { return !chosen || (*chosen)[i]; }, before);
}

int run_program(pg::spi_session &session, const script::program &program, const section_origin &origin,
                const std::function<bool(std::size_t)> &wanted, const before_action &before) {
    if (program.actions.empty()) return 0;   // nothing lends nothing
    section_run section(session, origin, before);
    for (std::size_t i = 0; i < program.actions.size(); ++i)
        if (wanted(i)) section.run(program.actions[i]);
    return section.finish();
}

int run_section(pg::spi_session &session, std::string_view text, const section_origin &origin,
                const before_action &before) {
    script::action_reader reader(pg::server_parser(), text, origin.revision.file, origin.first_line);
    script::action a{};
    if (!reader.next(a)) return 0;
    section_run section(session, origin, before);
    do section.run(a);
    while (reader.next(a));
    return section.finish();
}

}   // namespace whisper::run
