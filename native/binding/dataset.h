#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "data/dataset.h"

namespace glissade {

/// JavaScript values that native memory is borrowed from. Made and dropped on the JavaScript thread only.
using KeptValues = std::vector<Napi::ObjectReference>;

class DatasetBinding : public Napi::ObjectWrap<DatasetBinding> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit DatasetBinding(const Napi::CallbackInfo& info);
  ~DatasetBinding() override { release(); }

  /// @throws Error ERR_DISPOSED
  const Dataset& data() const;
  std::shared_ptr<KeptValues> kept() const { return kept_; }

  static DatasetBinding& from(Napi::Value value) { return *Unwrap(value.As<Napi::Object>()); }

 private:
  Napi::Value Select(const Napi::CallbackInfo& info);
  Napi::Value Dispose(const Napi::CallbackInfo& info);
  Napi::Value Rows(const Napi::CallbackInfo& info);

  std::shared_ptr<const Table> table(Napi::Env env, Napi::Value values, const char* name, size_t columns, double scale,
                                     bool inPlace);
  void release();

  Napi::Env env_;
  Dataset data_;
  std::shared_ptr<KeptValues> kept_;
  int64_t reported_ = 0;  // bytes made known to the garbage collector
};

}  // namespace glissade
