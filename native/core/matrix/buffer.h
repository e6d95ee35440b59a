#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

namespace glissade {

/// The number of bytes that must be readable after a matrix: twice a panel's row of 64-byte vectors. A tile reads up to
/// one such row (128 bytes) beyond the last element.
inline constexpr size_t kReadBeyond = 256;

/// The product of sizes, for an allocation. On 32-bit systems, rows times columns can overflow a size_t.
/// @throws std::bad_alloc if the product is above SIZE_MAX.
template <typename... Sizes>
constexpr size_t checkedProduct(size_t first, Sizes... others) {
  const auto multiply = [&](size_t factor) {
    if (__builtin_mul_overflow(first, factor, &first)) throw std::bad_alloc();
  };
  (multiply(others), ...);
  return first;
}

/// The sum of two sizes, for an allocation.
/// @throws std::bad_alloc if the sum is above SIZE_MAX.
constexpr size_t checkedSum(size_t a, size_t b) {
  if (a > SIZE_MAX - b) throw std::bad_alloc();
  return a + b;
}

/// An array of zeros, aligned to 64 bytes, with kReadBeyond readable bytes after it. A page of a large one takes memory
/// once it is written to.
/// @throws std::bad_alloc
template <typename Real>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t size) : size_(size) {
    constexpr size_t kMost = (SIZE_MAX - kReadBeyond - kAlignment) / sizeof(Real);
    memory_.reset(size > kMost ? nullptr : std::calloc(1, size * sizeof(Real) + kReadBeyond + kAlignment));
    if (!memory_) throw std::bad_alloc();
    const auto begin = reinterpret_cast<uintptr_t>(memory_.get());
    data_ = reinterpret_cast<Real*>((begin + kAlignment - 1) / kAlignment * kAlignment);
  }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer(std::move(other)).swap(*this);
    return *this;
  }

  void swap(Buffer& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  Real* data() { return data_; }
  const Real* data() const { return data_; }
  size_t size() const { return size_; }
  Real& operator[](size_t i) { return data_[i]; }
  const Real& operator[](size_t i) const { return data_[i]; }

 private:
  static constexpr size_t kAlignment = 64;
  struct Release {
    void operator()(void* memory) const { std::free(memory); }
  };

  std::unique_ptr<void, Release> memory_;
  Real* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace glissade
