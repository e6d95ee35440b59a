#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <vector>

#include "backing_memory.h"
#include "data/dataset_builder.h"
#include "handle.h"

namespace glissade {

/// Collects rows of a dataset.
class DatasetBuilderBinding : public Handle<DatasetBuilderBinding> {
 public:
  static constexpr const char* kName = "DatasetBuilder";

  static Napi::Function define(Napi::Env env);
  explicit DatasetBuilderBinding(const Napi::CallbackInfo& info);

 private:
  void Append(const Napi::CallbackInfo& info);
  size_t Bytes(const Napi::CallbackInfo&) { return builder_->bytes(); }
  Napi::Value Build(const Napi::CallbackInfo& info);

  void report();

  Napi::Env env_;
  std::optional<DatasetBuilder> builder_;
  std::vector<size_t> widths_;  // columns of each block
  size_t targetColumns_ = 0;
  BackingMemory memory_{env_};
};

}  // namespace glissade
