#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#elif defined(__aarch64__)
#include <cstdint>
#endif

namespace glissade {

/// During its lifetime, this thread reads and writes denormal numbers as zeros. Moments decay to denormal numbers,
/// which would make a run ten times slower. WebAssembly has no such setting: there it does nothing.
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : before_(_mm_getcsr()) { forGood(); }
  ~FlushDenormals() { restore(); }
#elif defined(__aarch64__)
  FlushDenormals() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(before_));
    forGood();
  }
  ~FlushDenormals() { restore(); }
#else
  FlushDenormals() {}  // not defaulted, so that no object is unused
#endif
  /// Flushes denormal numbers on this thread until it ends.
#if defined(__x86_64__)
  static void forGood() { _mm_setcsr(_mm_getcsr() | kFlush); }
#elif defined(__aarch64__)
  static void forGood() {
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" ::"r"(control | kFlush));
  }
#else
  static void forGood() {}
#endif

  /// Calls work() with the thread's earlier setting. It may throw.
  template <typename Work>
  auto without(Work work) const {
    struct Before {
      explicit Before(const FlushDenormals& flush) : flush(flush) { flush.restore(); }
      ~Before() { forGood(); }
      const FlushDenormals& flush;
    };
    const Before before(*this);
    return work();
  }

  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__)
  void restore() const { _mm_setcsr(before_); }

  static constexpr unsigned kFlush = 0x8040;  // MXCSR: flush to zero, denormals are zeros
  unsigned before_;
#elif defined(__aarch64__)
  void restore() const { __asm__ volatile("msr fpcr, %0" ::"r"(before_)); }

  static constexpr uint64_t kFlush = 1u << 24;  // FPCR.FZ
  uint64_t before_;
#else
  void restore() const {}
#endif
};

}  // namespace glissade
