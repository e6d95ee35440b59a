#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace glissade {

/// CRC-32 as in zlib, PNG and Ethernet (polynomial 0x04c11db7, reflected), of `bytes` after others whose CRC is
/// `before`.
uint32_t crc32(std::span<const std::byte> bytes, uint32_t before = 0);

}  // namespace glissade
