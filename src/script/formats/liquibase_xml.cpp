// The elements of an XML file down to the third level; no more of XML than that takes.

#include "script/characters.hpp"
#include "script/formats/liquibase_log.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace whisper::script::formats {
namespace {

constexpr std::size_t deepest_element = 64;

void append_character(std::string &text, std::uint32_t code) {
    if (code < 0x80) {
        text += static_cast<char>(code);
    } else if (code < 0x800) {
        text += static_cast<char>(0xC0 | (code >> 6));
        text += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        text += static_cast<char>(0xE0 | (code >> 12));
        text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        text += static_cast<char>(0x80 | (code & 0x3F));
    }
}

bool ends_name(char c) { return is_space(c) || c == '>' || c == '/' || c == '=' || c == '<'; }

class xml_reader {
public:
    explicit xml_reader(std::string_view text) : text_(text) {}

    log_items read() {
        while ((at_ = find_character(text_, '<', at_)) < text_.size()) read_markup();
        if (!open_.empty()) fail("element \"" + open_.back() + "\" without its end");
        return std::move(items_);
    }

private:
    void read_markup() {
        std::string_view const rest = text_.substr(at_);
        if (rest.starts_with("<!--"))
            skip("-->");
        else if (rest.starts_with("<![CDATA["))
            skip("]]>");
        else if (rest.starts_with("<?"))
            skip("?>");
        else if (rest.starts_with("<!"))
            fail("declaration that cannot be read");
        else if (rest.starts_with("</"))
            read_end();
        else
            read_start();
    }

    void skip(std::string_view end) {
        std::size_t const found = text_.find(end, at_);
        if (found == text_.npos) fail("\"" + std::string(text_.substr(at_, 4)) + "\" without its end");
        at_ = found + end.size();
    }

    // Without the prefix of its namespace.
    std::string take_name() {
        std::size_t const start = at_;
        while (at_ < text_.size() && !ends_name(text_[at_])) ++at_;
        std::string_view name = text_.substr(start, at_ - start);
        if (name.empty()) fail("markup without a name");
        return std::string(name.substr(name.find(':') == name.npos ? 0 : name.find(':') + 1));
    }

    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }

    void read_end() {
        at_ += 2;
        std::string const name = take_name();
        skip_space();
        if (open_.empty() || open_.back() != name || at_ >= text_.size() || text_[at_] != '>')
            fail("end of \"" + name + "\" in a wrong place");
        ++at_;
        open_.pop_back();
    }

    void read_start() {
        log_item item;
        item.line = line();
        ++at_;
        item.kind = take_name();
        for (skip_space(); at_ < text_.size() && text_[at_] != '>' && text_[at_] != '/'; skip_space()) {
            std::string name = take_name();
            item.options.insert_or_assign(std::move(name), take_value());
        }
        bool const closed = text_.substr(at_).starts_with("/>");
        if (!closed && (at_ >= text_.size() || text_[at_] != '>'))
            fail("element \"" + item.kind + "\" without its end");
        at_ += closed ? 2 : 1;
        if (open_.empty() && item.kind != "databaseChangeLog") fail("element \"" + item.kind + "\" is no change log");
        if (open_.size() == 2) items_.back().parts.push_back(item.kind);
        if (!closed) open_.push_back(item.kind);
        if (open_.size() > deepest_element) fail("elements too deep in one another");
        if (open_.size() == (closed ? 1U : 2U)) items_.push_back(std::move(item));
    }

    std::string take_value() {
        skip_space();
        if (at_ >= text_.size() || text_[at_] != '=') fail("attribute without a value");
        ++at_;
        skip_space();
        if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) fail("value without quotes");
        std::size_t const end = text_.find(text_[at_], at_ + 1);
        if (end == text_.npos) fail("value without its end");
        std::string_view raw = text_.substr(at_ + 1, end - at_ - 1);
        std::string value;
        while (!raw.empty()) {
            if (raw.front() == '&')
                append_entity(value, raw);
            else
                value += raw.front(), raw.remove_prefix(1);
        }
        at_ = end + 1;
        return value;
    }

    void append_entity(std::string &value, std::string_view &raw) {
        static constexpr std::pair<std::string_view, char> named[] = {
            {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
        std::size_t const end = raw.find(';');
        std::string_view const name = raw.substr(1, end == raw.npos ? 0 : end - 1);
        raw.remove_prefix(end == raw.npos ? raw.size() : end + 1);
        for (const auto &[known, c] : named)
            if (name == known) {
                value += c;
                return;
            }
        std::uint32_t code = 0;
        bool const hexadecimal = name.starts_with("#x");
        std::string_view const digits = name.substr(std::min<std::size_t>(hexadecimal ? 2 : 1, name.size()));
        auto const [last, problem] =
            std::from_chars(digits.data(), digits.data() + digits.size(), code, hexadecimal ? 16 : 10);
        bool const whole = problem == std::errc() && last == digits.data() + digits.size();
        if (!name.starts_with('#') || !whole || code == 0 || code > 0xFFFF) fail("entity that cannot be read");
        append_character(value, code);
    }

    int line() {
        line_ += count_lines(text_.substr(counted_, at_ - counted_));
        counted_ = at_;
        return line_;
    }

    [[noreturn]] void fail(std::string message) { throw log_problem{std::move(message), line()}; }

    std::string_view text_;
    std::size_t at_ = 0, counted_ = 0;
    int line_ = 1;
    strings open_;   // the elements that are open, outermost first
    log_items items_;
};

}   // namespace

log_items read_xml_log(std::string_view text) { return xml_reader(text).read(); }

}   // namespace whisper::script::formats
