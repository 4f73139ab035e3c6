#pragma once
// An edited repeatable file drops or makes an object: what it says about that object further down has to run again.

#include "engine/statement_object.hpp"
#include "registry/model.hpp"
#include "script/program.hpp"

#include <unordered_map>

namespace whisper::engine {

// Told from the text of the file, and by what the catalogs say would go with what is dropped.
class made_anew {
public:
    made_anew(pg::spi_session &session, const registry::revision_record &revision, const script::program &program);

    // Adds to the actions that run: what is about an object that those before it drop or make anew, and each DROP … IF
    // EXISTS in front of what makes its object anew.
    void extend(boost::container::vector<bool> &run);
    // Whether an object of this name is dropped, or goes with one that is.
    bool drops(const std::string &type, const std::string &name) const;

private:
    struct object {
        std::string type, schema, table;   // schema and table are empty when they are not known
        bool dropped;                      // and not made again so far
        bool ever_dropped = dropped;
    };

    void follow(boost::container::vector<bool> &run);
    bool bring_drops(boost::container::vector<bool> &run) const;
    void note(const script::action &a);
    void note_drop(const std::string &type, const std::string &name, const std::string &table);
    bool is_about(const script::action &a) const;
    bool is_one(const object &o, const std::string &type, const std::string &name, const std::string &table) const;
    std::string schema_of(const std::string &type, const std::string &name) const;
    const object *find(const std::string &type, const std::string &name, const std::string &table) const;
    bool makes_object_here(const script::statement_traits &traits) const;
    bool names_one(const script::action &a) const;

    pg::spi_session &session_;
    const registry::revision_record &revision_;
    const script::program &program_;
    bool steered_ = false;                                   // the file may set a search_path of its own
    std::unordered_map<std::string, int> routines_;          // by bare name: how many the file creates
    std::unordered_multimap<std::string, object> objects_;   // by bare name
};

}   // namespace whisper::engine
