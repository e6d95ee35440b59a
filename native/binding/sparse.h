#pragma once

#include <napi.h>

#include <memory>

#include "data/sparse.h"
#include "holdings.h"

namespace glissade {

/// Collects rows of sparse columns.
class SparseBuilderBinding : public Napi::ObjectWrap<SparseBuilderBinding> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit SparseBuilderBinding(const Napi::CallbackInfo& info);

 private:
  Napi::Value Append(const Napi::CallbackInfo& info);
  Napi::Value Build(const Napi::CallbackInfo& info);

  SparseBuilder builder_;
};

/// A table that a builder made, for datasets to share.
class SparseTableBinding : public Napi::ObjectWrap<SparseTableBinding> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit SparseTableBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SparseTableBinding>(info) {}

  std::shared_ptr<const SparseTable> table() const { return table_; }
  std::shared_ptr<Holdings> holdings() const { return holdings_; }

  static SparseTableBinding& from(Napi::Value value) { return *Unwrap(value.As<Napi::Object>()); }

 private:
  friend class SparseBuilderBinding;
  Napi::Value Rows(const Napi::CallbackInfo& info);
  Napi::Value Columns(const Napi::CallbackInfo& info);
  Napi::Value Entries(const Napi::CallbackInfo& info);
  Napi::Value Row(const Napi::CallbackInfo& info);

  std::shared_ptr<const SparseTable> table_;
  std::shared_ptr<Holdings> holdings_;
};

}  // namespace glissade
