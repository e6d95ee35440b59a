#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "arguments.h"
#include "backing_memory.h"
#include "data/dataset.h"
#include "data/fingerprint.h"
#include "handle.h"

namespace glissade {

inline constexpr Words<InputBlock::Kind, 3> kBlockKinds = {{"dense", InputBlock::Kind::dense},
                                                           {"categorical", InputBlock::Kind::categorical},
                                                           {"sparse", InputBlock::Kind::sparse}};

inline constexpr Words<Format, 4> kFormats = {{"float32", Format::float32},
                                              {"float64", Format::float64},
                                              {"uint8", Format::uint8},
                                              {"bfloat16", Format::bfloat16}};

class DatasetBinding : public Handle<DatasetBinding> {
 public:
  static constexpr const char* kName = "Dataset";

  static Napi::Function define(Napi::Env env);
  explicit DatasetBinding(const Napi::CallbackInfo& info);
  /// Fills a dataset that was made without options. The memory of its tables is its own.
  void take(Dataset data);
  /// @throws Error ERR_DISPOSED after dispose().
  const Dataset& data() const;
  std::shared_ptr<BackingMemory> memory() const { return memory_; }

 private:
  Napi::Value Select(const Napi::CallbackInfo& info);
  Napi::Value Shard(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);
  size_t Rows(const Napi::CallbackInfo&) { return data().rows(); }
  // fingerprint(): a checksum that distinguishes this dataset from others.
  uint32_t Fingerprint(const Napi::CallbackInfo&) { return fingerprintOf(data()); }
  Napi::Value HoldOut(const Napi::CallbackInfo& info);
  Napi::Value Describe(const Napi::CallbackInfo& info);
  Napi::Value FileRows(const Napi::CallbackInfo& info);
  void Check(const Napi::CallbackInfo& info);
  bool IsReadByBlocks(const Napi::CallbackInfo& info);

  Napi::Object over(Dataset data) const;
  InputBlock block(const Argument& description);
  std::shared_ptr<const Table> table(const Argument& values, const std::string& name, size_t columns, double scale,
                                     bool inPlace);

  Napi::Env env_;
  Dataset data_;
  std::shared_ptr<BackingMemory> memory_;
};

}  // namespace glissade
