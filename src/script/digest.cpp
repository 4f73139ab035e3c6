// The normal form of a script: itself a script of the same tokens, one blank between two, so that no two different
// token streams look alike.

#include "script/characters.hpp"
#include "script/origin.hpp"
#include "script/reader.hpp"

#include <array>
#include <cstring>

namespace whisper::script {

namespace {

class normal_form {
public:
    normal_form(std::string_view script, digest_sink &sink) noexcept : script_(script), sink_(sink) {}

    void add(const event &e) {
        switch (e.kind) {
            case event_kind::token:
                if (e.at.kind == token_kind::punctuation && e.at.text(script_) == ";")
                    semicolon_ = started_;   // inside parentheses or a body
                else
                    add_token(e.at);
                break;
            case event_kind::semicolon:
                semicolon_ = started_;
                break;
            case event_kind::command:
                if (parse_line_marker(e.at.text(script_))) {
                    semicolon_ = started_;
                    break;
                }
                separate();
                write(e.at.text(script_));
                write("\n");
                start_over();
                break;
            case event_kind::copy_data:
                add_data(script_.substr(e.data_offset, e.data_length));
                break;
            case event_kind::comment:
            case event_kind::end:
                break;
        }
    }

    void flush() {
        if (used_ > 0) sink_.update({buffer_.data(), used_});
        used_ = 0;
    }

private:
    void start_over() noexcept { semicolon_ = started_ = false; }

    void separate() {
        if (semicolon_) write(" ;");
        if (started_) write(" ");
        semicolon_ = false;
        started_ = true;
    }

    void add_token(const token &t) {
        separate();
        std::string_view const text = t.text(script_);
        switch (t.kind) {
            case token_kind::word:
                write_lower(text);
                break;
            case token_kind::string:
                write_string(text);
                break;
            case token_kind::quoted_identifier:
            case token_kind::dollar_string:
                write_lines(text);
                break;
            default:
                write(text);
        }
    }

    void add_data(std::string_view data) {
        write(" ;\n");
        write_lines(data);
        if (!data.empty() && data.back() != '\n') write("\n");
        write("\\.\n");
        start_over();
    }

    // One literal over several lines: what is between its parts may be any white space and comments.
    void write_string(std::string_view text) {
        bool const backslashes = lower(text.front()) == 'e';
        std::size_t start = 0;
        std::size_t quote = text.find('\'');
        for (;;) {
            std::size_t const end = end_of_quoted(text, quote, backslashes);
            write_lines(text.substr(start, end - start));
            if (end == text.size()) return;
            start = quote = string_continuation(text, end);
            write("\n");
        }
    }

    void write_lines(std::string_view text) {
        for (;;) {
            std::size_t const carriage_return = find_character(text, '\r', 0);
            write(text.substr(0, carriage_return));
            if (carriage_return == text.size()) return;
            text.remove_prefix(carriage_return + 1);
            if (!text.starts_with('\n')) write("\r");
        }
    }

    void write_lower(std::string_view word) {
        for (char const c : word) {
            if (used_ == buffer_.size()) flush();
            buffer_[used_++] = lower(c);
        }
    }

    void write(std::string_view bytes) {
        if (bytes.size() > buffer_.size() - used_) flush();
        if (bytes.size() > buffer_.size()) {
            sink_.update(bytes);
            return;
        }
        std::memcpy(buffer_.data() + used_, bytes.data(), bytes.size());
        used_ += bytes.size();
    }

    std::string_view script_;
    digest_sink &sink_;
    bool started_ = false;     // something to separate from has been written
    bool semicolon_ = false;   // written only when a token follows
    std::size_t used_ = 0;
    std::array<char, 8192> buffer_;
};

}   // namespace

void digest_tokens(std::string_view script, digest_sink &sink) {
    normal_form form(script, sink);
    script_reader reader(script);
    for (;;) {
        event const e = reader.next();
        if (e.kind == event_kind::end) break;
        form.add(e);
    }
    form.flush();
}

}   // namespace whisper::script
