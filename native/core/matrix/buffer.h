#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace glissade {

/// How many bytes must be readable beyond a matrix: a tile reads whole vectors past the end of its last row.
inline constexpr size_t kReadBeyond = 256;

/// An aligned, zeroed array that can be read beyond its end.
template <typename Real>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t size) : size_(size) {
    const size_t bytes = size * sizeof(Real) + kReadBeyond;
    data_.reset(static_cast<Real*>(::operator new(bytes, kAlignment)));
    std::memset(data_.get(), 0, bytes);
  }

  Real* data() { return data_.get(); }
  const Real* data() const { return data_.get(); }
  size_t size() const { return size_; }
  Real& operator[](size_t i) { return data_.get()[i]; }
  const Real& operator[](size_t i) const { return data_.get()[i]; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Release {
    void operator()(Real* p) const { ::operator delete(p, kAlignment); }
  };

  std::unique_ptr<Real, Release> data_;
  size_t size_ = 0;
};

}  // namespace glissade
