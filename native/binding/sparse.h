#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "backing_memory.h"
#include "data/sparse.h"
#include "handle.h"

namespace glissade {

inline constexpr uint64_t kMostColumns = INT32_MAX;  // `mostColumns` in lib/data/table.ts

/// Collects rows of sparse columns.
class SparseBuilderBinding : public Handle<SparseBuilderBinding> {
 public:
  static constexpr const char* kName = "SparseBuilder";

  static Napi::Function define(Napi::Env env);
  explicit SparseBuilderBinding(const Napi::CallbackInfo& info);

  SparseBuilder& builder() { return *builder_; }

 private:
  void Append(const Napi::CallbackInfo& info);
  Napi::Value Build(const Napi::CallbackInfo& info);

  std::optional<SparseBuilder> builder_;
};

/// A table that a builder made, for datasets to share.
class SparseTableBinding : public Handle<SparseTableBinding> {
 public:
  static constexpr const char* kName = "SparseTable";

  static Napi::Function define(Napi::Env env);
  explicit SparseTableBinding(const Napi::CallbackInfo& info) : Handle(info) {}

  /// @throws Error ERR_INVALID_ARGUMENT where no builder made it.
  const std::shared_ptr<const SparseTable>& table() const;
  std::shared_ptr<BackingMemory> memory() const { return memory_; }

 private:
  friend class SparseBuilderBinding;
  size_t Rows(const Napi::CallbackInfo&) { return table()->rows; }
  size_t Columns(const Napi::CallbackInfo&) { return table()->columns; }
  size_t Entries(const Napi::CallbackInfo&) { return table()->entries(); }
  Napi::Value Row(const Napi::CallbackInfo& info);

  std::shared_ptr<const SparseTable> table_;
  std::shared_ptr<BackingMemory> memory_;
};

}  // namespace glissade
