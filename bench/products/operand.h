#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

/// An aligned array of numbers in [−½, ½), the same for all libraries.
template <typename Number>
std::shared_ptr<Number[]> operand(size_t size) {
  constexpr std::align_val_t kAlignment{64};
  auto* const numbers = static_cast<Number*>(::operator new((size + 64) * sizeof(Number), kAlignment));
  for (size_t i = 0; i < size + 64; ++i) {
    const float value = static_cast<float>(i * 7919 % 1009) / 1009 - 0.5f;
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    if constexpr (sizeof(Number) == 2)
      numbers[i] = static_cast<Number>(bits >> 16);
    else
      numbers[i] = value;
  }
  return {numbers, [](Number* p) { ::operator delete (p, std::align_val_t{64}); }};
}
