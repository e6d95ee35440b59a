#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace glissade {

/// Reads an input of the fuzzer from its beginning. Zeros follow its end.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  template <typename Number>
  Number next() {
    Number number{};
    const size_t taken = std::min(size_, sizeof number);
    std::memcpy(&number, data_, taken);
    data_ += taken;
    size_ -= taken;
    return number;
  }
  size_t below(size_t end) { return next<uint8_t>() % end; }

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  const uint8_t* data_;
  size_t size_;
};

}  // namespace glissade
