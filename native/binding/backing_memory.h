#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "reported_memory.h"

namespace glissade {

/// The memory behind the tables of a dataset: JavaScript values whose memory is used in place, and the bytes of copies,
/// which are reported to the garbage collector. Selections of the dataset and runs over it share it. Created, changed
/// and destroyed on the JavaScript thread only.
class BackingMemory {
 public:
  explicit BackingMemory(Napi::Env env) : copied_(env) {}

  void keep(Napi::Object value) { values_.push_back(Napi::Persistent(value)); }
  void keep(std::shared_ptr<BackingMemory> others) { others_.push_back(std::move(others)); }
  void copied(size_t bytes) { copied_.add(bytes); }
  /// Sets the total of the copies' bytes.
  void setCopied(size_t bytes) { copied_.set(bytes); }

 private:
  std::vector<Napi::ObjectReference> values_;
  std::vector<std::shared_ptr<BackingMemory>> others_;
  ReportedMemory copied_;
};

}  // namespace glissade
