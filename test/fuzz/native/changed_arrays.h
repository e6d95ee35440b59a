#pragma once

#include <cstring>
#include <vector>

#include "input.h"
#include "optimizers/state_layout.h"

namespace glissade {

/// Changes numbers of a saved state, as in a forged file.
inline void changeArrays(Input& input, const std::vector<StateEntry>& entries, std::byte* memory) {
  const double awkward[] = {0, -1, 0.5, 1, 2, 3, 4095, 4096, 5000, 0x1p31, 0x1p32, 0x1p47, 0x1p53, 0x1p63, 1e300};
  for (int changes = 0; input.size() > 0 && changes < 64; ++changes) {
    const StateEntry& entry = entries[input.below(entries.size())];
    const size_t place = input.next<uint16_t>();
    if (entry.length == 0) continue;
    const size_t element = place % (input.below(2) ? entry.length : std::min<size_t>(entry.length, 8));
    std::byte* const array = memory + entry.offset;
    const auto set = [&](const auto& number) { std::memcpy(array + element * sizeof number, &number, sizeof number); };
    switch (entry.type) {
      case NumberType::float64:
        input.below(4) ? set(awkward[input.below(std::size(awkward))]) : set(input.next<double>());
        break;
      case NumberType::float32:
        input.below(4) ? set(static_cast<float>(awkward[input.below(std::size(awkward))])) : set(input.next<float>());
        break;
      case NumberType::uint32: set(input.next<uint32_t>()); break;
      case NumberType::bfloat16: set(input.next<uint16_t>()); break;
      case NumberType::uint8: set(input.next<uint8_t>()); break;
    }
  }
}

}  // namespace glissade
