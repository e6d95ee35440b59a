#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "data/dataset.h"

namespace glissade {

/// What stands behind the tables of a dataset, of all its selections and of the runs over them: JavaScript values whose
/// memory is used in place, and the bytes of copies, which the garbage collector is told of. Made, changed and dropped
/// on the JavaScript thread only.
class Holdings {
 public:
  explicit Holdings(Napi::Env env) : env_(env) {}
  Holdings(const Holdings&) = delete;
  ~Holdings() { adjust(-copied_); }

  void keep(Napi::Object value) { values_.push_back(Napi::Persistent(value)); }
  void copied(size_t bytes) { adjust(static_cast<int64_t>(bytes)); }

 private:
  void adjust(int64_t bytes) {
    copied_ += bytes;
    if (bytes != 0) Napi::MemoryManagement::AdjustExternalMemory(env_, bytes);
  }

  Napi::Env env_;
  std::vector<Napi::ObjectReference> values_;
  int64_t copied_ = 0;
};

class DatasetBinding : public Napi::ObjectWrap<DatasetBinding> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit DatasetBinding(const Napi::CallbackInfo& info);
  /// @throws Error ERR_DISPOSED
  const Dataset& data() const;
  std::shared_ptr<Holdings> holdings() const { return holdings_; }

  static DatasetBinding& from(Napi::Value value) { return *Unwrap(value.As<Napi::Object>()); }

 private:
  Napi::Value Select(const Napi::CallbackInfo& info);
  Napi::Value Dispose(const Napi::CallbackInfo& info);
  Napi::Value Rows(const Napi::CallbackInfo& info);

  std::shared_ptr<const Table> table(Napi::Value values, const char* name, size_t columns, double scale, bool inPlace);

  Napi::Env env_;
  Dataset data_;
  std::shared_ptr<Holdings> holdings_;
};

}  // namespace glissade
