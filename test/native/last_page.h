#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <new>

namespace glissade {

/// A copy of some numbers that ends at the end of readable memory: reading beyond it is fatal.
template <typename Real>
class LastPage {
 public:
  LastPage(const Real* numbers, size_t count) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t readable = (count * sizeof(Real) + page - 1) / page * page;
    size_ = readable + page;
    memory_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    char* const end = static_cast<char*>(memory_) + readable;
    if (mprotect(end, page, PROT_NONE) != 0) throw std::bad_alloc();
    data_ = std::copy_n(numbers, count, reinterpret_cast<Real*>(end) - count) - count;
  }
  LastPage(const LastPage&) = delete;
  ~LastPage() { munmap(memory_, size_); }

  const Real* data() const { return data_; }

 private:
  void* memory_;
  size_t size_;
  const Real* data_;
};

}  // namespace glissade
