#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>

namespace glissade {

/// The bytes that an object holds outside the heap of JavaScript, as reported to the garbage collector until this is
/// destroyed. Used on the JavaScript thread only.
class ReportedMemory {
 public:
  explicit ReportedMemory(Napi::Env env) : env_(env) {}
  ReportedMemory(const ReportedMemory&) = delete;
  ~ReportedMemory() { set(0); }

  void set(size_t bytes) {
    const auto change = static_cast<int64_t>(bytes) - static_cast<int64_t>(bytes_);
    if (change != 0) Napi::MemoryManagement::AdjustExternalMemory(env_, change);
    bytes_ = bytes;
  }
  void add(size_t bytes) { set(bytes_ + bytes); }

 private:
  Napi::Env env_;
  size_t bytes_ = 0;
};

}  // namespace glissade
