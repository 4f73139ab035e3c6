#include "script/formats/lines.hpp"

#include "script/characters.hpp"
#include "script/origin.hpp"
#include "script/reader.hpp"

namespace whisper::script::formats {
namespace {

constexpr std::string_view first_characters = "-#/";

boost::container::vector<script_line> candidates(std::string_view script) {
    boost::container::vector<script_line> found;
    int line = 1;
    interrupt_check check;
    for (std::size_t start = 0; start < script.size(); ++line) {
        check();
        std::size_t const end = find_character(script, '\n', start);
        std::string_view const text = trim(script.substr(start, end - start));
        if (!text.empty() && first_characters.find(text.front()) != std::string_view::npos)
            found.push_back({start, end, line, text});
        start = end + 1;
    }
    return found;
}

}   // namespace

void for_each_marker_line(std::string_view script, std::string_view file,
                          const std::function<void(const script_line &)> &take) {
    auto const lines = candidates(script);
    script_reader reader(script);
    for (std::size_t at = 0; at < lines.size();) {
        event e{};
        try {
            e = reader.next();
        } catch (lexical_failure &problem) {
            problem.locate(file, problem.line);
            throw;
        }
        bool const data = e.kind == event_kind::copy_data;
        std::size_t const start = data ? e.data_offset : e.at.offset;
        std::size_t const end = start + (data ? e.data_length : e.at.length);
        bool const last = e.kind == event_kind::end;
        while (at < lines.size() && (last || lines[at].start <= start)) take(lines[at++]);
        while (at < lines.size() && lines[at].start < end) ++at;
    }
}

void section_writer::begin(section &into, const script_line &marker) {
    end_before(marker);
    into_ = &into;
    from_ = std::min(marker.end + 1, script_.size());
    if (into.present)
        append_line_marker(into.text, marker.line + 1, file_);
    else
        into.line = marker.line + 1;
    into.present = true;
}

void section_writer::begin_at_start(section &into) {
    into_ = &into;
    from_ = 0;
    into.present = true;
    into.line = 1;
}

void section_writer::end_before(const script_line &marker) {
    append(marker.start);
    into_ = nullptr;
}

void section_writer::end_at_end() {
    append(script_.size());
    into_ = nullptr;
}

void section_writer::replace(const script_line &marker, std::string_view text) {
    if (!into_) return;
    append(marker.start);
    into_->text += text;
    into_->text += '\n';
    from_ = std::min(marker.end + 1, script_.size());
}

void section_writer::append(std::size_t end) {
    if (!into_) return;
    into_->text += script_.substr(from_, end - from_);
    from_ = end;
}

int compare_numbers(std::string_view a, std::string_view b) noexcept {
    auto const digits_of = [](std::string_view &text) {
        std::size_t end = 0;
        while (end < text.size() && is_digit(text[end])) ++end;
        std::string_view digits = text.substr(0, end);
        text.remove_prefix(end);
        digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
        return digits;
    };
    std::string_view const x = digits_of(a), y = digits_of(b);
    if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
    if (int const order = x.compare(y); order != 0) return order;
    return a.compare(b);
}

}   // namespace whisper::script::formats
