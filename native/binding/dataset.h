#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "data/dataset.h"
#include "handle.h"
#include "holdings.h"

namespace glissade {

class DatasetBinding : public Handle<DatasetBinding> {
 public:
  static constexpr const char* kName = "Dataset";

  static Napi::Function define(Napi::Env env);
  explicit DatasetBinding(const Napi::CallbackInfo& info);
  /// @throws Error ERR_DISPOSED after dispose().
  const Dataset& data() const;
  std::shared_ptr<Holdings> holdings() const { return holdings_; }

 private:
  Napi::Value Select(const Napi::CallbackInfo& info);
  Napi::Value Dispose(const Napi::CallbackInfo& info);
  Napi::Value Rows(const Napi::CallbackInfo& info);
  Napi::Value Fingerprint(const Napi::CallbackInfo& info);
  Napi::Value HoldOut(const Napi::CallbackInfo& info);

  InputBlock block(const Argument& description);
  std::shared_ptr<const Table> table(const Argument& values, const std::string& name, size_t columns, double scale,
                                     bool inPlace);

  Napi::Env env_;
  Dataset data_;
  std::shared_ptr<Holdings> holdings_;
};

}  // namespace glissade
