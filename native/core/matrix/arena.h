#pragma once

#include <cstddef>

#include "arch/dual.h"
#include "matrix/buffer.h"

namespace glissade {

enum class Tangents { none, alongside };

/// Hands out memory from front to back, in pieces that are aligned to 64 bytes and readable up to kReadBeyond bytes
/// beyond their end. An arena without memory counts what is taken from it and returns null.
class Arena {
 public:
  Arena() = default;
  explicit Arena(Buffer<std::byte>& memory) : memory_(memory.data()) {}

  /// Memory for `count` numbers. They are arbitrary at first, or 0 if the arena's memory is new.
  /// @throws std::bad_alloc if the total exceeds SIZE_MAX bytes.
  template <typename Number>
  Number* take(size_t count) {
    constexpr size_t kAlignment = 64;
    const size_t begin = used_;
    const size_t bytes = checkedSum(checkedProduct(count, sizeof(Number)), kReadBeyond + kAlignment - 1);
    used_ = checkedSum(used_, bytes / kAlignment * kAlignment);
    return memory_ ? reinterpret_cast<Number*>(memory_ + begin) : nullptr;
  }
  /// The same for numbers and, if they are alongside, their tangents.
  template <typename Real>
  Track<Real> takeTrack(size_t count, Tangents tangents) {
    Real* const values = take<Real>(count);
    return {values, tangents == Tangents::alongside ? take<Real>(count) : nullptr};
  }

  size_t used() const { return used_; }

 private:
  std::byte* memory_ = nullptr;
  size_t used_ = 0;
};

/// Allocates memory for all that layOut(arena) takes, filled with zeros. Calls layOut twice, to count and to use the
/// memory.
/// @throws std::bad_alloc
template <typename LayOut>
Buffer<std::byte> laidOut(LayOut layOut) {
  Arena counting;
  layOut(counting);
  Buffer<std::byte> memory(counting.used());
  Arena arena(memory);
  layOut(arena);
  return memory;
}

}  // namespace glissade
