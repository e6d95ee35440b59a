// The symbols of the units. The linker may take a weak symbol of a unit (a standard template, a shared inline function)
// for the whole program, which would then crash on a CPU without the unit's instruction set.
#include <doctest/doctest.h>

#include <cstdio>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace glissade {
namespace {

struct Symbol {
  std::string name;
  std::string type;  // a letter of nm: T for a global function, U for a use, lower case for local symbols
};

std::vector<Symbol> symbolsOf(const std::string& object) {
  const std::string command = std::string(GLISSADE_NM) + " --format=posix '" + object + "'";
  FILE* const nm = popen(command.c_str(), "r");
  REQUIRE(nm);
  std::string output;
  char part[4096];
  while (const size_t length = fread(part, 1, sizeof part, nm)) output.append(part, length);
  REQUIRE(pclose(nm) == 0);

  std::vector<Symbol> symbols;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Symbol symbol;
    if (words >> symbol.name >> symbol.type) symbols.push_back(symbol);
  }
  return symbols;
}

// Symbols that units may use: those of the C library, and those that compilers insert.
const std::set<std::string> mayBeUsed{"exp",
                                      "expm1",
                                      "log",
                                      "log1p",
                                      "pow",
                                      "tanh",
                                      "erfc",
                                      "memcpy",
                                      "memset",
                                      "memmove",
                                      "memcmp",
                                      "__stack_chk_fail",
                                      "_GLOBAL_OFFSET_TABLE_",
                                      "__gxx_personality_v0"};

TEST_SUITE_BEGIN("units");

TEST_CASE("units share only the C library") {
  std::istringstream objects(GLISSADE_UNITS);
  int units = 0;
  for (std::string object; std::getline(objects, object, ':'); ++units) {
    CAPTURE(object);
    std::vector<std::string> defined;
    for (const Symbol& symbol : symbolsOf(object)) {
      CAPTURE(symbol.name);
      CAPTURE(symbol.type);
      const bool isLocal = std::set<std::string>{"t", "d", "b", "r"}.count(symbol.type) == 1;
      if (symbol.type == "T")
        defined.push_back(symbol.name);
      else if (symbol.type == "U")
        CHECK(mayBeUsed.count(symbol.name) == 1);
      else
        CHECK(isLocal);
    }
    CHECK(defined.size() == 1);
  }
#if defined(__aarch64__)
  CHECK(units == 4);
#else
  CHECK(units == 14);
#endif
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
