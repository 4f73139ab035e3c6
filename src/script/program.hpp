#pragma once
// A section as something to run: its pieces checked and put into actions, before anything has run.

#include "script/origin.hpp"
#include "script/splitter.hpp"
#include "script/statement.hpp"

#include <boost/container/vector.hpp>

namespace whisper::script {

enum class action_kind : std::uint8_t { sql, copy, echo };

struct action {
    action_kind kind;
    int number;                    // 1-based, over the statements of the section
    int line;                      // 1-based: in the section's text, after a line marker in the file
    std::string_view file;         // the included file that it stands in; empty in the migration's own
    bool absolute_line;            // `line` is the file's
    std::string_view text;         // the statement, or what stands after \echo
    std::string_view data;         // copy: the rows
    transaction_control control;   // sql
    statement_traits traits;       // sql and copy
    int block = 0;                 // those of one BEGIN … COMMIT have the same number; 0 outside of any

    // The line of its file, when the section starts in line `first_line` of the migration's.
    int line_in_file(int first_line) const noexcept { return absolute_line ? line : line + first_line - 1; }
};

struct program {
    boost::container::vector<action> actions;   // views into the text given to compile()
    // The first statement that cannot run inside a transaction, or null.
    const action *top_level = nullptr;
    std::optional<action> divided_by;   // the COMMIT in its middle
    int statements() const noexcept;
};

// The block of what stands before the first BEGIN or COMMIT, as action_reader numbers it; compile() has 0 for it where
// no transaction need hold it together.
inline constexpr int leading_block = 1;

// What psql's \echo prints: its arguments without their quotes, one space between them.
std::string echo_text(std::string_view arguments);

// The actions of a section one after the other, each made when it is asked for: however many there are, they take no
// memory. Takes every BEGIN … COMMIT away: where one transaction can hold the section, the engine has it already
// (pg_dump writes one for each large object), elsewhere action::block tells what belongs together. A COMMIT without
// BEGIN ends the transaction that a tool had begun; a section that goes on after it is divided, and its last BEGIN may
// be left for the tool's COMMIT. \echo becomes an action; \set ON_ERROR_STOP, \restrict, \unrestrict and line markers
// (see origin.hpp) are left out. `reader` tells what each statement is. `file` and `first_line` are for messages: the
// section's place in its file. Actions are views into `text` and `file`.
class action_reader {
public:
    action_reader(const statement_reader &reader, std::string_view text, std::string_view file = {}, int first_line = 1)
        : reader_(reader),
          text_(text),
          file_(file),
          first_line_(first_line),
          pieces_(text),
          origin_(file, first_line) {}
    // False at the end. Throws syntax_error (see split()), unsupported_command for any other psql command and for
    // psql's variables, 2D000 for transaction control anywhere else; all name file and line, those of an included file
    // where it is from one.
    bool next(action &a);
    // The COMMIT in the middle, once the reader is behind it.
    const std::optional<action> &divided_by() const noexcept { return divided_by_; }

private:
    bool next_piece(piece &p);
    bool read_command(const piece &p, action &a);
    void read_statement(const piece &p, action &a);
    void place(const piece &p, action_kind kind, std::string_view text, action &a) const;
    bool takes_away(const action &a);
    bool takes_begin(const action &a);
    bool takes_commit(const action &a);
    [[noreturn]] void refuse_control(const action &a) const;

    const statement_reader &reader_;
    std::string_view text_, file_;
    int first_line_;
    piece_reader pieces_;
    line_origin origin_;
    int number_ = 0;
    std::optional<action> begin_;   // its COMMIT is still to come
    std::optional<action> ended_;   // a COMMIT without BEGIN
    std::optional<action> divided_by_;
    int block_ = leading_block, blocks_ = leading_block;
};

// All of them at once, and the same errors.
program compile(const statement_reader &reader, std::string_view text, std::string_view file = {}, int first_line = 1);

// For what one transaction has to hold. Throws 2D000 for a COMMIT in its middle.
void require_undivided(const program &p, std::string_view file, int first_line);

}   // namespace whisper::script
