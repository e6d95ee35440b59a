#pragma once

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>

namespace glissade {

/// Where two arrays first differ in a bit, or "".
template <typename Real>
std::string difference(const Real* a, const Real* b, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(Real)) != 0) {
      char text[96];
      std::snprintf(text, sizeof text, "[%zu] of %zu: %a, but %a", i, count, double(a[i]), double(b[i]));
      return text;
    }
  return "";
}

/// Where two containers first differ, in their sizes or in a bit, or "".
template <typename Array>
std::string difference(const Array& a, const Array& b) {
  if (a.size() != b.size()) return "sizes " + std::to_string(a.size()) + " and " + std::to_string(b.size());
  return difference(a.data(), b.data(), a.size());
}

}  // namespace glissade
