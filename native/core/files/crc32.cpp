#include "files/crc32.h"

#include <array>
#include <bit>
#include <cstring>

namespace glissade {
namespace {

constexpr uint32_t kPolynomial = 0xedb88320;  // its bits in reverse
constexpr size_t kSlices = 8;

/// Tables of the bytewise method: [0] for the last of eight bytes, [k] for the byte with k others after it (slicing by
/// eight, Kounavis & Berry 2005).
constexpr auto kTables = [] {
  std::array<std::array<uint32_t, 256>, kSlices> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < kSlices; ++k)
    for (size_t byte = 0; byte < 256; ++byte)
      tables[k][byte] = tables[k - 1][byte] >> 8 ^ tables[0][tables[k - 1][byte] & 0xff];
  return tables;
}();

}  // namespace

uint32_t crc32(std::span<const std::byte> bytes, uint32_t before) {
  static_assert(std::endian::native == std::endian::little);
  const std::byte* next = bytes.data();
  size_t left = bytes.size();
  uint32_t crc = ~before;
  for (; left >= kSlices; next += kSlices, left -= kSlices) {
    uint64_t eight;
    std::memcpy(&eight, next, kSlices);
    eight ^= crc;
    crc = 0;
    for (size_t k = 0; k < kSlices; ++k) crc ^= kTables[kSlices - 1 - k][eight >> 8 * k & 0xff];
  }
  for (; left > 0; ++next, --left) crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<uint32_t>(*next)) & 0xff];
  return ~crc;
}

}  // namespace glissade
