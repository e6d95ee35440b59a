#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace glissade::unicode {

/// Properties of a code point.
enum Property : uint8_t {
  kIsWord = 1,           // \p{L} or \p{N}
  kIsCased = 2,          // \p{Cased}
  kIsCaseIgnorable = 4,  // \p{Case_Ignorable}
  kHasLowerCase = 8,     // toLowerCase makes another character of it
  kIsMark = 16,          // \p{M}, or a zero-width joiner or non-joiner
  kIsUnspaced = 32,      // a letter or number of a script that is written without spaces, such as Chinese or Thai
};

/// The properties of a code point up to U+10FFFF.
uint8_t propertiesOf(uint32_t code);

/// The lower case of a code point with kHasLowerCase. Σ becomes σ.
uint32_t lowerCaseOf(uint32_t code);

/// The replacement character, which bytes that are not UTF-8 are read as.
inline constexpr uint32_t kReplacement = 0xfffd;

struct Decoded {
  uint32_t code;
  size_t length;
};

/// The code point that begins at bytes[at]. A byte that begins none is read as kReplacement, of length 1.
Decoded decode(std::span<const uint8_t> bytes, size_t at);

/// The code point that ends before bytes[end], for end > 0.
Decoded decodeBefore(std::span<const uint8_t> bytes, size_t end);

/// Writes a code point as UTF-8. Returns the number of bytes, at most 4.
size_t encode(uint32_t code, uint8_t* out);

}  // namespace glissade::unicode
