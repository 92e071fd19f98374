#include "readerd/graphite/expression.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

using namespace kilometric;
using namespace kilometric::graphite;

TEST_SUITE_BEGIN("readerd/graphite");

namespace {

using Kind = Expression::Kind;

// As it was understood: each kind with its own mark.
std::string shown(const Expression& expression) {
  switch (expression.kind) {
    case Kind::path:
      return expression.text;
    case Kind::string:
      return "'" + expression.text + "'";
    case Kind::number:
      return "#" + (expression.text.empty() ? "inf" : expression.text);
    case Kind::boolean:
      return expression.number != 0 ? "true" : "false";
    case Kind::none:
      return "none";
    case Kind::call:
      break;
  }
  std::string text = expression.text + "(";
  const size_t placed = expression.arguments.size() - expression.keywords.size();
  for (size_t i = 0; i < expression.arguments.size(); ++i) {
    if (i > 0) text += " ";
    if (i >= placed) text += expression.keywords[i - placed] + "=";
    text += shown(expression.arguments[i]);
  }
  return text + ")";
}

std::string parsed(std::string_view target) {
  const auto result = parse_target(target);
  if (const auto* refusal = std::get_if<Refusal>(&result)) return refusal->message;
  return shown(std::get<Expression>(result));
}

std::string nested(size_t depth) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) text += "f(";
  return text + "a" + std::string(depth, ')');
}

}  // namespace

TEST_CASE("targets that must parse") {
  const std::pair<const char*, const char*> rows[] = {
      {"web.1.hits", "web.1.hits"},
      {" \n web.*.{a,b?,c[12]}x.hits \t\n", "web.*.{a,b?,c[12]}x.hits"},
      {"404", "404"},
      {"f(404)", "f(#404)"},
      {"f(1.2.3, 404.x)", "f(1.2.3 404.x)"},
      {"f( -1.5 , 1e3,2.5e-3 )", "f(#-1.5 #1e3 #2.5e-3)"},
      {"f(-)", "f(-)"},
      {"f()", "f()"},
      {"f(TRUE,False,None,inf,trueish)", "f(true false none #inf trueish)"},
      {R"x(aliasSub(a, "(^.*$)", "\1 A"))x", R"x(aliasSub(a '(^.*$)' '\1 A'))x"},
      {R"(alias(a,'it\'s "it"'))", R"(alias(a 'it\'s "it"'))"},
      {"f(a,func='sum', reverse = true)", "f(a func='sum' reverse=true)"},
      {"a.b | scale(2)|alias('x')", "alias(scale(a.b #2) 'x')"},
      {"f(g(a)|h(2), b)", "f(h(g(a) #2) b)"},
      {"f(a;dc=eu;x=1)", "f(a;dc=eu;x=1)"},
      {R"(a\.b\(c\)\ d.e)", R"(a\.b\(c\)\ d.e)"},
      {"größe.日本", "größe.日本"},
      {"f(seriesByTag('name=x', \"dc=~e.*\"))", "f(seriesByTag('name=x', \"dc=~e.*\"))"},
      {"seriesByTag('name=x')|scale(2)", "scale(seriesByTag('name=x') #2)"},
  };
  for (const auto& [target, expected] : rows) {
    CAPTURE(target);
    CHECK(parsed(target) == expected);
  }
}

TEST_CASE("targets that are refused, with the byte") {
  const std::pair<std::string, const char*> rows[] = {
      {"", "target: byte 1: the end is here where a path or a function is wanted"},
      {"f(a", "target: byte 4: the end is here where a comma or a closing parenthesis is wanted"},
      {"f(a))", "target: byte 5: \")\" is left over; a target is one expression"},
      {"f(a,)", "target: byte 5: \")\" is here where a path or a function is wanted"},
      {"f(a b)", "target: byte 5: \"b\" is here where a comma or a closing parenthesis is wanted"},
      {"a..b", "target: byte 3: \".\" is here where a path or a function is wanted"},
      {"f(x='1',a)", "target: byte 9: \"a\" follows an argument with a keyword, and has none"},
      {"f(\"abc)", "target: byte 3: \"\"\" begins a string that does not end"},
      {"a.{b,{c}}", "target: byte 6: \"{\" is here where a closing brace is wanted; braces do not nest"},
      {"a|b", "target: byte 3: \"b\" begins no function after a pipe"},
      {"f(1e999)", "target: byte 3: \"1\" begins a number that is too large"},
      {std::string("a\0b", 3), "target: byte 2: this byte is left over; a target is one expression"},
      {"a\xff", "target: it is not UTF-8"},
      {nested(65), "target: byte 129: \"f\" is nested too deep: 64 calls are the most"},
      {std::string(8193, 'a'), "target: more than 8192 bytes"},
  };
  for (const auto& [target, expected] : rows) {
    CAPTURE(target);
    CHECK(parsed(target) == expected);
  }
  CHECK(parsed(nested(64)) == nested(64));
}

TEST_CASE("pipes are bounded as calls are") {
  std::string target = "a";
  for (int i = 0; i < 65; ++i) target += "|f()";
  CHECK(parsed(target).ends_with("is one pipe too many"));
}
