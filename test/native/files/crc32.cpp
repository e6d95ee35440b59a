#include "files/crc32.h"

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("files");

std::span<const std::byte> bytesOf(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST_CASE("the checksum of known texts") {
  CHECK(crc32({}) == 0);
  CHECK(crc32(bytesOf("a")) == 0xe8b7be43);
  CHECK(crc32(bytesOf("123456789")) == 0xcbf43926);  // the check value of CRC-32 in the catalogues
  CHECK(crc32(bytesOf("The quick brown fox jumps over the lazy dog")) == 0x414fa339);
}

TEST_CASE("pieces of any lengths have the checksum of the whole") {
  std::vector<std::byte> bytes;
  for (unsigned i = 0; i < 67; ++i) bytes.push_back(std::byte(i * i * 37 + 11));
  const uint32_t whole = crc32(bytes);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    const std::span<const std::byte> all(bytes);
    CHECK(crc32(all.subspan(cut), crc32(all.first(cut))) == whole);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
