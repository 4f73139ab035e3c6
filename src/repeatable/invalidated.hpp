#pragma once
// An edited repeatable file drops, makes or replaces an object: what it says about that object further down has to run
// again.

#include "registry/model.hpp"
#include "repeatable/lookup_object.hpp"
#include "script/program.hpp"
#include "session/search_path.hpp"

#include <unordered_map>

namespace whisper::repeatable {

// Told from what the statements of the file name, and by what the catalogs say would go with what is dropped.
class invalidated_objects {
public:
    invalidated_objects(pg::spi_session &session, const registry::revision_record &revision,
                        const script::program &program);

    // Adds to the actions that run: what is about an object that those before it drop or make anew, what sets anew what
    // CREATE OR REPLACE resets, and each DROP … IF EXISTS in front of what makes its object anew.
    void extend(boost::container::vector<bool> &run);
    // Whether an object of this name is dropped, or goes with one that is.
    bool drops(const std::string &type, const script::qualified_name &name) const;

private:
    enum class state : unsigned char { dropped, made, replaced };
    struct object {
        script::statement_object what;   // its type is the kind that names exclude each other in
        state now;
        bool ever_dropped = now == state::dropped;
    };
    using named = boost::container::small_vector<script::statement_object, 1>;

    named resolve(const session::search_path &path, const script::statement_traits &traits) const;
    void follow(boost::container::vector<bool> &run);
    bool bring_drops(boost::container::vector<bool> &run) const;
    void note(std::size_t action);
    void note_made(const script::statement_object &made, const script::statement_traits &traits);
    void note_drop(const script::statement_object &dropped);
    bool is_about(std::size_t action) const;
    bool is_about(const script::statement_object &named, const script::statement_traits &traits) const;
    bool runs_for(const object &known, const script::statement_object &named,
                  const script::statement_traits &traits) const;
    bool is_about_relation(const script::qualified_name &relation) const;
    const object *find(const script::statement_object &wanted) const;
    recorded_name recorded(const script::statement_object &object) const;

    pg::spi_session &session_;
    const registry::revision_record &revision_;
    const script::program &program_;
    boost::container::vector<named> named_;                    // by action
    boost::container::vector<script::qualified_name> about_;   // by action: the table whose rows it changes
    std::unordered_map<std::string, int> routines_;            // by name: how many the file creates
    std::unordered_multimap<std::string, object> objects_;     // by name
};

}   // namespace whisper::repeatable
