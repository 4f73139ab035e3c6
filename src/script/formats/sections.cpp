#include "script/formats/sections.hpp"

#include "script/characters.hpp"
#include "script/formats/lines.hpp"
#include "script/formats/names.hpp"
#include "script/reader.hpp"

namespace whisper::script::formats {
namespace {

class section_reader {
public:
    section_reader(directory &in, const format &tool, const entry &what, const section_words &words)
        : in_(in),
          tool_(tool),
          words_(words),
          file_(what.files.front()),
          path_(in.path() + file_),
          script_(in.content(file_)),
          writer_(script_, path_) {
        made_.id = what.id;
        made_.message = what.message;
    }

    migration read() {
        for_each_marker_line(script_, path_, [this](const script_line &line) {
            std::string const body = marker_body(line.text);
            std::string_view rest = body;
            if (!rest.starts_with(words_.word)) return;
            rest.remove_prefix(words_.word.size());
            if (rest.empty() || rest.front() == ' ') accept(trim(rest), line);
        });
        if (statement_ > 0) fail(statement_, "StatementBegin without its StatementEnd");
        if (!made_.up.present) fail(0, "no marker of a way up");
        writer_.end_at_end();
        if (!transactional_) made_.up.transactional = made_.down.transactional = false;
        return std::move(made_);
    }

private:
    void accept(std::string_view command, const script_line &line) {
        if (take_word(command, "up"))
            open(made_.up, command, line);
        else if (take_word(command, "down"))
            open(made_.down, command, line);
        else if (command == "statementbegin")
            begin_statement(line);
        else if (command == "statementend")
            end_statement(line);
        else if (!words_.whole_options.empty() && command == words_.whole_options)
            transactional_ = false;
        else if (!words_.environment.empty() && command.starts_with(words_.environment))
            refuse(in_, tool_, file_, line.line,
                   "\"" + std::string(line.text) + "\", which fills in variables of the tool's environment,",
                   "write their values into the file, and take the marker out");
        else
            fail(line.line, "marker that cannot be followed");
    }

    static bool take_word(std::string_view &command, std::string_view word) {
        if (!command.starts_with(word) || (command.size() > word.size() && command[word.size()] != ' ')) return false;
        command = trim(command.substr(word.size()));
        return true;
    }

    void open(section &into, std::string_view option, const script_line &line) {
        if (statement_ > 0) fail(statement_, "StatementBegin without its StatementEnd");
        if (!writer_.is_open() && has_statement(std::string_view(script_).substr(0, line.start)))
            fail(line.line, "statement before the first section");
        if (into.present && !words_.repeats) fail(line.line, "section given twice");
        if (&into == &made_.down && !made_.up.present && !words_.repeats) fail(line.line, "way down before the way up");
        bool const alone = !option.empty() && option == words_.section_option;
        if (!option.empty() && !alone) fail(line.line, "unknown option of a section");
        writer_.begin(into, line);
        if (alone) into.transactional = false;
    }

    void begin_statement(const script_line &line) {
        if (!writer_.is_open() || statement_ > 0) fail(line.line, "StatementBegin in a wrong place");
        statement_ = line.line;
        writer_.replace(line, {});
    }

    // The statement ends there, with a semicolon or without.
    void end_statement(const script_line &line) {
        if (statement_ == 0) fail(line.line, "StatementEnd without its StatementBegin");
        statement_ = 0;
        writer_.replace(line, ";");
    }

    [[noreturn]] void fail(int line, std::string message) const {
        refuse(in_, tool_, file_, line, std::move(message),
               "the sections begin with \"-- " + std::string(words_.word) + " Up\" and \"-- " +
                   std::string(words_.word) + " Down\"; write what the file needs with them");
    }

    directory &in_;
    const format &tool_;
    const section_words &words_;
    const std::string &file_;
    std::string const path_, script_;
    section_writer writer_;
    migration made_;
    bool transactional_ = true;
    int statement_ = 0;   // the line of the StatementBegin that is open
};

}   // namespace

migration read_sections(directory &in, const format &tool, const entry &what, const section_words &words) {
    return section_reader(in, tool, what, words).read();
}

void fill(section &into, std::string text) {
    into.present = true;
    into.line = 1;
    into.text = std::move(text);
}

migration read_whole(directory &in, const entry &what) {
    migration made;
    made.id = what.id;
    made.message = what.message;
    fill(made.up, in.script(what.files.front()));
    return made;
}

bool has_statement(std::string_view script) {
    script_reader reader(script);
    event const first = reader.next();
    return first.kind != event_kind::end && first.kind != event_kind::semicolon;
}

}   // namespace whisper::script::formats
