#pragma once

#include <cstddef>
#include <string_view>

/// Declares adjacent members of a struct, which may have values, and `names`, which lists them in order as written:
/// "first, second = 0". TypeScript passes the members by these names (Argument::read), and the compiler checks each
/// use.
#define GLISSADE_NAMED(Type, names, ...) \
  Type __VA_ARGS__;                      \
  static constexpr const char* names = #__VA_ARGS__

/// Declares the members of a struct of doubles that C++ and TypeScript share. `kNames` lists their names in order:
/// TypeScript indexes the numbers by name (lib/addon/records.ts).
#define GLISSADE_RECORD(...) GLISSADE_NAMED(double, kNames, __VA_ARGS__)

namespace glissade {

/// Whether a list of names begins with this one.
constexpr bool isFirstOf(std::string_view names, std::string_view name) {
  return names.substr(0, names.find_first_of(", ")) == name;
}

/// Calls visit(i, name) for each name in such a list.
template <typename Visit>
void forEachName(std::string_view names, Visit visit) {
  for (size_t i = 0; !names.empty(); ++i) {
    const size_t end = names.find(',');
    visit(i, names.substr(0, names.find_first_of(", ")));
    names.remove_prefix(end == names.npos ? names.size() : end + 2);
  }
}

}  // namespace glissade
