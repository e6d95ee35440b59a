#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace glissade {

/// MurmurHash3 for x86, 32 bits (Appleby 2011, public domain).
inline uint32_t murmur(std::span<const uint8_t> bytes, uint32_t seed) {
  const auto scrambled = [](uint32_t block) { return std::rotl(block * 0xcc9e2d51u, 15) * 0x1b873593u; };
  const size_t whole = bytes.size() & ~size_t{3};
  uint32_t hash = seed;
  for (size_t i = 0; i < whole; i += 4) {
    uint32_t block = 0;
    std::memcpy(&block, &bytes[i], sizeof block);
    hash = std::rotl(hash ^ scrambled(block), 13) * 5 + 0xe6546b64u;
  }
  uint32_t tail = 0;
  for (size_t i = bytes.size(); i > whole; --i) tail = tail << 8 | bytes[i - 1];
  hash ^= scrambled(tail) ^ static_cast<uint32_t>(bytes.size());
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return hash ^ hash >> 16;
}

}  // namespace glissade
