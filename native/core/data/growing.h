#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "system/memory.h"

namespace glissade {

/// An array of numbers that grows by realloc. On Linux, large arrays are moved in the page table and not copied, so
/// growth takes no second array. New elements are uninitialised.
template <typename Number>
class Growing {
  static_assert(std::is_trivially_copyable_v<Number>);

 public:
  Growing() = default;
  Growing(Growing&& other) noexcept { swap(other); }
  Growing& operator=(Growing&& other) noexcept {
    Growing(std::move(other)).swap(*this);
    return *this;
  }
  ~Growing() { std::free(data_); }

  Number* data() { return data_; }
  const Number* data() const { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }

  /// Takes memory for a size, and somewhat more, without changing the size.
  void reserve(size_t size) {
    if (size > capacity_) reallocate(std::max({size, kFirst, capacity_ + capacity_ / 2}));
  }

  void resize(size_t size) {
    reserve(size);
    size_ = size;
  }

  void push(Number number) {
    resize(size_ + 1);
    data_[size_ - 1] = number;
  }

  /// The owner of an array after handOver(). It is made first, so that handing over needs no memory.
  using Owner = std::shared_ptr<Growing>;
  static Owner newOwner() { return std::make_shared<Growing>(); }

  /// The array without spare capacity, in memory that `owner` keeps after handOver(). That must follow before any other
  /// change.
  std::shared_ptr<const Number> shareBy(const Owner& owner) {
    if (size_ < capacity_ && size_ > 0) reallocate(size_);
    preferLargePages(data_, size_ * sizeof(Number), Contents::written);
    return {owner, data_};
  }
  /// Moves the array to its owner, resets this reference to the owner, and becomes empty.
  void handOver(Owner& owner) noexcept {
    swap(*owner);
    owner.reset();
  }

 private:
  static constexpr size_t kFirst = 16;

  void reallocate(size_t capacity) {
    void* const moved = std::realloc(static_cast<void*>(data_), capacity * sizeof(Number));
    if (!moved) throw std::bad_alloc();
    data_ = static_cast<Number*>(moved);
    capacity_ = capacity;
  }

  void swap(Growing& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  Number* data_ = nullptr;
  size_t size_ = 0, capacity_ = 0;
};

}  // namespace glissade
