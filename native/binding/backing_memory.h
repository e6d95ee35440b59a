#pragma once

#include <napi.h>

#include <memory>
#include <vector>

namespace glissade {

/// The memory behind the tables of a dataset: JavaScript values whose memory is used in place, and the bytes of copies,
/// which are reported to the garbage collector. Selections of the dataset and runs over it share it. Created, changed
/// and destroyed on the JavaScript thread only.
class BackingMemory {
 public:
  explicit BackingMemory(Napi::Env env) : env_(env) {}
  BackingMemory(const BackingMemory&) = delete;
  ~BackingMemory() { adjust(-copied_); }

  void keep(Napi::Object value) { values_.push_back(Napi::Persistent(value)); }
  void keep(std::shared_ptr<BackingMemory> others) { others_.push_back(std::move(others)); }
  void copied(size_t bytes) { adjust(static_cast<int64_t>(bytes)); }
  /// Sets the total of the copies' bytes.
  void setCopied(size_t bytes) { adjust(static_cast<int64_t>(bytes) - copied_); }

 private:
  void adjust(int64_t bytes) {
    copied_ += bytes;
    if (bytes != 0) Napi::MemoryManagement::AdjustExternalMemory(env_, bytes);
  }

  Napi::Env env_;
  std::vector<Napi::ObjectReference> values_;
  std::vector<std::shared_ptr<BackingMemory>> others_;
  int64_t copied_ = 0;
};

}  // namespace glissade
