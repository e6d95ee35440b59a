#include "data/words/unicode.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "data/words/unicode_tables.h"

namespace glissade::unicode {
namespace {

/// The properties of all code points, in blocks; equal blocks are stored once if they are empty.
class Properties {
 public:
  Properties() : blocks_(kBlock) {
    add(kWord, kIsWord);
    add(kMark, kIsMark);
    add(kUnspaced, kIsUnspaced);
    add(kCased, kIsCased);
    add(kCaseIgnorable, kIsCaseIgnorable);
    for (const auto& [first, last, stride, difference] : kLowerCase)
      for (uint32_t code = first; code <= last; code += stride) at(code) |= kHasLowerCase;
    at(0x130) |= kHasLowerCase;
  }

  uint8_t of(uint32_t code) const { return blocks_[begins_[code / kBlock] + code % kBlock]; }

 private:
  static constexpr uint32_t kBlock = 256, kCodes = 0x110000;

  template <size_t kCount>
  void add(const Range (&ranges)[kCount], Property property) {
    for (const auto& [first, last] : ranges)
      for (uint32_t code = first; code <= last; ++code) at(code) |= property;
  }

  uint8_t& at(uint32_t code) {
    uint32_t& begin = begins_[code / kBlock];
    if (begin == 0) {
      begin = static_cast<uint32_t>(blocks_.size());
      blocks_.resize(begin + kBlock);
    }
    return blocks_[begin + code % kBlock];
  }

  std::vector<uint8_t> blocks_;                        // the first is empty
  std::array<uint32_t, kCodes / kBlock> begins_ = {};  // where the block of 256 code points begins
};

constexpr bool isContinuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

}  // namespace

uint8_t propertiesOf(uint32_t code) {
  static const Properties properties;
  return properties.of(code);
}

uint32_t lowerCaseOf(uint32_t code) {
  const auto* const range = std::lower_bound(std::begin(kLowerCase), std::end(kLowerCase), code,
                                             [](const LowerCase& one, uint32_t sought) { return one.last < sought; });
  return static_cast<uint32_t>(static_cast<int32_t>(code) + range->difference);
}

Decoded decode(std::span<const uint8_t> bytes, size_t at) {
  const uint8_t first = bytes[at];
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.size()) return {kReplacement, 1};
  uint32_t code = first & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!isContinuation(bytes[at + i])) return {kReplacement, 1};
    code = code << 6 | (bytes[at + i] & 0x3f);
  }
  const bool isLonger = length == 3 ? code < 0x800 : length == 4 && code < 0x10000;
  const bool isSurrogate = code >= 0xd800 && code < 0xe000;
  return isLonger || isSurrogate || code > 0x10ffff ? Decoded{kReplacement, 1} : Decoded{code, length};
}

Decoded decodeBefore(std::span<const uint8_t> bytes, size_t end) {
  size_t begin = end - 1;
  while (begin > 0 && end - begin < 4 && isContinuation(bytes[begin])) --begin;
  const Decoded found = decode(bytes.first(end), begin);
  return found.length == end - begin ? found : Decoded{kReplacement, 1};
}

size_t encode(uint32_t code, uint8_t* out) {
  if (code < 0x80) {
    out[0] = static_cast<uint8_t>(code);
    return 1;
  }
  const size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = length - 1; i > 0; --i, code >>= 6) out[i] = static_cast<uint8_t>(0x80 | (code & 0x3f));
  out[0] = static_cast<uint8_t>((0xf00 >> length & 0xff) | code);
  return length;
}

}  // namespace glissade::unicode
