#pragma once
// What is there, held against what should be there.

#include "shadow/expected_schema.hpp"

namespace whisper::drift {

enum class verdict : unsigned char { present, different, partial, absent };
const char *verdict_name(verdict v) noexcept;

struct statement_verdict {
    int number;
    verdict is;   // present, different or absent: what is there in part is different
};

struct step_verdict {
    graph::index revision;
    verdict is;
    bool has_items;                     // false for a revision that leaves nothing in the catalogs
    bool is_unknown = false;            // it runs something, and nothing tells whether it has
    bool has_absent = false;            // some of its statements are absent, whatever the others are
    std::size_t present = 0, all = 0;   // items
    boost::container::vector<std::string> differences;
    boost::container::vector<std::string> remarks;   // what is another one and no matter of the shape
    boost::container::vector<statement_verdict> statements;
};

// The catalogs as they are, as far as an expected_schema asks for them.
class actual_schema {
public:
    actual_schema(session::workspace &work, const shadow::expected_schema &expected);
    const schema::catalog_item *find(const std::string &key) const noexcept;
    // The item itself or, for a constraint, one on the same table that means the same under another name.
    const schema::catalog_item *find_like(const shadow::expected_item &wanted,
                                          const shadow::item_version &version) const noexcept;
    bool has_table(const script::qualified_name &name) const noexcept;

private:
    schema::catalog_items items_;
    std::unordered_map<std::string, std::size_t> by_key_;
    std::unordered_multimap<std::string, std::size_t> by_definition_;       // "table key|definition"
    std::unordered_multimap<std::string, script::qualified_name> tables_;   // that exist, by their names
};

// A verdict per step of the expected_schema.
boost::container::vector<step_verdict> compare(const shadow::expected_schema &expected, const actual_schema &actual);

}   // namespace whisper::drift
