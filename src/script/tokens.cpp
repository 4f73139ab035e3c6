#include "script/tokens.hpp"

#include "script/characters.hpp"

#include <utility>

namespace whisper::script {

namespace {

[[noreturn]] void throw_unterminated(std::string_view what, int line) {
    throw lexical_failure("unterminated " + std::string(what), line);
}

std::string_view literal_name(token_kind kind) noexcept {
    return kind == token_kind::quoted_identifier ? "quoted identifier" : "quoted string";
}

}   // namespace

lexical_failure::lexical_failure(std::string problem_, int line_, std::string hint_)
    : failure(sqlstate::syntax_error, problem_ + " at line " + std::to_string(line_), {}, std::move(hint_)),
      problem(std::move(problem_)),
      line(line_) {}

void lexical_failure::locate(std::string_view file, int file_line) {
    message = problem + " at line " + std::to_string(file_line);
    if (!file.empty()) message.append(" of file \"").append(file).append("\"");
}

lexer::lexer(std::string_view script, std::size_t offset, int line) noexcept
    : script_(script), position_(offset), line_(line) {
    if (offset == 0 && script.starts_with(byte_order_mark)) position_ = byte_order_mark.size();
}

void lexer::move_to(std::size_t position, int line) noexcept {
    position_ = position;
    line_ = line;
    run_ = {};
}

void lexer::skip_space() noexcept {
    std::size_t i = position_;
    for (; i < script_.size() && is_space(script_[i]); ++i) line_ += script_[i] == '\n';
    position_ = i;
}

void lexer::skip_block_comment() {
    std::size_t const end = end_of_block_comment(script_, position_);
    if (end == unterminated) throw_unterminated("/* comment", line_);
    line_ += count_lines(script_.substr(position_, end - position_));
    position_ = end;
}

token lexer::next() {
    token t = next_or_comment();
    while (t.kind == token_kind::comment) t = next_or_comment();
    return t;
}

token lexer::next_or_comment() {
    check_();
    for (;;) {
        skip_space();
        if (position_ >= script_.size()) return take(token_kind::end, position_);
        std::string_view const rest = script_.substr(position_, 2);
        if (rest == "--") return take(token_kind::comment, end_of_line(script_, position_));
        if (rest != "/*") break;
        skip_block_comment();
    }
    char const c = script_[position_];
    if (is(c, identifier_start_class)) return take_word_or_literal();
    if (is(c, operator_class)) return take_operator();
    if (is_digit(c)) return take(token_kind::number, end_of_number(script_, position_));
    switch (c) {
        case '\'':
            return take_literal(token_kind::string, position_, false);
        case '"':
            return take_literal(token_kind::quoted_identifier, position_, false);
        case '$':
            return take_dollar();
        default:
            return take_punctuation();
    }
}

token lexer::take(token_kind kind, std::size_t end) noexcept {
    token const taken{kind, position_, end - position_, line_};
    position_ = end;
    return taken;
}

token lexer::take_literal(token_kind kind, std::size_t quote, bool backslashes) {
    std::size_t const end = kind == token_kind::string ? end_of_string(script_, quote, backslashes)
                                                       : end_of_quoted(script_, quote, backslashes);
    if (end == unterminated) throw_unterminated(literal_name(kind), line_);
    token const taken = take(kind, end);
    line_ += count_lines(taken.text(script_));
    return taken;
}

token lexer::take_word_or_literal() {
    char const first = lower(script_[position_]);
    std::string_view const after = script_.substr(position_ + 1, 2);
    if (after.starts_with('\'') && (first == 'e' || first == 'b' || first == 'x' || first == 'n'))
        return take_literal(token_kind::string, position_ + 1, first == 'e');
    if (first == 'u' && after == "&'") return take_literal(token_kind::string, position_ + 2, false);
    if (first == 'u' && after == "&\"") return take_literal(token_kind::quoted_identifier, position_ + 2, false);
    std::size_t end = position_ + 1;
    while (end < script_.size() && is(script_[end], identifier_part_class)) ++end;
    return take(token_kind::word, end);
}

token lexer::take_dollar() {
    if (std::size_t const delimiter = dollar_delimiter(script_, position_)) {
        std::size_t const end = end_of_dollar_string(script_, position_, delimiter);
        if (end == unterminated) throw_unterminated("dollar-quoted string", line_);
        token const taken = take(token_kind::dollar_string, end);
        line_ += count_lines(taken.text(script_));
        return taken;
    }
    std::size_t const end = end_of_parameter(script_, position_);
    return take(end > position_ + 1 ? token_kind::parameter : token_kind::punctuation, end);
}

token lexer::take_operator() noexcept {
    if (position_ >= run_.end) run_ = find_operator_run(script_, position_);
    std::size_t const end = run_.cut(position_);
    bool const arrow = script_.substr(position_, end - position_) == "=>";
    return take(arrow ? token_kind::punctuation : token_kind::operator_, end);
}

token lexer::take_punctuation() noexcept {
    std::string_view const two = script_.substr(position_, 2);
    if (two.size() == 2 && two[0] == '.' && is_digit(two[1]))
        return take(token_kind::number, end_of_number(script_, position_));
    bool const pair = two == "::" || two == ":=" || two == "..";
    return take(token_kind::punctuation, position_ + (pair ? 2 : 1));
}

}   // namespace whisper::script
