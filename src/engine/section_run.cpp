#include "engine/section_run.hpp"

#include "pg/authority.hpp"
#include "pg/copy_in.hpp"
#include "pg/error_context.hpp"
#include "pg/settings.hpp"

namespace whisper::engine {
namespace {

std::string describe(const section_origin &origin, const script::action &a) {
    const registry::revision_record &r = origin.revision;
    std::string text = "tier \"" + r.tier + "\", revision \"" + r.revision + "\"";
    if (!a.file.empty())
        text += ", file \"" + std::string(a.file) + "\"";
    else
        text += r.file.empty() ? std::string(", section ") + origin.section : ", file \"" + r.file + "\"";
    return text + ", line " + std::to_string(a.line_in_file(origin.first_line)) + ", statement " +
           std::to_string(a.number);
}

// Calling it must not lend the caller's rights to somebody who registered the text and has fewer.
pg::authority require_authority(const registry::revision_record &revision) {
    pg::authority const how = pg::authority_of(revision.registered_by);
    if (how == pg::authority::callers || how == pg::authority::confined) return how;
    throw failure(sqlstate::insufficient_privilege,
                  "revision \"" + revision.revision + "\" was registered by role \"" + revision.registered_by +
                      "\", which may not do what you may",
                  "Running it would lend your rights to that role.",
                  "run it as that role; or read it with whisper_export('" + revision.revision +
                      "'), and answer for it by sending the same text to whisper_register()");
}

}   // namespace

int run_program(pg::spi_session &session, const script::program &program, const section_origin &origin,
                const boost::container::vector<bool> *chosen, const before_action &before) {
    if (program.actions.empty()) return 0;
    pg::authority_scope const rights(require_authority(origin.revision), {});
    pg::settings_scope settings;
    pg::error_context context;
    std::string where;
    int ran = 0;
    for (std::size_t i = 0; i < program.actions.size(); ++i) {
        if (chosen && !(*chosen)[i]) continue;
        const script::action &a = program.actions[i];
        std::string const text(a.text);   // the server wants it terminated
        if (a.kind == script::action_kind::echo) {
            pg::notice(script::echo_text(text));
            continue;
        }
        where = describe(origin, a);
        context.show(where);
        if (before) before(a);
        try {
            if (a.kind == script::action_kind::copy)
                pg::copy_in(text, a.data);
            else
                session.run(text.c_str());
        } catch (failure &error) {
            if (error.context.empty()) error.context = where;
            throw;
        }
        ++ran;
    }
    return ran;
}

}   // namespace whisper::engine
